"""Tables on a terminal: no word is cut, whatever the width; and their column names in both languages."""

import ast
import re
from pathlib import Path

import pytest

from scanflow.cli import output
from scanflow.cli.app import invocation
from scanflow.cli.language import in_vietnamese
from scanflow.cli.words import WORDS

CLI = Path(output.__file__).parent
KEY = "dossiers/H57.132-260804-0583/01-phieu-yeu-cau-bo-sung-ho-so/v1.pdf"
COLUMNS = ("dossier", "no.", "type", "object")
ROW = ("H57.132-260804-0583", "01", "Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ [mẫu 02]", KEY)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Stdout is taken for a terminal; how wide is said by COLUMNS."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(invocation, "lang", None)
    output.stdout.__dict__.pop("console", None)
    return monkeypatch


def printed(terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int) -> list[str]:
    """The lines of a table, without what sets styles."""
    terminal.setenv("COLUMNS", str(width))
    output.print_table("batches", COLUMNS, [ROW, ROW])
    output.stdout.__dict__.pop("console", None)
    return re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_word_is_cut(terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int) -> None:
    lines = printed(terminal, capsys, width)
    said = " ".join(lines)
    for word in (*ROW[0].split(), *ROW[2].split(), KEY):
        assert said.count(word) >= 2, word
    assert "…" not in said
    assert max(map(len, lines)) <= max(width, len(KEY) + len("dossier  "))


def test_a_table_that_fits_has_a_row_a_line(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(terminal, capsys, 200)
    assert sum(all(cell in line for cell in ROW) for line in lines) == 2


def test_vietnamese_has_vietnamese_columns(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal.setenv("LC_ALL", "vi_VN.UTF-8")
    for width in (80, 200):
        said = " ".join(printed(terminal, capsys, width))
        for column in ("mã hồ sơ", "số", "loại giấy tờ", "đối tượng trong kho"):
            assert re.search(r"\s+".join(column.split()), said), column
        assert "dossier " not in said


@pytest.mark.parametrize(
    ("given", "locale", "expected"),
    [
        (None, {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "vi_VN.UTF-8"}, True),
        (None, {"LC_ALL": "", "LC_MESSAGES": "en_GB.UTF-8", "LANG": "vi_VN.UTF-8"}, False),
        (None, {"LC_ALL": "vi", "LC_MESSAGES": "", "LANG": "C"}, True),
        (None, {"LC_ALL": "vic_US", "LC_MESSAGES": "", "LANG": ""}, False),
        ("en", {"LC_ALL": "vi_VN.UTF-8", "LC_MESSAGES": "", "LANG": ""}, False),
        ("vi", {"LC_ALL": "C", "LC_MESSAGES": "", "LANG": ""}, True),
    ],
)
def test_the_option_goes_before_the_locale(
    monkeypatch: pytest.MonkeyPatch, given: str | None, locale: dict[str, str], expected: bool
) -> None:
    for name, value in locale.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(invocation, "lang", given)
    assert in_vietnamese() is expected


def columns_of_tables() -> set[str]:
    """The texts that commands give as titles and columns of tables."""
    found: set[str] = set()
    for path in CLI.glob("*.py"):
        for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef):
                found |= _columns_in(function)
    return found


def _columns_in(function: ast.FunctionDef) -> set[str]:
    named = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print_table":
            title, columns = node.args[:2]
            columns = named.get(columns.id, columns) if isinstance(columns, ast.Name) else columns
            parts = [title, *(columns.elts if isinstance(columns, ast.Tuple) else [])]
            texts = [each.value for each in parts if isinstance(each, ast.Constant)]
            found |= {each for each in texts if isinstance(each, str) and each}
    return found


def test_each_column_has_a_vietnamese_name() -> None:
    columns = columns_of_tables()
    assert {"dossier", "batches", "how to get it"} <= columns
    assert sorted(columns - WORDS.keys()) == []

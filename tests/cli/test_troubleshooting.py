"""docs/troubleshooting.md quotes messages and commands that the program has."""

import ast
import re
from pathlib import Path

from scanflow.cli.reference import commands, typer_group
from scanflow.errors import ScanflowError

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
QUOTING = ("message", "reason")  # heads of the columns that quote what the program says
OF_OTHERS = {"truncated"}  # a library's word


def texts() -> str:
    """All string literals of the program, those of f-strings in parts."""
    found: list[str] = []
    for path in sorted((ROOT / "scanflow").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(p.value) if isinstance(p, ast.Constant) else "…" for p in node.values)
                )
    return "\n".join(found)


def quoted() -> set[str]:
    """What stands in backquotes in the first column of tables that quote."""
    found: set[str] = set()
    quoting = False
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if not cells:
            quoting = False
        elif cells[0] in QUOTING:
            quoting = True
        elif quoting:
            found.update(re.findall(r"`([^`]+)`", cells[0]))
    return found


def test_each_quoted_message_is_one_of_the_programs() -> None:
    there = texts()
    pieces = {piece.strip() for text in quoted() - OF_OTHERS for piece in re.split(r"…", text)}
    unknown = sorted(piece for piece in pieces if len(piece) > 3 and piece not in there)
    assert len(pieces) > 60
    assert unknown == []


def test_each_command_is_there() -> None:
    known = {" ".join(path) for path in commands(typer_group())}
    stated = set(re.findall(r"`scanflow ([a-z][a-z-]*(?: [a-z]+)?)", PAGE))
    unknown = {name for name in stated if name not in known and name.split()[0] not in known}
    assert unknown == set()


def family(kind: type[ScanflowError]) -> set[int]:
    return {kind.exit_code}.union(*(family(narrower) for narrower in kind.__subclasses__()))


def test_each_exit_code_has_a_line() -> None:
    lines = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert lines == family(ScanflowError) | {130}

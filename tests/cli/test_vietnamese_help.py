"""`--help` in Vietnamese: where it is chosen, complete, and without a cost for other calls."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from scanflow.cli import early
from scanflow.cli.reference import typer_group
from scanflow.cli.vietnamese_help import in_vietnamese, translations


def texts(command: Any) -> Iterator[str]:
    """The paragraphs of a command's help and of those below it, with single spaces between words."""
    own = [command.help, *(getattr(each, "help", None) for each in command.params)]
    for text in filter(None, own):
        yield from (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
    for each in getattr(command, "commands", {}).values():
        yield from texts(each)


def test_each_help_text_is_there_in_vietnamese_and_none_is_left_over() -> None:
    wanted, there = set(texts(typer_group())), set(translations())
    assert len(wanted) > 100
    assert wanted == there
    assert [english for english, vietnamese in translations().items() if english == vietnamese] == []


def test_a_text_without_translation_stays() -> None:
    group = typer_group()
    group.commands[
        "verify"
    ].help = "Something new.\n\nRead every object back and compare it with its checksum."
    in_vietnamese(group)
    new, old = str(group.commands["verify"].help).split("\n\n")
    assert new == "Something new."
    assert old.startswith("Đọc lại")


@pytest.mark.parametrize(
    ("arguments", "locale", "vietnamese"),
    [
        (["--lang", "vi", "--help"], "en_GB.UTF-8", True),
        (["pdf", "-h"], "vi_VN.UTF-8", True),
        (["user"], "vi_VN.UTF-8", True),
        ([], "vi_VN.UTF-8", True),
        (["--lang=en", "user", "add", "--help"], "vi_VN.UTF-8", False),
        (["--lang", "en", "--help"], "vi_VN.UTF-8", False),
        (["pdf", "--help"], "C", False),
    ],
)
def test_help_is_in_the_language_that_is_asked_for(
    arguments: list[str], locale: str, vietnamese: bool
) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("LC_")}
    command = [sys.executable, "-m", "scanflow.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**env, "LANG": locale}, check=False)
    said = done.stdout + done.stderr
    assert ("Cách dùng:" in said, "Usage:" in said) == (vietnamese, not vietnamese)
    assert ("Hiện trợ giúp này rồi thoát." in said) is vietnamese
    for english in ("Options:", "Arguments:", "Commands:", "[required]", "[default:", "Show this message"):
        assert not (vietnamese and english in said)


def test_only_help_asks_for_its_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    assert not early.wants_vietnamese_help(["search", "khai sinh"])
    assert not early.wants_vietnamese_help(["--home", "x", "show", "H57.132-260804-0001"])


def test_english_help_loads_nothing_for_vietnamese() -> None:
    program = (
        "import sys; from scanflow.cli import main\n"
        "sys.argv = ['scanflow', '--lang', 'en', '--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "assert 'scanflow.cli.vietnamese_help' not in sys.modules\n"
        "assert 'yaml' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

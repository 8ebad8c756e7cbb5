"""What the documents name exists: links, files, tests, make targets, modules, commands."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import typer.main

from scanflow.cli.commands import app

ROOT = Path(__file__).resolve().parents[1]
PLACES = ("*.md", "docs/*.md", "docs/vi/*.md", "docs/decisions/*.md", "fixtures/*.md")
# A history, which may name what is gone, and two that are generated.
LEFT_OUT = {"CHANGELOG.md", "cli.md", "settings.md"}

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.*?)\s*$", re.MULTILINE)
_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:py|txt|md|sh|zst|toml|yaml|json)")
_NAME_OF_FILE = re.compile(r"`([A-Za-z_][\w.]*)`\s+(?:in\s+|\()`([\w.-]+(?:/[\w.-]+)+\.py)`")
_MODULE = re.compile(r"python -m ((?:scanflow|bench|training|tests|fixtures)[\w.]*)")
_MAKE = re.compile(r"\bmake ([a-z][a-z-]*)")
_COMMAND = re.compile(
    r"(?m)(?:^ *|\bexec \w+ |/bin/)scanflow (?:--lang vi |--[a-z]+ (?:[A-Z/]\S* )?)*"
    r"([a-z][a-z-]*)(?: ([a-z][a-z-]*))?"
)
_WHO_WANTED_IT = re.compile(r"\bAsked for\b|\(asked for|\b(?:this session|the issue|issue \d+)\b")


@cache
def documents() -> dict[Path, str]:
    paths = [path for place in PLACES for path in sorted(ROOT.glob(place)) if path.name not in LEFT_OUT]
    return {path: path.read_text(encoding="utf-8") for path in paths}


def codes(text: str) -> Iterator[str]:
    """What is set as code, in a line and in blocks."""
    yield from _CODE.findall(_BLOCK.sub("", text))
    yield from _BLOCK.findall(text)


def in_code() -> Iterator[tuple[str, str]]:
    """The name of a document and a piece of code in it."""
    for path, text in documents().items():
        yield from ((path.name, code) for code in codes(text))


def test_every_relative_link_leads_somewhere() -> None:
    lost = [
        f"{path.name}: {target}"
        for path, text in documents().items()
        for target in _LINK.findall(text)
        if not _leads_somewhere(path, target)
    ]
    assert lost == []


def _leads_somewhere(document: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return True
    path, _, anchor = unquote(target).partition("#")
    other = (document.parent / path).resolve() if path else document
    if not other.exists():
        return False
    return not anchor or anchor in map(_anchor, _HEADING.findall(other.read_text(encoding="utf-8")))


def _anchor(heading: str) -> str:
    """A heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_file_that_is_named_exists() -> None:
    """From the project's root or from `scanflow/`; paths of the machine and of an archive are others'."""
    named = [(name, file) for name, code in in_code() for file in code.split() if _FILE.fullmatch(file)]
    assert len(named) > 50
    assert [f"{name}: {file}" for name, file in named if not _is_there(file)] == []


def _is_there(file: str) -> bool:
    return any((folder / file).exists() for folder in (ROOT, ROOT / "scanflow"))


def test_every_name_that_is_said_to_be_in_a_file_is_there() -> None:
    """As `read_page` (`recognition/page.py`), or `NAME` in `path.py`."""
    named = [
        (path.name, *found) for path, text in documents().items() for found in _NAME_OF_FILE.findall(text)
    ]
    assert len(named) > 15
    assert [each for each in named if not _stands_in(each[1], each[2])] == []


def _stands_in(name: str, file: str) -> bool:
    paths = [folder / file for folder in (ROOT, ROOT / "scanflow") if (folder / file).exists()]
    words = set(re.findall(r"\w+", paths[0].read_text(encoding="utf-8"))) if paths else set()
    return set(name.split(".")) <= words


def test_every_make_target_exists() -> None:
    targets = set(
        re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )
    named = [(name, target) for name, code in in_code() for target in _MAKE.findall(code)]
    assert named
    assert [f"{name}: make {target}" for name, target in named if target not in targets] == []


def test_every_module_that_is_to_be_run_exists() -> None:
    named = [(name, module) for name, code in in_code() for module in _MODULE.findall(code)]
    assert named
    assert [f"{name}: {module}" for name, module in named if not _is_module(module)] == []


def _is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.is_dir() or path.with_suffix(".py").exists()


def test_every_command_exists() -> None:
    named = [(name, *found) for name, code in in_code() for found in _COMMAND.findall(code)]
    assert named
    unknown = [f"{name}: scanflow {one} {two}" for name, one, two in named if not _is_command(one, two)]
    assert unknown == []


def _is_command(name: str, sub: str) -> bool:
    command = typer.main.get_group(app).commands.get(name)
    subs = getattr(command, "commands", None)  # a group has them
    return command is not None and (not sub or subs is None or sub in subs)


def test_documents_do_not_speak_of_who_asked_for_what() -> None:
    found = [
        (path.name, words) for path, text in documents().items() for words in _WHO_WANTED_IT.findall(text)
    ]
    assert found == []

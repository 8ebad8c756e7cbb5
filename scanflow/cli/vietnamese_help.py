"""`--help` in Vietnamese: the commands' own texts by `help_vi.yaml`, and the few words that typer adds.

Loaded only for help in Vietnamese, so that other starts take no longer.
"""

import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer.main
import yaml

_TEXTS = Path(__file__).with_name("help_vi.yaml")
_ADDED = (
    (r"^Usage: ", "Cách dùng: "),
    (r"^Arguments:$", "Tham số:"),
    (r"^Options:$", "Tùy chọn:"),
    (r"^Commands:$", "Lệnh:"),
    (r"\[OPTIONS\]", "[TÙY CHỌN]"),
    (r"\bCOMMAND \[ARGS\]", "LỆNH [THAM SỐ]"),
    (r"Show\s+this\s+message\s+and\s+exit\.", "Hiện trợ giúp này rồi thoát."),
    (r"\[required\]", "[bắt buộc]"),
    (r"\[default:(?=\s)", "[mặc định:"),
)
"""What typer writes around the texts."""


def command_of_app(app: typer.Typer) -> Any:
    """The application's command, speaking Vietnamese."""
    return in_vietnamese(typer.main.get_command(app))


def in_vietnamese(command: Any) -> Any:
    """A command of typer's and all below it, speaking Vietnamese. Texts without translation stay."""
    command.help = translated(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translated(parameter.help)
    command.get_help = _translating(command.get_help)
    for each in getattr(command, "commands", {}).values():
        in_vietnamese(each)
    return command


def translated(text: str | None) -> str | None:
    """A help text in Vietnamese, paragraph by paragraph."""
    if text is None:
        return None
    table = translations()
    paragraphs = (" ".join(each.split()) for each in text.split("\n\n"))
    return "\n\n".join(table.get(each, each) for each in paragraphs)


@functools.cache
def translations() -> dict[str, str]:
    """Vietnamese paragraphs by the English ones."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # A safe loader, the one in C where it is there.
    found = yaml.load(_TEXTS.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506
    return {each["en"]: each["vi"] for each in found}


def _translating(get_help: Callable[[Any], str]) -> Callable[[Any], str]:
    """The same function, with typer's own words in Vietnamese."""

    def get(context: Any) -> str:
        text = get_help(context)
        for added, vietnamese in _ADDED:
            text = re.sub(added, vietnamese, text, flags=re.MULTILINE)
        return text

    return get

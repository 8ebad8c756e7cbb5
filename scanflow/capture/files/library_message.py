"""A library's error message about a file, made short and the same on every run."""

import re
from collections.abc import Iterable

_IN_MEMORY = re.compile(r"(?:stream )?<[\w.]+ object at 0x[0-9a-fA-F]+>:?\s*")
_LONGEST = 200
_LONGEST_NAME = 60
_MOST_NAMES = 50


def said(error: Exception) -> str:
    """The error's text on one line, without addresses in memory; its kind where it has none."""
    text = " ".join(_IN_MEMORY.sub("", str(error)).split())
    return text[:_LONGEST] or type(error).__name__


def names_of(found: Iterable[str]) -> tuple[str, ...]:
    """Names that stand in a file, sorted, for the record: escaped where not plain ASCII, short, few."""
    escaped = {name.encode("unicode_escape").decode("ascii")[:_LONGEST_NAME] for name in found}
    return tuple(sorted(escaped)[:_MOST_NAMES])

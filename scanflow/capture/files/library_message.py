"""Error messages of libraries, made short and the same on every run."""

import re
from collections.abc import Iterable

_IN_MEMORY = re.compile(r"(?:stream )?<[\w.]+ object at 0x[0-9a-fA-F]+>:?\s*")
_LONGEST = 200
_LONGEST_NAME = 60
_MOST_NAMES = 50


def short_message(error: Exception) -> str:
    """The error's text on one line without memory addresses, or the name of its class if it has none."""
    text = " ".join(_IN_MEMORY.sub("", str(error)).split())
    return text[:_LONGEST] or type(error).__name__


def names_of(found: Iterable[str]) -> tuple[str, ...]:
    """Names in a file, for the record: sorted, escaped if not ASCII, limited in length and number."""
    escaped = {name.encode("unicode_escape").decode("ascii")[:_LONGEST_NAME] for name in found}
    return tuple(sorted(escaped)[:_MOST_NAMES])

"""What a library said of a file, fit for a message: the same on every run, and short."""

import re

_IN_MEMORY = re.compile(r"(?:stream )?<[\w.]+ object at 0x[0-9a-fA-F]+>:?\s*")
_LONGEST = 200


def said(error: Exception) -> str:
    """The error's text on one line, without addresses in memory; its kind where it has none."""
    text = " ".join(_IN_MEMORY.sub("", str(error)).split())
    return text[:_LONGEST] or type(error).__name__

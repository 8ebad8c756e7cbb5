"""Names of files as text that may be kept, shown and logged, whatever bytes they are.

A file name may hold any bytes except `/` and NUL. Python gives those that are not UTF-8 as lone surrogates,
which neither UTF-8 nor PostgreSQL takes; control characters act on a terminal, and direction marks make a
name look like another one. Files themselves are handled under their real names.
"""

import os
import unicodedata
from pathlib import PurePath

MAX_CHARACTERS = 255
"""Of an escaped name."""

_HEAD, _TAIL = 200, 32
_MARK_CHARACTERS = 8
_BACKSLASH = "\\"
# Control and format characters (direction marks, joiners), surrogates, private and unassigned characters,
# separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def printable_name(name: str | PurePath) -> str:
    r"""A file's name with what can't be seen escaped: `\xff`, `\n`, `\u202e`; a backslash is doubled.

    Different names stay different, and what was escaped can be told from it. One of more than
    `MAX_CHARACTERS` is cut in its middle, and eight digits of its checksum stand for the rest.
    """
    text = str(name)
    escaped = "".join(_BACKSLASH * 2 if char == _BACKSLASH else _visible(char) for char in text)
    if len(escaped) <= MAX_CHARACTERS:
        return escaped
    from hashlib import sha256  # noqa: PLC0415 - few names are that long: `--help` doesn't load it

    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK_CHARACTERS]
    return f"{escaped[:_HEAD]}…{digest}…{escaped[-_TAIL:]}"


def printable_text(text: str) -> str:
    """A line or several for a terminal or a log, with what acts on it escaped; line ends and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char in "\n\t" else _visible(char) for char in text)


def _visible(char: str) -> str:
    if unicodedata.category(char) not in _UNSEEN:
        return char
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8, as Python gives it
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x100:
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char, f"\\x{code:02x}")
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def fitting_name(name: str, addition: str, most: int = 255) -> str:
    """`name` with `addition` before its suffix, its stem cut so that all fits into `most` bytes.

    The name's real bytes are kept otherwise; a character is not cut in two.
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(os.fsencode(suffix)) > 16:
        stem, dot, suffix = name, "", ""
    room = most - len(os.fsencode(addition + dot + suffix))
    while len(os.fsencode(stem)) > room:
        stem = stem[:-1]
    return f"{stem}{addition}{dot}{suffix}"

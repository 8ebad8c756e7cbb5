"""Accent folding: text without case and marks, for comparison and search only, never for display."""

import unicodedata
from functools import lru_cache

from scanflow.text.normalization import search_key

_MARKS_AND_D = dict.fromkeys(range(0x0300, 0x0370)) | dict.fromkeys(map(ord, "đð"), "d")


def fold(text: str) -> str:
    """Return lower-case text without marks, with d for đ.

    Compatibility characters are folded too, so that `m²` is found where the engine read `m2`. Idempotent.
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_MARKS_AND_D)


def aligned_fold(text: str) -> str:
    """Return the text (NFC) folded character by character: an index into the result is one into `text`, too.

    A character whose folded form is not exactly one character stays as it is.
    """
    return "".join(map(_fold_letter, text))


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    folded = fold(letter)
    return folded if len(folded) == 1 else letter


def folded_key(text: str) -> str:
    """Return the folded `search_key`.

    It is equal for texts that differ only in accents, tone placement, or i and y.
    """
    return fold(search_key(text))

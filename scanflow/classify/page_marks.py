"""Lines that are no title, however large they are printed: stamps of registries, marks of copies, who signs.

Reading misses a letter of them now and then, and the gaps between their words.
"""

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

# Letters without gaps; a mark as long as LONG may be misread in two of them, a shorter one in one. What is
# a letter off the beginning of a title ("VĂN BẢN ĐỀ / NGHỊ") must be read well.
_REGISTRY = ("congvanden",)
_REGISTRY_EXACT = {"congvandi", "vanbanden", "vanbandi"}
_COPY = (
    "bansao",
    "saoy",
    "saoybanchinh",
    "banchinh",
    "bangoc",
    "bansaodientu",
    "chungthucbansaodungvoibanchinh",
)
_RANKS = (
    "chutich",
    "phochutich",
    "giamdoc",
    "phogiamdoc",
    "tonggiamdoc",
    "botruong",
    "thutruong",
    "chanhvanphong",
    "truongphong",
    "nguoilamdon",
    "nguoivietdon",
    "nguoidenghi",
    "nguoiyeucau",
    "nguoikhai",
    "nguoinop",
    "nguoilapbieu",
    "nguoidaidientheophapluat",
    "noinhan",
)
LONG = 14
_ON_BEHALF = re.compile(r"^\W*(?:tm|kt|tl|tuq|t/m|k/t|q)\s?[.,]\s?\w")
_LETTERS = re.compile(r"[^a-z0-9]")


@lru_cache(maxsize=4096)
def is_registry_stamp(folded: str) -> bool:
    """Whether a folded line is what a registry stamps on letters that come in or go out."""
    return _letters(folded) in _REGISTRY_EXACT or _is_one_of(folded, _REGISTRY)


@lru_cache(maxsize=4096)
def is_copy_mark(folded: str) -> bool:
    """Whether a folded line says that the page is a copy, or is none."""
    return _is_one_of(folded, _COPY)


@lru_cache(maxsize=4096)
def is_signer(folded: str) -> bool:
    """Whether a folded line says on whose behalf, or in what office, somebody signs."""
    return bool(_ON_BEHALF.match(folded)) or _is_one_of(folded, _RANKS)


def _is_one_of(folded: str, marks: tuple[str, ...]) -> bool:
    letters = _letters(folded)
    return letters in marks or any(
        Levenshtein.distance(letters, mark, score_cutoff=_misread(mark)) <= _misread(mark)
        for mark in marks
        if not mark.startswith(letters)  # a title's first line: "CÔNG VĂN ĐỀ / NGHỊ"
    )


def _letters(folded: str) -> str:
    return _LETTERS.sub("", folded)


def _misread(mark: str) -> int:
    return 2 if len(mark) >= LONG else 1 if len(mark) > len("saoy") else 0

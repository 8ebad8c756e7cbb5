"""Lines that are never a title, even if printed large: registry stamps, marks of copies, signers' capacities.

A letter of them may be misread, and the spaces between their words lost.
"""

import re
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

# Folded letters without spaces. In a mark of LONG letters or more two may be misread, in a shorter one one. A
# mark that differs in one letter from the beginning of a title ("VĂN BẢN ĐỀ / NGHỊ") must be read exactly.
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
    """Whether a folded line is a registry's stamp on a received or sent letter."""
    return _letters(folded) in _REGISTRY_EXACT or _is_one_of(folded, _REGISTRY)


@lru_cache(maxsize=4096)
def is_copy_mark(folded: str) -> bool:
    """Whether a folded line says that the page is a copy or an original."""
    return _is_one_of(folded, _COPY)


@lru_cache(maxsize=4096)
def is_signer(folded: str) -> bool:
    """Whether a folded line says on whose behalf, or in which office, somebody signs."""
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

"""Which words of the real pages' truths are handwritten: judged by eye, and counted apart from the print.

A number or a day is often filled in by hand between printed words (Số: 115/NQ-CP). What is read there counts
neither as found nor as wrong; the printed rest must be read. Numbers from a numbering stamp (21/2026/TT-BCT)
count as print.
"""

import re
from collections import Counter

# By the file's name: as the truth has it, and what of that is printed.
_FILLED_IN: dict[str, tuple[tuple[str, str], ...]] = {
    "real_nq_115_ba_vi_p1": (
        ("115/NQ-CP", "/NQ-CP"),
        ("ngày 29 tháng 4 năm 2026", "ngày tháng năm 2026"),
    ),
    "real_qd_707_ttg_p1": (
        ("707/QĐ-TTg", "/QĐ-TTg"),
        ("ngày 22 tháng 4 năm 2026", "ngày tháng 4 năm 2026"),
    ),
    "real_tt_21_bct_fuel_p1": (("ngày 28 tháng 4 năm 2026", "ngày tháng năm 2026"),),
}


def printed_only(name: str, truth: str) -> str:
    """A truth without its handwriting. Raises ValueError where the truth isn't the one that was judged."""
    for whole, printed in _FILLED_IN.get(name, ()):
        if whole not in truth:
            raise ValueError(f"{name} says nowhere {whole}")
        truth = truth.replace(whole, printed, 1)
    return truth


def handwritten(name: str) -> tuple[str, ...]:
    """The handwriting of a page, as words that a reading may have or not."""
    return tuple(word for pair in _FILLED_IN.get(name, ()) for word in _pens(*pair))


def _pens(whole: str, printed: str) -> list[str]:
    """The words of the whole that are not printed, also without print that is glued to them."""
    words = (Counter(whole.split()) - Counter(printed.split())).elements()
    return [part for word in words for part in {word, word.removesuffix(printed)}]


def without_glued(name: str, read: str) -> str:
    """A reading in which handwriting before a printed `/` is parted from the printed word."""
    for _, printed in _FILLED_IN.get(name, ()):
        if printed.startswith("/"):
            read = re.sub(rf"\S*{re.escape(printed)}", printed, read, count=1)
    return read

"""What a pen wrote on the real pages is counted apart."""

import pytest

from bench.handwritten_truths import handwritten, printed_only, without_glued
from bench.score import score

NAME = "real_nq_115_ba_vi_p1"
TRUTH = "Số: 115/NQ-CP\nHà Nội, ngày 29 tháng 4 năm 2026\nNghị quyết số 68/NQ-CP"


def test_only_what_a_pen_wrote_is_taken_out() -> None:
    assert printed_only(NAME, TRUTH) == "Số: /NQ-CP\nHà Nội, ngày tháng năm 2026\nNghị quyết số 68/NQ-CP"
    assert printed_only("another", TRUTH) == TRUTH


def test_a_truth_that_was_changed_is_not_taken_for_the_one_that_was_judged() -> None:
    with pytest.raises(ValueError, match="115/NQ-CP"):
        printed_only(NAME, "Số: 116/NQ-CP")


@pytest.mark.parametrize("number", ["115/NQ-CP", "M5/NQ-CP", "/NQ-CP", "115 /NQ-CP"])
def test_the_print_counts_however_the_handwritten_number_is_read(number: str) -> None:
    read = f"Số: {number}\nHà Nội, ngày 29 tháng 4 năm 2026\nNghị quyết số 68/NQ-CP"
    found = score(printed_only(NAME, TRUTH), without_glued(NAME, read), allowed=handwritten(NAME))
    assert found.recall == 100
    assert found.precision == 100


def test_print_that_was_not_read_is_missed() -> None:
    read = "Số: 115\nHà Nội, ngày 29 tháng 4 năm 2026\nNghị quyết số 68/NQ-CP"
    found = score(printed_only(NAME, TRUTH), without_glued(NAME, read), allowed=handwritten(NAME))
    assert (found.wanted - found.found, found.recall < 100) == (1, True)

"""Blank backs are found by the numbers of a batch's pages."""

import pytest

from scanflow.classify.borders.border_context import Placing
from scanflow.pipeline.filing.placing import find_placing


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2, 3], Placing()),
        # Backs 2 and 6 are blank: a duplex scan, in which 4 lies on the back of 3.
        ([1, 3, 4, 5], Placing(frozenset({1}), frozenset())),
        ([1, 3, 4, 5, 7], Placing(frozenset({1, 4}), frozenset({2}))),
        # A blank front tells that the sides do not alternate.
        ([1, 2, 4, 5, 7, 8], Placing(frozenset({2, 4}), frozenset())),
        ([1, 2, 4, 6, 8], Placing(frozenset({2, 3, 4}), frozenset())),
        # A person moved a page.
        ([3, 1, 5, 7], Placing()),
        ([], Placing()),
    ],
)
def test_blank_backs_are_found_by_page_numbers(numbers: list[int], expected: Placing) -> None:
    assert find_placing(numbers) == expected

"""Finds which pages of a batch follow a blank side or are the back of another page, by their numbers."""

from collections.abc import Sequence

from scanflow.classify.borders.border_context import Placing

# One blank side at an even place may be chance; so many, and none at an odd place, is a duplex scan.
SURE_OF_DUPLEX = 2


def find_placing(numbers: Sequence[int]) -> Placing:
    """Of pages by their numbers in the order in which they were captured (from 1, gaps where a side is blank
    or was taken out): which come after such a side, and which are the back of the page before.

    A feeder that scans both sides delivers fronts at odd numbers and backs at even ones. That it does is
    inferred from the blank sides: all of them backs, and at least two. Numbers out of order (a person moved
    pages) tell nothing.
    """
    if list(numbers) != sorted(set(numbers)):
        return Placing()
    there = set(numbers)
    missing = [number for number in range(1, max(there, default=0)) if number not in there]
    duplex = len(missing) >= SURE_OF_DUPLEX and all(number % 2 == 0 for number in missing)
    behind = {index for index, number in enumerate(numbers) if index and number - 1 not in there}
    backs = {index for index, number in enumerate(numbers) if number % 2 == 0 and number - 1 in there}
    return Placing(frozenset(behind), frozenset(backs if duplex else ()))

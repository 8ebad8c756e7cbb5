"""How good the given types are, and by what a learned model is judged."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scanflow.model import UNKNOWN_TYPE

# The model is used where it was right this often, on papers of which the rules were not sure.
MIN_TRUST = 0.95


@dataclass(frozen=True, slots=True)
class Score:
    """How many papers got the right type, a wrong one, or none."""

    right: int
    wrong: int
    unknown: int

    @property
    def coverage(self) -> float:
        return (self.right + self.wrong) / max(1, self.right + self.wrong + self.unknown)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)


def score_of(pairs: Iterable[tuple[str, str]]) -> Score:
    """Of pairs of true and given type. A paper of no type that is given none is neither right nor wrong."""
    right = wrong = unknown = 0
    for truth, given in pairs:
        if given == UNKNOWN_TYPE:
            unknown += 1
        elif given == truth:
            right += 1
        else:
            wrong += 1
    return Score(right, wrong, unknown)


def threshold_of(scored: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    """The lowest score from which on enough are right, and the share that was (by Laplace's rule).

    `(1.0, 0.0)` where there is none.
    """
    best = (1.0, 0.0)
    right = 0
    ordered = sorted(scored, key=lambda each: -each[0])
    for count, (score, is_right) in enumerate(ordered, start=1):
        right += is_right
        if count < len(ordered) and ordered[count][0] == score:
            continue  # all of the same score come together
        share = (right + 1) / (count + 2)
        if share >= MIN_TRUST:
            best = (score, share)
    return best


def sign_test(gained: int, lost: int) -> float:
    """How likely so many gains or more are if each change were as likely a gain as a loss."""
    changes = gained + lost
    ways = sum(math.comb(changes, more) for more in range(gained, changes + 1))
    return float(ways / 2**changes)

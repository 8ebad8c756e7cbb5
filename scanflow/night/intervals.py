"""Confidence intervals of values that are estimated from a sample."""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

Sampled = TypeVar("Sampled")

_DRAWS = 1000
_SEED = 22
_LOWEST, _HIGHEST = 0.025, 0.975


def interval_of(
    sampled: Sequence[Sampled], value: Callable[[Sequence[Sampled]], float]
) -> tuple[float, float]:
    """The interval that contains 95 % of the values of samples drawn anew from this one (bootstrap).

    The same sample always gives the same interval; an empty one gives 0 and 0.
    """
    if not sampled:
        return 0.0, 0.0
    rng = random.Random(_SEED)  # noqa: S311 - no secret: the same interval again
    values = sorted(value(rng.choices(sampled, k=len(sampled))) for _ in range(_DRAWS))
    return values[round(_LOWEST * _DRAWS)], values[round(_HIGHEST * _DRAWS) - 1]

"""Learn what each feature of a row (`row_features`) is worth, from pages of procedures of the fitting half.

    python -m bench.row_fit [--procedures N]

A conditional logit: each page's rows and "none of them" are weighed against each other; the weights that make
the right ones likeliest, with a small penalty on how far they go from the present ones. Prints the new table.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from bench.row_cases import (
    Case,
    foreign_cases,
    is_judge,
    listed,
    load_published,
    misreader,
    own_cases,
)
from fixtures.words import read
from scanflow.classify.kinds import KindIndex, kind_of_page
from scanflow.classify.page_view import PageView, view
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.rows.listed_rows import row_index
from scanflow.classify.rows.row_features import FEATURES
from scanflow.classify.rows.row_scores import Scored, score_rows
from scanflow.classify.rows.row_weights import WEIGHTS
from scanflow.classify.rows.row_words import WordWeights, common_words

Array = npt.NDArray[np.float64]
SEED = 20261127
PENALTY = 0.3
# What can only speak for a row, and what only against it: where a few pages say otherwise, that is chance.
FOR, AGAINST = (0.0, None), (None, 0.0)
BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "weight of the words that both have": FOR,
    "weight of the printed words that the row lacks": AGAINST,
    "weight of the printed words that only the procedure's name has": AGAINST,
    "weight of the row's words that are not printed": AGAINST,
    "weight of the printed words that only other rows have": AGAINST,
    "the same telling form number": FOR,
    "the same bare form number": FOR,
    "another form number": AGAINST,
    "another title stands above": AGAINST,
    "an action that neither the row nor the procedure names": AGAINST,
    "an action of the row that is not printed": AGAINST,
    "another action than the row's": AGAINST,
    "share of the row's unprinted words that the body has": FOR,
}
# Set by hand: few pages of the fitting half say anything of them.
BY_HAND = {
    "printed words that are no syllables",
    "a type that the row takes",
    "a type that the row does not take",
    "more pages than a paper of the row's types has",
    "a seal of who issues papers on one that asks",
}
RATES = (0.0, 0.005, 0.01, 0.02, 0.03)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--procedures", type=int, help="so many of the fitting half; default all")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    profiles = load_profiles()
    kinds = KindIndex(profiles.kinds)
    every = [listed(each, profiles, kinds) for each in load_published()]
    general = common_words()
    mine = [each for each in every if not is_judge(each.code)][: options.procedures]
    cases = list(chain(own_cases(mine, SEED), foreign_cases(mine, SEED, 6)))
    weights: Array = np.array(WEIGHTS)
    pages = [(case, _spoiled(case)) for case in cases]
    for _ in range(options.rounds):
        found = (_choice(case, seen, general, kinds, weights) for case, seen in pages)
        choices = [choice for choice in found if choice is not None]
        weights = fit(choices, weights)
        print(
            f"{len(choices)} pages, log-likelihood {likelihood(choices, weights):.4f} a page", file=sys.stderr
        )
    for name, weight in zip(FEATURES, weights, strict=True):
        print(f"    {weight:.2f},  # {name}")


def _spoiled(case: Case) -> PageView:
    """A case's page, its words spoiled at one of RATES."""
    rng = random.Random(f"{case.listed.code} {case.shown.title}")
    return view(read(case.sheet, misreader(rng, rng.choice(RATES))))


def _choice(
    case: Case, seen: PageView, general: WordWeights, kinds: KindIndex, weights: Array
) -> tuple[Array, Array] | None:
    """The features of the titles that rows speak through, one a line, and which of them are right."""
    index = row_index(case.listed.rows, general, kinds, name=case.listed.published.name)
    index = replace(index, worth=tuple(weights))
    groups: dict[str, tuple[Scored, bool]] = {}
    for each in score_rows([seen], index, kind=kind_of_page(seen, kinds).kind):
        right = index.rows[each.row].paper.id in case.right
        had = groups.get(each.title)
        best = each if had is None or each.score > had[0].score else had[0]
        groups[each.title] = best, right or (had is not None and had[1])
    if not groups:
        return None
    return (
        np.array([each.features for each, _ in groups.values()]),
        np.array([float(right) for _, right in groups.values()]),
    )


@dataclass(frozen=True)
class _Stack:
    """All pages' rows below each other; `starts` says where each page's begin."""

    features: Array
    right: Array
    starts: npt.NDArray[np.intp]
    page: npt.NDArray[np.intp]

    def chances(self, weights: Array) -> Array:
        scores = self.features @ weights
        highest = np.maximum(0.0, np.maximum.reduceat(scores, self.starts))
        powers = np.exp(scores - highest[self.page])
        total = np.add.reduceat(powers, self.starts) + np.exp(-highest)
        return np.asarray(powers / total[self.page])


def _stack(choices: Sequence[tuple[Array, Array]]) -> _Stack:
    counts = np.array([len(right) for _, right in choices])
    return _Stack(
        np.concatenate([features for features, _ in choices]),
        np.concatenate([right for _, right in choices]),
        np.concatenate([[0], np.cumsum(counts)[:-1]]),
        np.repeat(np.arange(len(counts)), counts),
    )


def fit(choices: Sequence[tuple[Array, Array]], start: Array) -> Array:
    """Maximize the log-likelihood within `BOUNDS`, penalized by how far weights go from the present ones."""
    stack, now = _stack(choices), np.array(WEIGHTS)
    has = np.add.reduceat(stack.right, stack.starts) > 0

    def loss(weights: Array) -> tuple[float, Array]:
        chances = stack.chances(weights)
        of_right = np.add.reduceat(stack.right * chances, stack.starts)
        none = 1 - np.add.reduceat(chances, stack.starts)
        said = np.log(np.maximum(1e-12, np.where(has, of_right, none))).sum()
        share = stack.right * chances / np.maximum(of_right, 1e-12)[stack.page]
        gradient = stack.features.T @ (share - chances)
        away = weights - now
        return float(PENALTY * away @ away - said), np.asarray(2 * PENALTY * away - gradient)

    bounds = [BOUNDS.get(name, (None, None)) for name in FEATURES]
    bounds = [(now[no], now[no]) if name in BY_HAND else bounds[no] for no, name in enumerate(FEATURES)]
    return np.asarray(minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B").x)


def likelihood(choices: Sequence[tuple[Array, Array]], weights: Array) -> float:
    """The mean of the logarithm of the chance that is given to what is right, a page."""
    stack = _stack(choices)
    chances = stack.chances(weights)
    right = np.add.reduceat(chances * stack.right, stack.starts)
    none = 1 - np.add.reduceat(chances, stack.starts)
    has = np.add.reduceat(stack.right, stack.starts) > 0
    return float(np.mean(np.log(np.maximum(1e-12, np.where(has, right, none)))))


if __name__ == "__main__":
    main()

"""How likely a paper begins at each page of a stack: weighed signals, over all ways to cut the stack.

A border's signals depend on which paper the page would continue, so on the cuts before it. The chance of a
cut is its share in all ways to cut the pages before it, each weighed by the chances of its borders (the
forward sums of a semi-Markov model), not that of the best way alone. So it is near a half where two ways are
nearly as likely.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files

from scanflow.classify.borders.border_context import UNKNOWN_PLACING, BorderContext, Placing
from scanflow.classify.borders.border_signals import SIGNALS, measure
from scanflow.classify.borders.page_facts import PageFacts
from scanflow.classify.profiles import DocumentType
from scanflow.model import Border, Evidence

WEIGHTS_FILE = "border_weights.json"
BIAS = "bias"
# A possible beginning of the current paper that is less likely than this is dropped.
NEGLIGIBLE = 1e-4
# From this chance on a stack is cut.
CUT = 0.5
# So many of the signals at a border are given as evidence.
SIGNALS_GIVEN = 4
# No border is surer than this by signals alone.
SUREST = 0.999


@dataclass(frozen=True, slots=True)
class Weights:
    """Log-odds for a cut: `bias` where no signal is present, and what each signal adds at full strength."""

    bias: float
    of_signal: Mapping[str, float]

    def chance(self, signals: Mapping[str, float]) -> float:
        """The chance of a cut at a border with these signals, if the pages before it are one paper."""
        odds = self.bias + sum(self.of_signal.get(name, 0.0) * value for name, value in signals.items())
        chance = 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
        return min(SUREST, max(1 - SUREST, chance))


@lru_cache(maxsize=1)
def shipped_weights() -> Weights:
    """The weights that were fitted by `python -m training.borders`."""
    return read_weights(files("scanflow.classify.borders").joinpath(WEIGHTS_FILE).read_text(encoding="utf-8"))


def read_weights(text: str) -> Weights:
    """Weights from JSON: `signals` by name, each with its `weight` (and what it was fitted on), and `bias`.

    Raises ValueError for a signal that is not in `SIGNALS`.
    """
    found = json.loads(text)
    of_signal = {name: float(each["weight"]) for name, each in found["signals"].items()}
    if unknown := sorted(set(of_signal) - set(SIGNALS)):
        raise ValueError(f"weights for unknown signals: {', '.join(unknown)}")
    return Weights(float(found[BIAS]), of_signal)


@dataclass(frozen=True)
class StackToCut:
    """A stack to cut: its pages, the sure type that each announces (else None), and their placing."""

    pages: Sequence[PageFacts]
    types: Sequence[DocumentType | None]
    placing: Placing = UNKNOWN_PLACING

    def context(self, start: int, page: int) -> BorderContext:
        """The border before `page` if the paper before it begins at `start`."""
        return BorderContext(
            self.pages[start:page], self.pages[page], self.types[start], self.types[page], self.placing
        )


def cut_chances(stack: StackToCut, borders: Mapping[int, bool], weights: Weights) -> list[float]:
    """For each page the chance that a paper begins there; 1 for the first, 0 or 1 where `borders` say so.

    Beginnings of the current paper that are nearly impossible are dropped, so that the work grows with the
    number of pages, not with its square.
    """
    chances = [1.0][: len(stack.pages)]
    # How likely it is that the paper with the page before begins at each of these pages.
    begun: dict[int, float] = {0: 1.0}
    for page in range(1, len(stack.pages)):
        going_on: dict[int, float] = {}
        cut = 0.0
        for start, chance in begun.items():
            here = _chance(stack, start, page, borders, weights)
            cut += chance * here
            going_on[start] = chance * (1 - here)
        chances.append(cut)
        begun = _likely({**going_on, page: cut})
    return chances


def _chance(stack: StackToCut, start: int, page: int, borders: Mapping[int, bool], weights: Weights) -> float:
    if page in borders:
        return float(borders[page])
    return weights.chance(measure(stack.context(start, page)))


def _likely(chances: Mapping[int, float]) -> dict[int, float]:
    """Those that are not negligible, made to sum up to 1."""
    kept = {start: chance for start, chance in chances.items() if chance > NEGLIGIBLE}
    whole = sum(kept.values())
    return {start: chance / whole for start, chance in kept.items()}


@dataclass(frozen=True)
class Cutting:
    """A stack, what is certain of its borders (by index), and where it is cut by these weights."""

    stack: StackToCut
    certain: Mapping[int, bool]
    weights: Weights

    @cached_property
    def chances(self) -> list[float]:
        return cut_chances(self.stack, self.certain, self.weights)

    @cached_property
    def starts(self) -> list[int]:
        """The indices at which papers begin."""
        return [page for page, chance in enumerate(self.chances) if chance >= CUT]

    def border(self, page: int) -> Border:
        """The border before a page, with the strongest signals as its evidence.

        Each says whether it is `for` a cut or `against` it, and how far it moves an even chance (0 to 1).
        """
        chance = round(self.chances[page], 3)
        if page == 0 or page in self.certain:
            return Border(page, chance)
        start = self.starts[bisect_left(self.starts, page) - 1]
        of_signal = self.weights.of_signal
        parts = [
            (of_signal.get(name, 0.0) * value, name)
            for name, value in measure(self.stack.context(start, page)).items()
        ]
        parts.sort(key=lambda part: -abs(part[0]))
        return Border(
            page, chance, tuple(_evidence(page, *part) for part in parts[:SIGNALS_GIVEN] if part[0])
        )

    def why(self, border: Border) -> str:
        """The strongest evidence that a paper begins there, as text for a paper's evidence."""
        if border.page == 0:
            return "the batch"
        if border.page in self.certain:
            return "a certain border"
        cues = (each.cue for each in border.evidence if each.found == "for")
        return next(cues, "no sign that the paper continues")


def _evidence(page: int, odds: float, name: str) -> Evidence:
    return Evidence(name, "for" if odds > 0 else "against", round(math.tanh(abs(odds) / 2), 3), page)

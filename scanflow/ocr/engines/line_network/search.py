"""Decodes a line's outputs (CTC) to words, with confidences on Tesseract's scale.

Most steps are sure: one label has nearly the whole probability, often that of no letter. Between sure steps
the most likely sequences of labels are searched for, each with the sum over its alignments. Of these the
words are chosen as Tesseract does: the logarithms of words that are not in the dictionary are multiplied by
2.25.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from scanflow.ocr.engines.line_network.weights import Floats, Network

# Limits of the search, set by judgement: a wider search takes more time.
_SURE = 0.97  # a step is sure if its best label has at least this probability
_LEAST = 0.005  # least probability of a label that is searched
_MOST_LABELS = 5  # labels of an unsure step
_MOST_SEQUENCES = 5  # sequences between two sure steps
_UNLIKELY = 0.002  # a sequence with a smaller share of their sum is left out
_MOST_READINGS = 24  # combinations of sequences between two sure spaces
# Tesseract's own values (lstmrecognizer.cpp: kDictRatio, kCertOffset): a word's confidence is 1 + 0.35 times
# the lowest logarithm of its steps' probabilities, less the offset.
_PER_LOGARITHM = 0.35
_OFFSET = 0.085
_NOT_A_WORD = 2.25
_SMALLEST = 1e-9  # a probability above 0, for logarithms

Labels = tuple[int, ...]
Alignments = tuple[float, float, tuple[int, ...]]
"""Of a sequence of labels: the probability of the alignments that end with no letter, that of those that end
with its last letter, and the steps of its letters in the likeliest alignment.
"""


class StepLabel(NamedTuple):
    """A label and its step."""

    label: int
    step: int


class Reading(NamedTuple):
    """One of several sequences for the same steps, and its probability."""

    places: tuple[StepLabel, ...]
    probability: float


class _Gap(NamedTuple):
    """The unsure steps from `first` to before `end`, and the labels of the sure steps before and after."""

    first: int
    end: int
    previous: int
    following: int


class _Sums:
    """Sequences of labels, each with the sum over its alignments."""

    def __init__(self) -> None:
        self.found: dict[Labels, Alignments] = {}

    def add(self, labels: Labels, blank: float, letter: float, steps: tuple[int, ...]) -> None:
        known = self.found.get(labels)
        if known is None:
            self.found[labels] = blank, letter, steps
            return
        likelier = known[2] if known[0] + known[1] >= blank + letter else steps
        self.found[labels] = known[0] + blank, known[1] + letter, likelier


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word from step `first` to before step `end`."""

    text: str
    confidence: float
    first: int
    end: int


def words_of(network: Network, outputs: Floats) -> list[ReadWord]:
    """The words of a line's outputs (steps, labels)."""
    if not len(outputs):
        return []
    items, certainty = _items(network, outputs)
    found: list[ReadWord] = []
    for first, end, part in _between_spaces(items, network.space, len(outputs)):
        found += _best(network, part, certainty, first, end)
    return found


def _items(network: Network, outputs: Floats) -> tuple[list[StepLabel | list[Reading]], Floats]:
    """From left to right the sure labels, and for each gap the readings to choose from; and the logarithm of
    each step's probability.
    """
    best, top = outputs.argmax(1), outputs.max(1)
    sure = top >= _SURE
    certainty = top.copy()
    unsure = np.flatnonzero(~sure)
    if unsure.size:
        rows, first = outputs[unsure], best[unsure]
        number = np.arange(len(rows))
        rows[number, first] = 0
        second = rows.argmax(1)
        with_null = (first == network.null) | (second == network.null)
        certainty[unsure] += np.where(with_null, rows[number, second], 0)
        # A step is also sure if only "this letter" and "no letter" are likely, and exactly one of the steps
        # beside it is surely this letter: then the letter only lasts a step more or less.
        label = np.where(first == network.null, second, first)
        before, after = np.maximum(unsure - 1, 0), np.minimum(unsure + 1, len(best) - 1)
        left, right = (best[side] == label for side in (before, after))
        joined = with_null & (certainty[unsure] >= _SURE) & sure[before] & sure[after] & (left ^ right)
        best[unsure[joined]] = label[joined]
        sure[unsure[joined]] = True
    items: list[StepLabel | list[Reading]] = []
    labels, is_sure, previous, step = best.tolist(), sure.tolist(), network.null, 0
    while step < len(labels):
        end = step
        while end < len(labels) and not is_sure[end]:
            end += 1
        if end == step:
            if labels[step] not in (network.null, previous):
                items.append(StepLabel(labels[step], step))
            previous = labels[step]
            step += 1
            continue
        following = labels[end] if end < len(labels) else network.null
        readings = _readings(outputs, _Gap(step, end, previous, following), network.null)
        items += readings[0].places if len(readings) == 1 else [readings]
        previous, step = following, end + 1
    return items, np.log(np.maximum(certainty, _SMALLEST))


def _readings(outputs: Floats, gap: _Gap, null: int) -> list[Reading]:
    """The readings of a gap and of the sure step after it; the likeliest first."""
    sums = _Sums()
    for labels, (blank, letter, steps) in _sequences(outputs, gap, null).items():
        last = labels[-1] if labels else gap.previous
        if gap.following == null:
            sums.add(labels, 0.0, blank + letter, steps)
        elif gap.following != last:
            sums.add((*labels, gap.following), 0.0, blank + letter, (*steps, gap.end))
        else:  # after "no letter" the same label is a further letter, else it continues the last one
            sums.add((*labels, gap.following), 0.0, blank, (*steps, gap.end))
            sums.add(labels, 0.0, letter, steps)
    everything = sum(probability for _, probability, _ in sums.found.values())
    readings = [
        Reading(tuple(map(StepLabel, labels, steps)), probability)
        for labels, (_, probability, steps) in sums.found.items()
        if probability and probability >= _UNLIKELY * everything
    ]
    return sorted(readings, key=lambda reading: -reading.probability)[:_MOST_SEQUENCES] or [Reading((), 1.0)]


def _sequences(outputs: Floats, gap: _Gap, null: int) -> dict[Labels, Alignments]:
    """The likeliest sequences of labels in a gap."""
    sequences: dict[Labels, Alignments] = {(): (1.0, 0.0, ()) if gap.previous == null else (0.0, 1.0, ())}
    for step in range(gap.first, gap.end):
        row = outputs[step]
        labels = np.flatnonzero(row > _LEAST)
        if len(labels) > _MOST_LABELS:
            labels = labels[np.argsort(-row[labels])[:_MOST_LABELS]]
        likely = [(label, float(row[label])) for label in labels.tolist() if label != null]
        sums = _Sums()
        for sequence, (blank, letter, steps) in sequences.items():
            last = sequence[-1] if sequence else gap.previous
            both = blank + letter
            going_on = letter * float(row[last]) if last != null else 0.0
            sums.add(sequence, both * float(row[null]), going_on, steps)
            for label, probability in likely:
                begun = probability * (blank if label == last else both)
                if begun > _SMALLEST:
                    sums.add((*sequence, label), 0.0, begun, (*steps, step))
        best = sorted(sums.found.items(), key=lambda item: -(item[1][0] + item[1][1]))
        sequences = dict(best[:_MOST_SEQUENCES])
    return sequences


def _between_spaces(
    items: Sequence[StepLabel | list[Reading]], space: int, steps: int
) -> Iterator[tuple[int, int, list[StepLabel | list[Reading]]]]:
    """The items between sure spaces, with their first step and the step after their last one."""
    part: list[StepLabel | list[Reading]] = []
    first = 0
    for item in (*items, StepLabel(space, steps)):
        if isinstance(item, StepLabel) and item.label == space:
            if part:
                yield first, item.step, part
            part, first = [], item.step + 1
        else:
            part.append(item)


def _best(
    network: Network, part: Sequence[StepLabel | list[Reading]], certainty: Floats, first: int, end: int
) -> list[ReadWord]:
    """The words of the best reading of a part."""
    choices = [item for item in part if isinstance(item, list)]
    limited, room = [], _MOST_READINGS
    for choice in choices:
        limited.append(choice[: max(1, min(len(choice), room))])
        room //= len(limited[-1])
    best: tuple[float, list[ReadWord]] = (-math.inf, [])
    for chosen in product(*limited):
        logarithm = sum(math.log(max(reading.probability, _SMALLEST)) for reading in chosen)
        following = iter(chosen)
        places = [
            place
            for item in part
            for place in ((item,) if isinstance(item, StepLabel) else next(following).places)
        ]
        score, words = 0.0, []
        for begin, stop, word in _split(places, network.space, first, end):
            known = network.dictionary.knows(tuple(network.unichars[place.label] for place in word))
            factor = 1.0 if known else _NOT_A_WORD
            length = stop - begin
            score += factor * (logarithm * length / max(1, end - first) - _OFFSET * length)
            lowest = min(float(certainty[begin:stop].min()) if length > 0 else 0.0, logarithm)
            confidence = max(0.0, 1 + _PER_LOGARITHM * factor * (lowest - _OFFSET))
            text = "".join(network.letters[place.label] for place in word)
            words.append(ReadWord(text, confidence, begin, stop))
        if not words:
            score = _NOT_A_WORD * (logarithm - _OFFSET * (end - first))
        if score > best[0]:
            best = score, words
    return best[1]


def _split(
    places: Sequence[StepLabel], space: int, first: int, end: int
) -> Iterator[tuple[int, int, list[StepLabel]]]:
    """The words between spaces: their first step, the step after their last one, and their letters."""
    words: list[list[StepLabel]] = [[]]
    for place in places:
        if place.label != space:
            words[-1].append(place)
        elif words[-1]:
            words.append([])
    words = [word for word in words if word]
    begin = first
    for number, word in enumerate(words):
        last = number == len(words) - 1
        stop = end if last else (word[-1].step + words[number + 1][0].step + 1) // 2
        yield begin, stop, word
        begin = stop

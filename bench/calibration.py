"""Calibration of confidences: of the words with a confidence of 95 %, 95 % should be right.

    python -m bench.calibration [--sets real-pages,real-pdfs,synthetic] [--rendered N] [--fit]

Prints two tables a set, by the engine's own confidence and by the chance made of it: words by what was said,
how many of them are right, and the expected calibration error (the mean distance of the two). `--fit`
prints the points of `ocr/confidence.py`, fitted on the chosen sets, instead.

A word is right where it stands in the truth's order, or is among the truth's words that were not met in
order. Two spellings of one syllable (hoà, hòa) and capitals count as equal: truths are typed in other ways
than pages are printed. Words where a typed truth (real-pdfs) has none at all are left out: it lacks pieces.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from bench.programs import unpack_for_reading
from bench.rendered import KINDS, chosen_sets
from bench.score import PUNCTUATION, word_list
from bench.sets import Sample, load_sets
from scanflow.logs import configure_logs
from scanflow.model import Word
from scanflow.ocr.confidence import calibrated, word_class
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.ocr.engines.confidence_scale import SCANFLOW_VIE
from scanflow.recognition.page import read_page
from scanflow.settings import OcrSettings, Settings
from scanflow.text.normalization import nfc, search_key

EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.92, 0.94, 0.95, 0.96, 1.01)  # where the engine's are
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99, 1.01)
SURE = 0.95
TYPED = "real-pdfs"  # sets whose truth lacks pieces of the page
FOREIGN = "received-stamp"  # a kind whose stamp is print, but no part of the truth


@dataclass(frozen=True, slots=True)
class Judged:
    """A word that was read, and whether it stands on the page."""

    word: Word
    right: bool


def main() -> None:
    """Print the tables, or the fit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", help="names of sets, with commas; default all but the fixtures")
    parser.add_argument("--rendered", type=int, help="pages of each rendered kind; default none")
    parser.add_argument("--fit", action="store_true", help="print the points of the map, fitted on the sets")
    options = parser.parse_args()
    configure_logs("warning")
    with tempfile.TemporaryDirectory() as folder:
        judged = {
            name: list(_judge(name, samples))
            for name, samples in _sets(options.sets, options.rendered, Path(folder))
        }
    if options.fit:
        print_fit([one for of_set in judged.values() for one in of_set])
        return
    for name, of_set in judged.items():
        print_table(f"{name}, by the engine's confidence", of_set)
        print_table(f"{name}, by the chance made of it", [_calibrated(one) for one in of_set])


def _calibrated(judged: Judged) -> Judged:
    [word] = calibrated([judged.word], SCANFLOW_VIE)
    return Judged(word, judged.right)


def _sets(names: str | None, count: int | None, folder: Path) -> Iterator[tuple[str, list[Sample]]]:
    """The chosen sets; rendered pages of all kinds are one set."""
    chosen = names if names is not None else ",".join(name for name in load_sets() if name != "fixtures")
    pages: list[Sample] = []
    kinds = ",".join(kind for kind in KINDS if kind != FOREIGN)
    for name, samples in chosen_sets(folder, chosen, count, kinds):
        if name in KINDS:
            pages += samples
        else:
            yield name, samples
    if pages:
        yield f"{len(pages)} rendered pages", pages


# --- judging words --------------------------------------------------------------------------------------


def _judge(name: str, samples: Sequence[Sample]) -> Iterator[Judged]:
    settings = Settings(ocr=OcrSettings(skip=("calibrate_confidence",)))
    engine = open_engine(settings.ocr)
    for sample in samples:
        words = _read(sample.path, engine, settings)
        yield from judge(words, sample.truth, sample.handwritten, whole=name != TYPED)


def _read(path: Path, engine: Engine, settings: Settings) -> list[Word]:
    """The words of all pages as the engine is sure of them; blocks of pages have different numbers."""
    words: list[Word] = []
    for page in unpack_for_reading(path, settings).pages:
        first = max((word.block for word in words), default=-1) + 1
        found = read_page(page, engine, settings).words
        words += [replace(word, block=word.block + first) for word in found if word.kind == "print"]
    return words


def judge(
    words: Sequence[Word], truth: str, handwritten: Sequence[str] = (), *, whole: bool = True
) -> Iterator[Judged]:
    """Each printed word with whether it is right; `whole`: the truth has all that stands on the page."""
    read = [word for word in words if nfc(word.text).strip(PUNCTUATION)]
    keys = [_key(word.text) for word in read]
    wanted = [_key(text) for text in word_list(truth)]
    by_hand = {_key(text) for text in word_list(" ".join(handwritten))}
    right, extra, left = set[int](), set[int](), Counter[str]()
    for step in Levenshtein.opcodes(keys, wanted):
        if step.tag == "equal":
            right.update(range(step.src_start, step.src_end))
        else:
            left.update(wanted[step.dest_start : step.dest_end])
        if step.tag == "delete":
            extra.update(range(step.src_start, step.src_end))
    for index, (word, key) in enumerate(zip(read, keys, strict=True)):
        moved = index not in right and left[key] > 0
        left[key] -= moved
        if index in right or moved:
            yield Judged(word, right=True)
        elif key not in by_hand and (whole or index not in extra):
            yield Judged(word, right=False)


def _key(text: str) -> str:
    return search_key(nfc(text).strip(PUNCTUATION))


# --- what is printed ------------------------------------------------------------------------------------


def print_table(name: str, judged: Sequence[Judged]) -> None:
    """Words by confidence: said and found, and the distance of the two."""
    print(f"\n{name}: {len(judged)} words\n\n| said | words | mean said % | right % |\n|---|---|---|---|")
    error = 0.0
    for low, high in pairwise(BINS):
        if inside := [one for one in judged if low <= one.word.confidence < high]:
            said, found = _said(inside), _found(inside)
            error += len(inside) * abs(said - found)
            print(f"| {low:.2f}–{min(high, 1):.2f} | {len(inside)} | {100 * said:.1f} | {100 * found:.1f} |")
    sure = [one for one in judged if one.word.confidence >= SURE]
    doubted = [one for one in judged if one.word.confidence < SURE]
    missed = sum(not one.right for one in doubted) / max(1, sum(not one.right for one in judged))
    print(
        f"\nExpected calibration error {100 * error / max(1, len(judged)):.2f} %; of {len(sure)} words said "
        f"to be at least {SURE:.0%} sure {100 * _found(sure):.2f} % are right; "
        f"{100 * missed:.0f} % of the wrong words are among the {len(doubted)} others."
    )


def _said(judged: Sequence[Judged]) -> float:
    return sum(one.word.confidence for one in judged) / max(1, len(judged))


def _found(judged: Sequence[Judged]) -> float:
    return sum(one.right for one in judged) / max(1, len(judged))


def print_fit(judged: Sequence[Judged]) -> None:
    """For each class of words the points (engine's confidence, chance to be right) of a rising line."""
    for name in ("syllable", "other", "corrected"):
        of_class = [one for one in judged if word_class(one.word) == name]
        print(f"{name}: " + ", ".join(f"({said:.3f}, {found:.3f})" for said, found in fit(of_class)))


def fit(judged: Sequence[Judged]) -> list[tuple[float, float]]:
    """Mean confidence and share right of each bin; neighbours that fall are joined until none does."""
    blocks: list[list[Judged]] = []
    for low, high in pairwise(EDGES):
        blocks.append([one for one in judged if low <= one.word.confidence < high])
        while len(blocks) > 1 and (
            not blocks[-1] or not blocks[-2] or _chance(blocks[-2]) > _chance(blocks[-1])
        ):
            last = blocks.pop()
            blocks[-1] = [*blocks[-1], *last]
    return [(_said(block), _chance(block)) for block in blocks if block]


def _chance(judged: Sequence[Judged]) -> float:
    """The share that is right, with one right and one wrong word added, so that a few words never give 0 or
    1.
    """
    return (sum(one.right for one in judged) + 0.5) / (len(judged) + 1)


if __name__ == "__main__":
    main()

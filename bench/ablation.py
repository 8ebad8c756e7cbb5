"""What each step of recognition gives and costs: every set read with all steps, then without each of them.

    python -m bench.ablation [--sets real-pages,synthetic] [--rendered N] [--kinds NAMES] [--seed S]
                             [--steps deskew,order_words]

A row a step: by how much recall, precision and CER (reading order counts) change where the step is left out,
so that a step which helps has minus signs under recall and plus signs under CER; on how many files the text
changes at all; and its share of the CPU of a whole reading, in per cent. What the engine made of a raster is
kept and used again, so that the whole table takes little more than a few readings.
"""

import argparse
import hashlib
import os

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.programs import as_text, unpack_for_reading
from bench.rendered import SEED, chosen_sets
from bench.score import Score, score, total
from bench.sets import Sample
from scanflow.logs import configure_logs
from scanflow.model import CapturedPage, Word
from scanflow.ocr.engines.base import BatchEngine, Capability, Engine, LineEngine, open_engine
from scanflow.ocr.engines.confidence_scale import Calibration, ConfidenceScale
from scanflow.recognition.page import read_page
from scanflow.recognition.state import RecognitionState, Run, Sheet
from scanflow.recognition.step_names import OPTIONAL
from scanflow.recognition.steps import STEPS, Action, Step, StepLists
from scanflow.settings import OcrSettings, Settings

Answer = TypeVar("Answer")
Grey = NDArray[np.uint8]
COLUMNS = ("without", "recall", "precision", "CER", "files changed", "CPU %")


@dataclass
class KeptEngine:
    """An engine that remembers what it made of each raster."""

    inner: Engine
    _kept: dict[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def letters(self) -> Container[str]:
        return self.inner.letters

    @property
    def capabilities(self) -> frozenset[Capability]:
        return self.inner.capabilities

    @property
    def scale(self) -> ConfidenceScale:
        return self.inner.scale

    @property
    def calibration(self) -> Calibration:
        return self.inner.calibration

    def recognize(self, grey: Grey, dpi: float) -> list[Word]:
        return list(self._ask("page", grey, dpi, self.inner.recognize))

    def recognize_in_batch(self, grey: Grey, dpi: float, *, quick: bool) -> list[Word]:
        if not isinstance(self.inner, BatchEngine):
            raise TypeError(f"{self.name} reads no batches")
        read = partial(self.inner.recognize_in_batch, quick=quick)
        return list(self._ask(f"batch {quick}", grey, dpi, read))

    def recognize_lines(self, lines: Sequence[Grey], dpi: float) -> list[list[Word]]:
        if not isinstance(self.inner, BatchEngine):
            raise TypeError(f"{self.name} reads no batches")
        return self.inner.recognize_lines(lines, dpi)

    def recognize_line(self, grey: Grey, dpi: float) -> list[Word]:
        if not isinstance(self.inner, LineEngine):
            raise TypeError(f"{self.name} reads no lines")
        return list(self._ask("line", grey, dpi, self.inner.recognize_line))

    def detect_orientation(self, grey: Grey, dpi: float) -> tuple[int, float] | None:
        return self._ask("orientation", grey, dpi, self.inner.detect_orientation)

    def _ask(self, what: str, grey: Grey, dpi: float, ask: Callable[[Grey, float], Answer]) -> Answer:
        key = f"{what} {dpi} {grey.shape} {hashlib.sha256(grey.tobytes()).hexdigest()}"
        if key not in self._kept:
            self._kept[key] = ask(grey, dpi)
        return self._kept[key]  # type: ignore[return-value]  # kept under the question that it answers


@dataclass
class KeptSteps:
    """Lists of steps that remember what each made of each state of the first reading.

    A reading without a step uses it again up to that step, and after it wherever the state is the same.
    `filling`: whether this is the first reading; what others make is not kept, because it fills the memory.
    """

    filling: bool = True
    _results: dict[tuple[object, ...], RecognitionState] = field(default_factory=dict)
    _sheets: dict[str, Sheet] = field(default_factory=dict)
    _last: tuple[Sheet, Sheet] | None = None

    def lists(self) -> StepLists:
        """The usual lists of steps, with this memory."""
        return StepLists(
            *(
                tuple(replace(step, act=self._remembering(step)) for step in steps)
                for steps in (STEPS.prepare, STEPS.read, STEPS.read_unprepared, STEPS.finish)
            )
        )

    def _remembering(self, step: Step) -> Action:
        def act(state: RecognitionState, run: Run) -> RecognitionState:
            sheet = self._kept_sheet(state.sheet)
            if sheet is not state.sheet:
                copy = sheet.grey if state.copy is state.sheet.grey else state.copy
                state = replace(state, sheet=sheet, copy=copy)
            # The same arrays, not equal ones: a comparison would take as long as most steps.
            arrays = (id(sheet), id(state.copy), id(state.with_leaders), *map(id, state.parts))
            tables = tuple(map(tuple, state.tables))
            values = (state.geometry, state.dpi, tuple(state.words), tuple(state.numbers), tables)
            key = (step.name, step.act, arrays, values)
            if key in self._results:
                return self._results[key]
            result = step.act(state, run)
            if self.filling:
                self._results[key] = result
            return result

        return act

    def _kept_sheet(self, sheet: Sheet) -> Sheet:
        """The first sheet with these pixels; every reading decodes the page anew."""
        if self._last is None or self._last[0] is not sheet:
            key = hashlib.sha256(sheet.image.tobytes()).hexdigest()
            kept = self._sheets.setdefault(key, sheet) if self.filling else self._sheets.get(key, sheet)
            self._last = (sheet, kept)
        return self._last[1]


@dataclass(frozen=True, slots=True)
class Result:
    """A set read in one way; `seconds` of CPU in all, `steps` those of each step."""

    texts: tuple[str, ...]
    scores: tuple[Score, ...]
    seconds: float
    steps: Counter[str]

    @property
    def whole(self) -> Score:
        return total(self.scores)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    parser.add_argument("--rendered", type=int, help="pages of each rendered kind; default none")
    parser.add_argument("--kinds", help="names of rendered kinds, with commas; default all")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the rendered pages")
    parser.add_argument("--steps", help="names of steps, with commas; default all that can be left out")
    options = parser.parse_args()
    steps = options.steps.split(",") if options.steps else list(OPTIONAL)
    configure_logs("warning")
    with tempfile.TemporaryDirectory() as folder:
        for name, samples in _chosen(options, Path(folder)):
            print_table(name, samples, steps)


def _chosen(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, list[Sample]]]:
    return chosen_sets(folder, options.sets, options.rendered, options.kinds, options.seed)


def print_table(name: str, samples: Sequence[Sample], steps: Sequence[str]) -> None:
    """The table of one set."""
    engine, kept = KeptEngine(open_engine(OcrSettings())), KeptSteps()
    pages = [unpack_for_reading(sample.path, Settings()).pages for sample in samples]
    whole = read(samples, pages, engine, (), kept)
    kept.filling = False
    every = whole.whole
    print(f"\n### {name}: {len(samples)} files, {sum(map(len, pages))} pages\n")
    print(
        f"All steps: recall {every.recall:.2f}, precision {every.precision:.2f}, CER {every.cer:.2f}, "
        f"{whole.seconds / sum(map(len, pages)):.2f} CPU s a page\n"
    )
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    for step in steps:
        print(row(step, whole, read(samples, pages, engine, (step,), kept)), flush=True)


def read(
    samples: Sequence[Sample],
    pages: Sequence[Sequence[CapturedPage]],
    engine: KeptEngine,
    skip: tuple[str, ...],
    kept: KeptSteps,
) -> Result:
    """Read a set without the steps of `skip`."""
    settings, lists = Settings(ocr=OcrSettings(skip=skip)), kept.lists()
    begun, steps = time.process_time(), Counter[str]()
    texts: list[str] = []
    for of_file in pages:
        readings = [read_page(page, engine, settings, steps=lists) for page in of_file]
        texts.append("\f".join(as_text(reading.words) for reading in readings))
        for reading in readings:
            steps.update(reading.step_seconds)
    seconds = time.process_time() - begun
    scores = tuple(
        score(sample.truth, sample.cut(text), allowed=sample.handwritten)
        for sample, text in zip(samples, texts, strict=True)
    )
    return Result(tuple(texts), scores, seconds, steps)


def row(step: str, every: Result, without: Result) -> str:
    """By how much a set's numbers change without a step."""
    before, after = every.whole, without.whole
    changed = sum(one != other for one, other in zip(every.texts, without.texts, strict=True))
    return (
        f"| {step} | {after.recall - before.recall:+.2f} | {after.precision - before.precision:+.2f} | "
        f"{after.cer - before.cer:+.2f} | {changed} | "
        f"{100 * every.steps[step] / every.seconds:.1f} |"
    )


if __name__ == "__main__":
    main()

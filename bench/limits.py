"""What single limits of recognition give: each set read with the shipped values and with others.

    python -m bench.limits [--groups seal-ring,number-gap] [--sets real-pages-2,real-tables] [--rendered N]
                           [--kinds "red seal in grey"] [--seed S] [--grey]

A limit stays in the program if pages that had no part in choosing its value are read better with it. So take
sets that are newer than the limit, and a seed of your own for rendered pages. `--grey`: the pages of the sets
as a scanner in grey would have made them. "Files changed": texts that differ from those with shipped values.
A step as a whole is measured by `bench.ablation`.
"""

import argparse
import os

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2

from bench.ablation import KeptEngine
from bench.programs import as_text, unpack_for_reading
from bench.rendered import SEED, chosen_sets
from bench.score import Score, score, total
from bench.sets import Sample
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.engine_copy import has_colours
from scanflow.imaging.marks.grey_seals import RingLimits, drop_grey_seals
from scanflow.imaging.raster import to_grey
from scanflow.logs import configure_logs
from scanflow.model import CapturedPage
from scanflow.ocr.engines.base import open_engine
from scanflow.ocr.engines.confidence_scale import TESSERACT, ConfidenceScale
from scanflow.ocr.layout.reading_order import reading_order
from scanflow.ocr.layout.signatures import SIGNATURE_LIMITS, SignatureLimits
from scanflow.ocr.postcorrection.token_repair import repair_tokens
from scanflow.recognition.page import read_page
from scanflow.recognition.state import RecognitionState, Run
from scanflow.recognition.steps import STEPS, Action, Step, StepLists, run_steps
from scanflow.settings import OcrSettings, Settings

COLUMNS = (
    "limit",
    "recall %",
    "precision %",
    "wrong words",
    "CER %",
    "CER without order %",
    "files changed",
)
_NEVER = -1.0  # no centre lies so near

Pages = Sequence[Sequence[CapturedPage]]
Attempt = tuple[RecognitionState, Run]


@dataclass(frozen=True, slots=True)
class Variant:
    """Steps and confidence limits that differ from the shipped ones in one value."""

    steps: StepLists = STEPS
    scale: ConfidenceScale = TESSERACT
    skip: tuple[str, ...] = ()


@dataclass
class ScaledEngine(KeptEngine):
    """An engine with other limits on its confidences."""

    limits: ConfidenceScale = TESSERACT

    @property
    def scale(self) -> ConfidenceScale:
        return self.limits


def _rings(limits: RingLimits) -> Variant:
    def act(state: RecognitionState, _run: Run) -> RecognitionState:
        sheet = state.sheet
        if has_colours(sheet.image):
            return state
        return replace(state, copy=drop_grey_seals(state.copy, sheet.dpi, limits))

    return _with("drop_grey_seals", act)


def _number_gap(gap: float) -> Variant:
    def act(state: RecognitionState, _run: Run) -> RecognitionState:
        return replace(state, words=tuple(repair_tokens(state.words, gap)))

    return _with("repair_tokens", act)


def _signatures(limits: SignatureLimits) -> Variant:
    def act(state: RecognitionState, _run: Run) -> RecognitionState:
        return replace(state, words=tuple(reading_order(state.words, state.size, state.tables, limits)))

    return _with("order_words", act)


def _with(step: str, act: Action) -> Variant:
    return Variant(steps=STEPS.with_action(step, act))


def _sure_foreign(least: float) -> Variant:
    return Variant(scale=replace(TESSERACT, sure_foreign=least))


GROUPS: dict[str, dict[str, Variant]] = {
    "seal-ring": {
        "no grey seal dropped": Variant(skip=("drop_grey_seals",)),
        "covered 0.45": _rings(RingLimits(covered=0.45)),
        "covered 0.6": _rings(RingLimits(covered=0.6)),
        "near unlimited": _rings(RingLimits(near=0.0)),
        "arcs unlimited": _rings(RingLimits(arcs=1.0)),
    },
    "number-gap": {
        "no number joined": _number_gap(0.0),
        "0.15": _number_gap(0.15),
        "0.4": _number_gap(0.4),
        "0.8": _number_gap(0.8),
    },
    "sure-foreign": {
        "no foreign word": _sure_foreign(2.0),
        "0.8": _sure_foreign(0.8),
        "0.94": _sure_foreign(0.94),
    },
    "signatures": {
        "no signatures side by side": _signatures(replace(SIGNATURE_LIMITS, axis=_NEVER)),
        "axis 0.75": _signatures(replace(SIGNATURE_LIMITS, axis=0.75)),
        "axis 3": _signatures(replace(SIGNATURE_LIMITS, axis=3.0)),
        "to sign 0": _signatures(replace(SIGNATURE_LIMITS, to_sign=0.0)),
        "to sign 4": _signatures(replace(SIGNATURE_LIMITS, to_sign=4.0)),
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--groups", default=",".join(GROUPS), help="names of groups of limits, with commas; default all"
    )
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    parser.add_argument("--rendered", type=int, help="pages of each rendered kind; default none")
    parser.add_argument("--kinds", help="names of rendered kinds, with commas; default all")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the rendered pages")
    parser.add_argument("--grey", action="store_true", help="colour pages of the sets made grey")
    options = parser.parse_args()
    configure_logs("warning")
    variants: dict[str, Variant] = {"as shipped": Variant()}
    for group in options.groups.split(","):
        variants |= {f"{group}: {name}": variant for name, variant in GROUPS[group].items()}
    with tempfile.TemporaryDirectory() as folder:
        chosen = (options.sets, options.rendered, options.kinds, options.seed)
        for name, samples in chosen_sets(Path(folder), *chosen):
            if options.grey:
                print_table(
                    f"{name}, in grey", [_in_grey(sample, Path(folder)) for sample in samples], variants
                )
            else:
                print_table(name, samples, variants)


def _in_grey(sample: Sample, folder: Path) -> Sample:
    """The first page of a file as a grey PNG of the same resolution."""
    page = unpack_for_reading(sample.path, Settings()).pages[0]
    path = folder / f"{sample.path.stem}.png"
    cv2.imwrite(str(path), to_grey(decode(page, Settings().limits)))
    return replace(sample, path=path)


def print_table(name: str, samples: Sequence[Sample], variants: Mapping[str, Variant]) -> None:
    """A row for each variant."""
    kept = KeptEngine(open_engine(OcrSettings()))
    print(f"\n### {name}: {len(samples)} files\n")
    print("| " + " | ".join(COLUMNS) + " |")
    print("|---" * len(COLUMNS) + "|")
    pages = [unpack_for_reading(sample.path, Settings()).pages for sample in samples]
    as_shipped = _attempts(pages, kept, Variant())
    shipped = [_text(attempts, STEPS) for attempts in as_shipped]
    for label, variant in variants.items():
        only_finish = variant == Variant(replace(STEPS, finish=variant.steps.finish))
        attempts = as_shipped if only_finish else _attempts(pages, kept, variant)
        texts = [_text(of_file, variant.steps) for of_file in attempts]
        scores = [
            score(sample.truth, sample.cut(text), allowed=sample.handwritten)
            for sample, text in zip(samples, texts, strict=True)
        ]
        changed = sum(one != other for one, other in zip(texts, shipped, strict=True))
        print(f"| {label} | {_numbers(total(scores))} | {changed} |", flush=True)


def _attempts(pages: Pages, kept: KeptEngine, variant: Variant) -> list[list[Attempt]]:
    """For each file the attempts of its pages before their last steps."""
    engine = ScaledEngine(kept, limits=variant.scale)
    settings = Settings(ocr=OcrSettings(skip=variant.skip))
    found: list[list[Attempt]] = []

    def keep(state: RecognitionState, run: Run) -> RecognitionState:
        found[-1].append((state, run))
        return state

    steps = replace(variant.steps, finish=(Step("keep", keep),))
    for of_file in pages:
        found.append([])
        for page in of_file:
            read_page(page, engine, settings, steps=steps)
    return found


def _text(attempts: Sequence[Attempt], steps: StepLists) -> str:
    return "\f".join(as_text(tuple(run_steps(steps.finish, state, run).words)) for state, run in attempts)


def _numbers(score: Score) -> str:
    return (
        f"{score.recall:.2f} | {score.precision:.2f} | {score.wrong} | {score.cer:.2f} | {score.letters:.2f}"
    )


if __name__ == "__main__":
    main()

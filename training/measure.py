"""Models compared on pages with truth: held-out lines tell how training goes, real pages alone decide."""

import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.programs import as_text, scanflow_reader, unpack_for_reading
from bench.score import score, total
from bench.sets import Sample, load_sets
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import to_grey
from scanflow.ocr.confidence import drop_noise
from scanflow.ocr.engines.base import open_engine
from scanflow.ocr.layout.reading_order import reading_order
from scanflow.settings import OcrSettings, Settings
from scanflow.units import POINTS_PER_INCH


def report(models: list[str], folder: Path, sets: list[str] | None, *, whole_line: bool) -> None:
    """Print a row for each set (None: all that are there) and model."""
    samples = load_sets()
    print("| set | model | CER % | word recall % | word precision % | tone errors % | CPU s/file |")
    print("|---|---|---|---|---|---|---|")
    for name in samples if sets is None else sets:
        for model in models:
            settings = Settings(ocr=OcrSettings(language=model, tessdata=folder))
            read = scanflow_reader(settings) if whole_line else _bare(settings)
            print(f"| {name} | {model} | {_row(read, samples[name])} |", flush=True)


def _row(read: Callable[[Path], str], samples: list[Sample]) -> str:
    start = time.process_time()
    sums = total([score(each.truth, each.cut(read(each.path)), allowed=each.handwritten) for each in samples])
    seconds = (time.process_time() - start) / len(samples)
    numbers = (sums.cer, sums.recall, sums.precision, sums.tones, seconds)
    return " | ".join(f"{number:.2f}" for number in numbers)


def _bare(settings: Settings) -> Callable[[Path], str]:
    """Recognition of the page as it came, noise dropped and put in order: only the model differs."""
    engine = open_engine(settings.ocr)

    def read(path: Path) -> str:
        texts = []
        for page in unpack_for_reading(path, settings).pages:
            grey: NDArray[np.uint8] = to_grey(to_upright(decode(page, settings.limits), page.geometry))
            dpi = max(page.dpi)
            found = drop_noise(engine.recognize(grey, dpi), engine.scale)
            size = grey.shape[1] * POINTS_PER_INCH / dpi, grey.shape[0] * POINTS_PER_INCH / dpi
            texts.append(as_text(reading_order(found, size)))
        return "\f".join(texts)

    return read

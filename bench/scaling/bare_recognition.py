"""Recognition alone in several processes at once: the limit of the machine itself.

Each process has the prepared copies of its pages in memory; nothing is decoded, filed or waited for.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.synchronize import Barrier
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scanflow.model import CapturedPage
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

Copy = tuple[NDArray[np.uint8], float]
"""A grey raster (h, w) and its dpi."""


class _Noting:
    """An engine that keeps the first raster of a page that it gets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.first: Copy | None = None

    def recognize(self, grey: NDArray[np.uint8], dpi: float) -> Any:
        self.first = self.first or (grey.copy(), dpi)
        return self._engine.recognize(grey, dpi)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def copies_of(pages: Sequence[CapturedPage]) -> list[Copy]:
    """The prepared copies of these pages; blank pages have none."""
    settings = Settings()
    engine = open_engine(settings.ocr)
    found = []
    for page in pages:
        noting = _Noting(engine)
        read_page(page, noting, settings)
        if noting.first is not None:
            found.append(noting.first)
    return found


def recognize(copies: Sequence[Copy], rounds: int, processes: int) -> tuple[float, float]:
    """Wall and CPU seconds of so many processes that read all copies so many times."""
    context = multiprocessing.get_context("spawn")
    pile: multiprocessing.Queue[int] = context.Queue()
    for _ in range(rounds):
        for no in range(len(copies)):
            pile.put(no)
    for _ in range(processes):
        pile.put(-1)
    answers: multiprocessing.Queue[float] = context.Queue()
    ready = context.Barrier(processes + 1)
    children = [
        context.Process(target=_read, args=(copies, pile, answers, ready), daemon=True)
        for _ in range(processes)
    ]
    for child in children:
        child.start()
    ready.wait()
    start = time.perf_counter()
    cpu = sum(answers.get() for _ in children)
    wall = time.perf_counter() - start
    for child in children:
        child.join()
    return wall, cpu


def _read(copies: Sequence[Copy], pile: Any, answers: Any, ready: Barrier) -> None:
    engine = open_engine(Settings().ocr)
    engine.recognize(*copies[0])
    ready.wait()
    start = time.process_time()
    while (no := pile.get()) >= 0:
        engine.recognize(*copies[no])
    answers.put(time.process_time() - start)

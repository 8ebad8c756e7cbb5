"""The state of each page of a set just before the steps of `finish`, kept outside the repository.

    python -m bench.kept_states --sets real-pages,real-tables

Reading order, correction and stamps can then be tried in seconds, without recognizing again. A state is
kept by the file's checksum in `var/states`, or what `BENCH_STATES` names. Who changes a step before `finish`
has to remove that folder.
"""

import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import argparse
import pickle
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import cv2
import numpy as np

from bench.programs import unpack_for_reading
from bench.rendered import chosen_sets
from fixtures.extra import ROOT
from scanflow.imaging.raster import Raster
from scanflow.logs import configure_logs
from scanflow.model import Box, Geometry, Word
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.recognition.state import RecognitionState, Run, Sheet
from scanflow.recognition.step_names import skipped
from scanflow.recognition.steps import FINISH, STEPS, Step, run_steps
from scanflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Kept:
    """What the steps of `finish` go by. `copy`: the upright copy with its dotted leaders, as PNG."""

    words: tuple[Word, ...]
    points: tuple[float, float]
    geometry: Geometry
    tables: tuple[tuple[Box, ...], ...]
    copy: bytes
    dpi: float

    def state(self) -> RecognitionState:
        """The state again, with the copy in place of the page's own raster."""
        grey: Raster = np.asarray(cv2.imdecode(np.frombuffer(self.copy, np.uint8), cv2.IMREAD_GRAYSCALE))
        sheet = Sheet(grey, grey, self.dpi, self.points)
        return RecognitionState(
            sheet, self.geometry, grey, self.dpi, words=self.words, tables=list(map(list, self.tables))
        )


class KeptStates:
    """Reads files up to the steps of `finish`, each once; the engine is opened when it is first needed."""

    def __init__(self, folder: Path | None = None, settings: Settings | None = None) -> None:
        self.folder = folder or Path(os.environ.get("BENCH_STATES", ROOT / "var" / "states"))
        self.settings = settings or Settings()

    @cached_property
    def engine(self) -> Engine:
        return open_engine(self.settings.ocr)

    def states(self, path: Path) -> list[RecognitionState]:
        """The states of a file's pages that aren't blank, in order."""
        return [kept.state() for kept in self._kept(path)]

    def finish(self, path: Path) -> list[RecognitionState]:
        """The same after the steps of `finish`."""
        run = Run(self.engine, self.settings, skipped(self.settings))
        return [run_steps(FINISH, state, run) for state in self.states(path)]

    def _kept(self, path: Path) -> list[Kept]:
        file = self.folder / sha256(path.read_bytes()).hexdigest()
        if file.exists():
            found: list[Kept] = pickle.loads(file.read_bytes())  # noqa: S301 - written below
            return found
        found = self._read(path)
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(f".{os.getpid()}")
        beside.write_bytes(pickle.dumps(found))
        beside.replace(file)
        return found

    def _read(self, path: Path) -> list[Kept]:
        found: list[Kept] = []

        def keep(state: RecognitionState, _run: Run) -> RecognitionState:
            copy = cv2.imencode(".png", state.copy_with_leaders)[1].tobytes()
            tables = tuple(map(tuple, state.tables))
            found.append(
                Kept(tuple(state.words), state.sheet.points, state.geometry, tables, copy, state.dpi)
            )
            return state

        steps = replace(STEPS, finish=(Step("keep", keep),))
        for page in unpack_for_reading(path, self.settings).pages:
            read_page(page, self.engine, self.settings, steps=steps)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    options = parser.parse_args()
    configure_logs("warning")
    # Of the module by its name: what is pickled as `__main__.Kept` no other bench can load.
    kept = import_module("bench.kept_states").KeptStates()
    for name, samples in chosen_sets(Path(), options.sets, 0):
        for sample in samples:
            print(name, sample.path.name, len(kept.states(sample.path)), flush=True)


if __name__ == "__main__":
    main()

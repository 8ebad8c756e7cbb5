"""How well fields are read: rendered papers of invented people, and the heads of real first pages.

    python -m bench.fields [--count 200] [--cache FOLDER] [--misses]

Readings are kept in `--cache` (never in the repository) so that a change of rules is measured in seconds.
Pages and truths come from the fixtures' renderer, with the damages of `bench.rendered` in turn.
"""

import argparse
import hashlib
import os
import pickle
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.rendered import KINDS, SEED
from fixtures.damage import scan_sheet
from fixtures.endless import batches
from fixtures.sheet import Paper
from scanflow.capture.files.unpack import unpack
from scanflow.model import PageReading
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings, load_settings


@dataclass(frozen=True, slots=True)
class Read:
    """A paper with its truth, the kind of damage done to it, and its pages as read."""

    name: str
    type: str
    damage: str
    truth: dict[str, str]
    pages: tuple[PageReading, ...]


def rendered_papers(count: int, seed: int) -> Iterator[tuple[str, str, Paper]]:
    """So many papers that nobody wrote on by hand, each with a damage in turn."""
    kinds = list(KINDS)
    no = 0
    for index, batch in enumerate(batches(seed, count)):
        for place, paper in enumerate(batch.papers):
            if any(sheet.handwritten for sheet in paper.sheets):
                continue
            yield f"{seed}-{index}-{place}", kinds[no % len(kinds)], paper
            no += 1
            if no >= count:
                return


def truth_of(paper: Paper) -> dict[str, str]:
    """What the paper says: its type's fields, and what an official paper says anyway."""
    facts: dict[str, str] = {}
    for sheet in paper.sheets:
        facts |= sheet.facts
    return facts | paper.fields


def read_rendered(count: int, seed: int, cache: Path) -> Iterator[Read]:
    """The rendered papers as read, from the cache where they are there."""
    reader: Reader | None = None
    for name, damage, paper in rendered_papers(count, seed):
        kept = cache / f"{name}-{_short(damage)}.pickle"
        if kept.exists():
            pages = pickle.loads(kept.read_bytes())  # noqa: S301 - written by this bench
        else:
            reader = reader or Reader()
            pages = tuple(reader.read_sheet(paper, damage, no, name) for no in range(len(paper.sheets)))
            _keep(kept, pages)
        yield Read(name, paper.type, damage, truth_of(paper), pages)


class Reader:
    """An engine and its settings."""

    def __init__(self) -> None:
        self._settings: Settings = load_settings(Path(tempfile.mkdtemp()))
        self._engine: Engine = open_engine(self._settings.ocr)

    def read_sheet(self, paper: Paper, damage: str, no: int, name: str) -> PageReading:
        """One sheet drawn, damaged, scanned and read."""
        rng = random.Random(f"{name} {damage} {no}")
        kind = KINDS[damage]
        scan = replace(kind.scan, skew=round(rng.gauss(0, 0.5), 2))
        image = scan_sheet(kind.change(paper.sheets[no], rng), scan, rng.randrange(2**31))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.png"
            image.save(path, dpi=(scan.dpi, scan.dpi))
            return self.read_file(path)[0]

    def read_file(self, path: Path, first_only: bool = True) -> list[PageReading]:
        """A file's first page, or all of them."""
        unpacked = unpack(
            path.read_bytes(), path.name, self._settings.limits, self._settings.ocr.min_layer_quality
        )
        pages = unpacked.pages[:1] if first_only else unpacked.pages
        return [read_page(page, self._engine, self._settings) for page in pages]


def _keep(path: Path, pages: tuple[PageReading, ...]) -> None:
    beside = path.with_suffix(".part")
    beside.write_bytes(pickle.dumps(pages))
    beside.replace(path)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "scanflow-bench" / "fields"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=200, help="rendered papers")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cache", type=Path, default=default_cache())
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    for n, _ in enumerate(read_rendered(options.count, options.seed, options.cache)):
        print(n, flush=True)


if __name__ == "__main__":
    main()

"""Whether a sheet that was scanned twice is told from two sheets that look alike.

    python -m bench.duplicates [--sheets N] [--seed S]

Sheets of invented dossiers, each scanned twice with another skew, grain and light; and the real pages that
are at hand, as they came and slightly turned, darker and grainy. Printed for three kinds of pairs (one sheet
twice; two people's papers of one type; others): by how many of 256 bits the fingerprints differ, how alike
the readings are, and how many pairs the desk takes for one sheet
(`scanflow.desk.stack_view.verdicts.doubles`), with the shipped limits and with others. A seed of your own
gives sheets that had no part in choosing them.
"""

import argparse
import os

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import io
import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from PIL import Image

from bench.rendered import SEED
from bench.sets import load_sets
from fixtures.damage import Scan, scan_sheet
from fixtures.endless import batches
from fixtures.sheet import Sheet
from scanflow.capture.files.unpack import unpack
from scanflow.desk.stack_view.verdicts import SAME_WORDS, are_one, likeness
from scanflow.imaging.measures.fingerprint_distance import SAME, distance
from scanflow.model import PageReading
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

DPI = 150  # enough for both, and half of the work
LIMITS = (
    (SAME, SAME_WORDS),
    (SAME, 0.0),
    (256, SAME_WORDS),
    (24, SAME_WORDS),
    (60, SAME_WORDS),
    (SAME, 75.0),
)


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan: of which sheet, of which type of paper, and how it was read."""

    sheet: int
    type: str
    reading: PageReading


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sheets", type=int, default=24, help="rendered sheets; default: 24")
    parser.add_argument("--seed", type=int, default=SEED, help="seed of the rendered sheets")
    options = parser.parse_args()
    engine = open_engine(Settings().ocr)
    scanned = [*_rendered(options.sheets, options.seed, engine), *_real(options.sheets, engine)]
    pairs: dict[str, list[tuple[PageReading, PageReading]]] = defaultdict(list)
    for one, other in combinations(scanned, 2):
        pairs[_kind(one, other)].append((one.reading, other.reading))
    print(f"{len({one.sheet for one in scanned})} sheets, two scans each\n")
    print("| pairs | number | bits | readings alike % |\n|---|---|---|---|")
    for kind, of_kind in pairs.items():
        bits = sorted(distance(a.fingerprint, b.fingerprint) for a, b in of_kind)
        alike = sorted(likeness(a, b) for a, b in of_kind)
        print(f"| {kind} | {len(of_kind)} | {_spread(bits)} | {_spread(alike)} |")
    print("\n| taken for one sheet, limits | " + " | ".join(pairs) + " |\n" + "|---" * (1 + len(pairs)) + "|")
    for bits_limit, alike_limit in LIMITS:
        counts = [
            sum(are_one(a, b, bits=bits_limit, alike=alike_limit) for a, b in of_kind)
            for of_kind in pairs.values()
        ]
        print(f"| {bits_limit} bits, {alike_limit:g} % | " + " | ".join(map(str, counts)) + " |")


def _kind(one: Scanned, other: Scanned) -> str:
    if one.sheet == other.sheet:
        return "one sheet twice"
    return "two papers of one type" if one.type == other.type else "others"


def _spread(values: Sequence[float]) -> str:
    """Least, median and most."""
    return " / ".join(f"{value:.0f}" for value in (values[0], values[len(values) // 2], values[-1]))


def _rendered(count: int, seed: int, engine: Engine) -> Iterator[Scanned]:
    """Two scans of each sheet; as many sheets of one type of paper as there are among the first dossiers."""
    papers = [paper for batch in batches(seed, count) for paper in batch.papers]
    rng = random.Random(seed)
    types = [paper.type for paper in papers]
    papers.sort(key=lambda paper: (-types.count(paper.type), paper.type))
    for no, paper in enumerate(papers[:count]):
        for _ in range(2):
            yield Scanned(no, paper.type, _read(_scan(paper.sheets[0], rng), DPI, engine))


def _scan(sheet: Sheet, rng: random.Random) -> Image.Image:
    scan = Scan(
        DPI, "grey", skew=round(rng.gauss(0, 0.5), 2), noise=rng.uniform(0, 5), faint=rng.uniform(0, 0.3)
    )
    return scan_sheet(sheet, scan, rng.randrange(2**31))


def _real(first: int, engine: Engine) -> Iterator[Scanned]:
    """Real pages as they came, and as another scan of them could look."""
    rng = random.Random(first)
    sets = load_sets()
    paths = [sample.path for name in ("real-pages", "real-pages-2") for sample in sets.get(name, ())]
    for no, path in enumerate(paths, first):
        with Image.open(path) as image:
            page, dpi = image.convert("L"), round(image.info.get("dpi", (200, 200))[0])
        moved = Image.new("L", page.size, 255)
        moved.paste(page, (rng.randint(-9, 9), rng.randint(-9, 9)))
        turned = moved.rotate(rng.gauss(0, 0.4), Image.Resampling.BICUBIC, fillcolor=255)
        grain = np.random.default_rng(no).normal(0, 4, (page.height, page.width))
        again = Image.fromarray(np.clip(0.93 * np.asarray(turned) + grain, 0, 255).astype(np.uint8))
        for one in (page, again):
            yield Scanned(no, path.stem, _read(one, dpi, engine))


def _read(image: Image.Image, dpi: int, engine: Engine) -> PageReading:
    settings = Settings()
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi))
    [page] = unpack(file.getvalue(), "page.png", settings.limits, 1.1).pages
    return read_page(page, engine, settings)


if __name__ == "__main__":
    main()

"""Orientation, skew and the cost of imaging beside recognition, on real pages.

    python -m bench.imaging [--every N]

Takes the pages of the extra files, or rendered ones without them; prints Markdown.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench.rendered import KINDS, rendered
from bench.sets import load_sets
from fixtures.extra import EXTRA, say_what_is_missing
from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.engine_copy import engine_copy, engine_dpi
from scanflow.imaging.geometry.orientation import SURE, find_rotation
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.blank import is_blank
from scanflow.imaging.measures.fingerprint import fingerprint
from scanflow.imaging.measures.quality import measure_quality
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.model import CapturedPage, Geometry
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.settings import Settings

SETTINGS = Settings()
ROUNDS = 5
TURNS = (0, 90, 180, 270)

Page = tuple[Raster, float]


def captured_pages(every: int) -> Iterator[CapturedPage]:
    """Every n-th page of the sets, and of the scanned PDFs without a truth file."""
    samples = load_sets()
    samples.pop("fixtures", None)  # these lie in all ways; tests/imaging holds them to their truth
    paths = {sample.path for of_one_set in samples.values() for sample in of_one_set}
    paths |= set((EXTRA / "real-pdfs").glob("*.pdf"))
    pages = (page for path in sorted(paths) for page in unpack_scans(path)) if paths else _rendered_pages()
    return (page for number, page in enumerate(pages) if number % every == 0)


def _rendered_pages() -> Iterator[CapturedPage]:
    """Two pages of each rendered kind, where no real ones are at hand; nearly upright."""
    with tempfile.TemporaryDirectory() as folder:
        for _, samples in rendered(Path(folder), list(KINDS), 2):
            for sample in samples:
                yield from unpack_scans(sample.path)


def unpack_scans(path: Path) -> Iterator[CapturedPage]:
    unpacked = unpack(path.read_bytes(), path.name, SETTINGS.limits, 1.1)
    return (page for page in unpacked.pages if page.kind == "scan")


def upright_greys(every: int) -> Iterator[Page]:
    for page in captured_pages(every):
        image, dpi = square(decode(page, SETTINGS.limits), page)
        grey = to_upright(to_grey(image), page.geometry)
        if not is_blank(grey, dpi):
            yield grey, dpi


def variants(grey: Raster, dpi: float) -> Iterator[tuple[str, Raster, float]]:
    """The page whole, spoilt and cut up."""
    height, width = grey.shape
    yield "whole", grey, dpi
    scale = 100 / dpi
    yield "100 dpi", as_raster(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)), 100
    yield "blurred and faint", as_raster(cv2.GaussianBlur(grey, (0, 0), dpi / 75) // 3 + np.uint8(150)), dpi
    yield "skewed by 4°", to_upright(grey, Geometry(skew=-4.0)), dpi
    yield "right half", grey[:, width // 2 :], dpi
    for fifth in range(5):
        yield "a fifth", grey[height * fifth // 5 : height * (fifth + 1) // 5], dpi


def print_turns(every: int) -> None:
    """For each kind of page: how many are turned rightly, surely, and surely but wrongly."""
    random = np.random.default_rng(1)
    tally: dict[str, list[tuple[bool, bool]]] = {}
    for grey, dpi in upright_greys(every):
        for name, image, image_dpi in variants(grey, dpi):
            turn = TURNS[int(random.integers(4))]
            found = find_rotation(to_upright(image, Geometry(rotation=turn)), image_dpi)
            right = (found.rotation + turn) % 360 == 0
            tally.setdefault(name, []).append((right, found.confidence >= SURE))
    print(f"| page | number | right % | sure % (≥ {SURE}) | sure and wrong |\n|---|---|---|---|---|")
    for name, found_ones in tally.items():
        count = len(found_ones)
        rightly, surely = sum(r for r, _ in found_ones), sum(s for _, s in found_ones)
        wrong = sum(s and not r for r, s in found_ones)
        print(f"| {name} | {count} | {100 * rightly / count:.1f} | {100 * surely / count:.1f} | {wrong} |")


def print_skews(every: int) -> None:
    """How far the measured skew is off where a known one is added to a page."""
    random = np.random.default_rng(2)
    errors: dict[str, list[float]] = {"up to 1.5°": [], "up to 9°": []}
    for grey, dpi in upright_greys(every):
        straight = to_upright(grey, Geometry(skew=find_skew(grey, dpi)))
        for so_far, most in zip(errors.values(), (1.5, 9.0), strict=True):
            angle = float(random.uniform(-most, most))
            found = find_skew(to_upright(straight, Geometry(skew=-angle)), dpi)
            so_far.append(abs(found - angle))
    print("\n| added skew | pages | median error ° | 95 % below ° | greatest ° |\n|---|---|---|---|---|")
    for name, off in errors.items():
        median, most_below = np.percentile(off, (50, 95))
        print(f"| {name} | {len(off)} | {median:.3f} | {most_below:.3f} | {max(off):.3f} |")


def cpu_of(step: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    """What a step gives, and its median CPU milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        result = step(*arguments)
        times.append(1000 * (time.process_time() - start))
    return result, statistics.median(times)


def costs_of(page: CapturedPage, engine: Engine) -> dict[str, float]:
    """CPU milliseconds of each step on one page, and of reading the copy that comes out."""
    cost: dict[str, float] = {}
    (image, dpi), cost["decode"] = cpu_of(lambda: square(decode(page, SETTINGS.limits), page))
    grey, cost["grey"] = cpu_of(to_grey, image)
    _, cost["blank"] = cpu_of(is_blank, grey, dpi)
    _, cost["turn"] = cpu_of(find_rotation, grey, dpi)
    skew, cost["skew"] = cpu_of(find_skew, grey, dpi)
    _, cost["quality"] = cpu_of(measure_quality, grey, dpi, SETTINGS.imaging)
    _, cost["fingerprint"] = cpu_of(fingerprint, grey)
    copy, cost["engine's copy"] = cpu_of(engine_copy, image, dpi, Geometry(skew=skew))
    cost["all"] = sum(cost.values())
    start = time.process_time()
    engine.recognize(copy, engine_dpi(dpi))
    cost["reading"] = 1000 * (time.process_time() - start)
    return cost


def colour_a4(page: CapturedPage) -> CapturedPage:
    """A page of 200 dpi as a colour JPEG of 300 dpi, with a skew of half a degree."""
    image = decode(page, SETTINGS.limits)
    large = to_upright(image, Geometry(skew=-0.5), scale=1.5)
    _, jpeg = cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, 85])
    height, width = large.shape[:2]
    return CapturedPage(1, jpeg.tobytes(), "image/jpeg", width, height, (300.0, 300.0), "stated")


def print_costs() -> None:
    engine = open_engine(SETTINGS.ocr)
    with tempfile.TemporaryDirectory() as folder:
        png, bitonal = (next(unpack_scans(path)) for path in _typical(Path(folder)))
    pages = {
        "A4, colour JPEG, 300 dpi, skewed": colour_a4(png),
        "A4, colour PNG, 200 dpi": png,
        "A4, CCITT, 300 dpi": bitonal,
    }
    costs = {name: costs_of(page, engine) for name, page in pages.items()}
    print("\n| CPU ms | " + " | ".join(costs) + " |\n" + "|---" * (1 + len(costs)) + "|")
    for step in next(iter(costs.values())):
        print(f"| {step} | " + " | ".join(f"{cost[step]:.0f}" for cost in costs.values()) + " |")


def _typical(folder: Path) -> tuple[Path, Path]:
    """A colour page of 200 dpi and a 1-bit one of 300: real ones, or rendered into `folder`."""
    real = sorted((EXTRA / "real-pages").glob("*173*.png")), EXTRA / "real-pdfs" / "10209638.pdf"
    if real[0] and real[1].exists():
        return real[0][0], real[1]
    colour, bitonal = (
        samples[0].path for _, samples in rendered(folder, ["red seal over text", "1-bit 300 dpi"], 1)
    )
    return colour, bitonal


def main() -> None:
    """Print the three tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="take each n-th page only")
    every = parser.parse_args().every
    if not EXTRA.exists():
        say_what_is_missing(EXTRA, "rendered pages in place of real ones")
    print_turns(every)
    print_skews(every)
    print_costs()


if __name__ == "__main__":
    main()

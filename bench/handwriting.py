"""How many handwritten words are marked as such, and how many printed ones by mistake.

    python -m bench.handwriting [--forms N] [--rendered N] [--pens A.ttf B.ttf] [--fit]

On forms filled in with a script typeface, and with others that are named; on rendered pages without a pen; on
the first and last pages of `real-pdfs` and on real-pages, whose marked words are listed to be
looked at. `--fit` prints the weights of `ocr/postcorrection/handwriting.py` anew; the real pages' words
count as print.
"""

import argparse
import random
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from numpy.typing import NDArray

from bench.programs import unpack_for_reading
from bench.rendered import KINDS, rendered
from fixtures import fonts
from fixtures.damage import Mode, Scan, scan_sheet
from fixtures.endless import batches
from fixtures.extra import EXTRA
from fixtures.sheet import BLACK, BLUE, Mark, Sheet, Signature, Text
from scanflow.imaging.raster import Raster
from scanflow.model import Box, Word
from scanflow.ocr.engines.base import open_engine
from scanflow.ocr.engines.confidence_scale import TESSERACT
from scanflow.ocr.postcorrection import handwriting as module
from scanflow.ocr.postcorrection.handwriting import mark_handwriting, measure_print, measure_strokes
from scanflow.recognition import page_geometry
from scanflow.recognition.page import open_page
from scanflow.recognition.state import Run
from scanflow.recognition.steps import MARK_HANDWRITING, PREPARE, READ, run_steps
from scanflow.settings import Settings
from scanflow.units import POINTS_PER_MM

SEED = 20261125
STAMPED = "received-stamp"  # prints what a pen fills in


@dataclass(frozen=True, slots=True)
class Seen:
    """A page as the step `mark_handwriting` gets it: its words, and the rasters in which they stand."""

    words: Sequence[Word]
    copy: Raster
    dotted: Raster
    dpi: float


@dataclass(slots=True)
class Tally:
    """Words of one kind."""

    words: int = 0
    doubted: int = 0
    marked: int = 0
    looks: list[tuple[float, ...]] = field(default_factory=list)


def main() -> None:
    """Print the table, or the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--forms", type=int, default=12, help="forms for each typeface")
    parser.add_argument("--rendered", type=int, default=2, help="pages of each rendered kind")
    parser.add_argument("--pens", type=Path, nargs="*", default=[], help="further typefaces, as files")
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    pen, printed, damaged, real = Tally(), Tally(), Tally(), Tally()
    with tempfile.TemporaryDirectory() as folder:
        for path, boxes in forms(options.forms, options.pens, Path(folder)):
            for page in see(path):
                count(page, boxes, pen, printed)
        kinds = [kind for kind in KINDS if kind != STAMPED]
        for _, samples in rendered(Path(folder), kinds, options.rendered):
            for sample in samples:
                for page in see(sample.path):
                    count(page, (), pen, damaged)
    listed = [f"{word.text} ({name})" for name, page in real_pages() for word in count(page, (), pen, real)]
    if options.fit:
        print_fit(pen.looks, [*printed.looks, *damaged.looks, *real.looks])
        return
    print("| | words | doubted | marked |\n|---|---|---|---|")
    rows = {"pens on forms": pen, "print on the same": printed, "print, damaged": damaged, "real": real}
    for name, tally in rows.items():
        print(f"| {name} | {tally.words} | {tally.doubted} | {tally.marked} |")
    print(f"\nMarked on real pages: {'; '.join(listed)}.")


# --- pages ----------------------------------------------------------------------------------------------


def forms(count: int, pens: Sequence[Path], folder: Path) -> Iterator[tuple[Path, list[Box]]]:
    """So many forms in each typeface, as files, and the boxes of the handwriting, in points."""
    rng = random.Random(SEED)
    for no, pen in enumerate(pens):
        fonts.FILES[f"pen-{no}"] = str(pen.resolve())
    filled_in = (sheet for batch in batches(SEED, 1000) for paper in batch.papers for sheet in paper.sheets)
    filled_in = (sheet for sheet in filled_in if sheet.handwritten)
    for key in (fonts.HAND, *(f"pen-{no}" for no in range(len(pens)))):
        for no in range(count):
            sheet, boxes = written_with(key, next(filled_in), rng)
            mode: Mode = rng.choice(("colour", "grey", "bitonal"))
            copied = mode == "bitonal" and rng.random() < 0.4
            scan = Scan(rng.choice((200, 300)), mode, noise=2.0 * (mode != "bitonal"), photocopy=copied)
            path = folder / f"form-{key}-{no}.png"
            scan_sheet(sheet, scan, no).save(path, dpi=(scan.dpi, scan.dpi))
            yield path, boxes


def written_with(key: str, sheet: Sheet, rng: random.Random) -> tuple[Sheet, list[Box]]:
    """The sheet with its handwriting in a typeface, word by word and not quite on the line."""
    colour = rng.choice((BLUE, BLACK))
    marks: list[Mark] = []
    boxes: list[Box] = []
    for mark in sheet.marks:
        if isinstance(mark, Text) and mark.font == fonts.HAND:
            words = list(_words(replace(mark, font=key, colour=colour), rng))
            marks += words
            boxes += map(_place, words)
        else:
            marks.append(mark)
        if isinstance(mark, Signature):
            edges = (mark.x, mark.y - mark.width / 4, mark.x + mark.width, mark.y + mark.width / 4)
            boxes.append(Box(*(edge * POINTS_PER_MM for edge in edges)))
    return replace(sheet, marks=marks), boxes


def _words(mark: Text, rng: random.Random) -> Iterator[Text]:
    x = mark.x
    for text in mark.text.split():
        size = mark.size * rng.uniform(0.9, 1.15)
        typed = _typed(text, mark.font)
        yield replace(mark, x=x, y=mark.y + rng.uniform(-0.5, 0.5), text=typed, size=size)
        x += fonts.width(mark.font, size, f"{typed} ") + rng.uniform(0, 1)


def _typed(text: str, key: str) -> str:
    """Without the marks of letters that a typeface lacks."""
    with TTFont(fonts.path(key), lazy=True) as font:
        known = font.getBestCmap()
    bare = (
        unicodedata.normalize("NFD", letter)[0].translate({ord("đ"): "d", ord("Đ"): "D"}) for letter in text
    )
    return "".join(a if ord(a) in known else b for a, b in zip(text, bare, strict=True))


def _place(text: Text) -> Box:
    high = text.size / POINTS_PER_MM
    right = text.x + fonts.width(text.font, text.size, text.text)
    return Box(*(edge * POINTS_PER_MM for edge in (text.x, text.y - high, right, text.y + 0.3 * high)))


def real_pages() -> Iterator[tuple[str, Seen]]:
    """Real-pages, and of each real PDF the pages that may have handwriting."""
    for path in sorted((EXTRA / "real-pages").glob("*.png")):
        yield from ((path.stem, page) for page in see(path))
    for path in sorted((EXTRA / "real-pdfs").glob("*.pdf")):
        last = len(unpack_for_reading(path, Settings()).pages)
        yield from ((path.stem, page) for page in see(path, {1, 2, last}))


def see(path: Path, numbers: set[int] | None = None) -> Iterator[Seen]:
    """The pages of a file before any word is marked."""
    settings = Settings()
    before = READ[: READ.index(MARK_HANDWRITING)]
    for page in unpack_for_reading(path, settings).pages:
        if numbers is not None and page.no not in numbers:
            continue
        run = Run(open_engine(settings.ocr), settings)
        opened = open_page(page, settings.limits)
        geometry, _ = page_geometry.find_geometry(opened.sheet, opened.geometry, run)
        state = run_steps((*PREPARE, *before), replace(opened, geometry=geometry), run)
        yield Seen(state.words, state.copy, state.copy_with_leaders, state.dpi)


# --- counting -------------------------------------------------------------------------------------------


def count(page: Seen, boxes: Sequence[Box], pen: Tally, printed: Tally) -> list[Word]:
    """Count the page's words where they belong; those that were marked."""
    marked = []
    usual = measure_print(page.words, page.copy, page.dpi, TESSERACT)
    for word in mark_handwriting(page.words, page.copy, page.dotted, page.dpi, TESSERACT):
        share = sum(_overlap(word.box, box) for box in boxes)
        if 0.2 < share < 0.5:
            continue  # half print, half pen
        tally = pen if share >= 0.5 else printed
        tally.words += 1
        tally.doubted += word.confidence < TESSERACT.maybe_handwriting
        tally.marked += word.kind == "handwriting"
        if word.kind == "handwriting":
            marked.append(word)
        if usual and word.confidence < TESSERACT.maybe_handwriting:
            look = measure_strokes(word, page.copy, page.dotted, page.dpi, usual)
            tally.looks += [astuple(look)] if look else []
    return marked


def _overlap(word: Box, box: Box) -> float:
    """The share of a word that a box covers."""
    across = min(word.right, box.right) - max(word.left, box.left)
    down = min(word.bottom, box.bottom) - max(word.top, box.top)
    return max(0.0, across) * max(0.0, down) / max(1e-6, word.width * word.height)


def print_fit(pen: Sequence[tuple[float, ...]], printed: Sequence[tuple[float, ...]]) -> None:
    """Weights of a logistic regression, ridge 1 on standardized signs, by Newton's steps."""
    signs = np.array([*pen, *printed])
    wanted = np.repeat([1.0, 0.0], [len(pen), len(printed)])
    mean, spread = signs.mean(axis=0), signs.std(axis=0) + 1e-9
    table = np.column_stack([np.ones(len(signs)), (signs - mean) / spread])
    weights = _regress(table, wanted)
    raw = weights[1:] / spread
    print(f"_WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in raw)})")
    print(f"_BASE = {weights[0] - raw @ mean:.2f}  # in the program: {module._BASE}")


def _regress(table: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.zeros(table.shape[1])
    ridge = np.diag([0.0, *np.ones(table.shape[1] - 1)])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (chance - wanted) + ridge @ weights
        curve = (table * (chance * (1 - chance))[:, None]).T @ table + ridge
        weights -= np.linalg.solve(curve, slope)
    return weights


if __name__ == "__main__":
    main()

"""Pages rendered by the kind of print and of damage, as many as wanted, each with its truth.

The sheets are those of the fixtures' invented dossiers that nobody wrote on by hand (heads in two columns,
tables, certificates); what is done to them is named by the kind. The same seed gives the same pages.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from PIL import Image

from bench.sets import Sample, load_sets
from fixtures import fonts
from fixtures.damage import Scan, scan_sheet
from fixtures.endless import batches
from fixtures.extra import EXTRA, say_what_is_missing
from fixtures.sheet import BLUE, RED, Colour, Mark, Pattern, Rule, Seal, Sheet, Text

SEED = 20261125
INSTEAD = 2
_FEWEST_WORDS = 60

Change = Callable[[Sheet, random.Random], Sheet]


@dataclass(frozen=True, slots=True)
class Kind:
    """What is changed on a sheet, how it is scanned, and how the scan is kept."""

    scan: Scan
    change: Change = lambda sheet, _rng: sheet
    container: Literal["png", "jpeg", "g4"] = "png"


def rendered(
    folder: Path, names: list[str], count: int, seed: int = SEED
) -> Iterator[tuple[str, list[Sample]]]:
    """Render `count` pages of each kind into `folder`; every kind has the same sheets, a seed its own."""
    sheets = make_sheets(count, seed)
    for name in names:
        yield name, [_sample(folder, name, no, sheet, seed) for no, sheet in enumerate(sheets)]


def chosen_sets(
    folder: Path, names: str | None, count: int | None, kinds: str | None = None, seed: int = SEED
) -> Iterator[tuple[str, list[Sample]]]:
    """The sets of these names (with commas; None: all that are there), then `count` pages of each kind.

    With a count of None no page is rendered, but where the real pages aren't there some are in their place.
    Raises KeyError for a set or kind that isn't there.
    """
    found = load_sets()
    for name in found if names is None else filter(None, names.split(",")):
        yield name, found[name]
    if count is None and set(found) <= {"fixtures"}:
        say_what_is_missing(EXTRA, f"{INSTEAD} rendered pages of each kind in place of real ones")
        count = INSTEAD
    if count:
        yield from rendered(folder, kinds.split(",") if kinds else list(KINDS), count, seed)


def make_sheets(count: int, seed: int = SEED) -> list[Sheet]:
    """So many full sheets, each of another paper, from as many invented dossiers as that takes."""
    found: list[Sheet] = []
    for batch in batches(seed, 10 * count):
        sheets = [sheet for paper in batch.papers for sheet in paper.sheets if not sheet.handwritten]
        full = [sheet for sheet in sheets if len(sheet.text.split()) >= _FEWEST_WORDS]
        found += full[:2]
        if len(found) >= count:
            break
    return found[:count]


def _sample(folder: Path, name: str, no: int, sheet: Sheet, seed: int) -> Sample:
    kind = KINDS[name]
    rng = random.Random(f"{seed} {name} {no}")
    scan = replace(kind.scan, skew=round(rng.gauss(0, 0.5), 2))
    image = scan_sheet(kind.change(sheet, rng), scan, rng.randrange(2**31))
    path = folder / f"{name.replace(' ', '-')}-{no:04}"
    return Sample(_save(image, path, kind.container, scan.dpi), sheet.text, tuple(sheet.handwritten))


def _save(image: Image.Image, path: Path, container: str, dpi: int) -> Path:
    match container:
        case "jpeg":
            path = path.with_suffix(".jpg")
            image.save(path, quality=40, dpi=(dpi, dpi))
        case "g4":
            path = path.with_suffix(".tif")
            image.convert("1").save(path, compression="group4", dpi=(dpi, dpi))
        case _:
            path = path.with_suffix(".png")
            image.save(path, dpi=(dpi, dpi))
    return path


# --- what is changed on a sheet -------------------------------------------------------------------------


def _set_in(font: str) -> Change:
    """All print in one font, whatever it was set in, so much smaller that no run is wider than before.

    Justified words stand each at its own place: a wider font at the same size runs them into each other.
    """

    def change(sheet: Sheet, _rng: random.Random) -> Sheet:
        shrunk = min(1.0, *(_growth(text, font) for text in _print(sheet)))
        centred = _centred(sheet)
        return _with_texts(
            sheet, lambda text: _reset(text, font, text.size * shrunk, centred=id(text) in centred)
        )

    return change


def _growth(text: Text, font: str) -> float:
    """How much larger a run may be set in another font and be as wide as it is."""
    return fonts.ems(text.font, text.text) / fonts.ems(font, text.text)


def _print(sheet: Sheet) -> list[Text]:
    return [mark for mark in sheet.marks if isinstance(mark, Text) and mark.text and mark.font != fonts.HAND]


def _reset(text: Text, font: str, size: float, *, centred: bool) -> Text:
    """A run in another font and size, from where it began, or with the middle that it had."""
    narrower = fonts.width(text.font, text.size, text.text) - fonts.width(font, size, text.text)
    return replace(text, font=font, size=size, x=text.x + narrower / 2 if centred else text.x)


def _centred(sheet: Sheet) -> set[int]:
    """The identities of runs that have the middle of another one that is longer or shorter."""
    runs = [
        (text, round(text.x + fonts.width(text.font, text.size, text.text) / 2, 1)) for text in _print(sheet)
    ]
    begins: dict[float, set[float]] = defaultdict(set)
    for text, middle in runs:
        begins[middle].add(round(text.x, 1))
    return {id(text) for text, middle in runs if len(begins[middle]) > 1}


def _smaller(sheet: Sheet, _rng: random.Random) -> Sheet:
    """As set in 10 points: the whole sheet drawn smaller."""
    centred = _centred(sheet)
    return _with_texts(
        sheet, lambda text: _reset(text, text.font, text.size * 10 / 13, centred=id(text) in centred)
    )


def _with_texts(sheet: Sheet, change: Callable[[Text], Text]) -> Sheet:
    """Print changed; what a pen wrote stays as it is."""
    marks: list[Mark] = [
        change(mark) if isinstance(mark, Text) and mark.font != fonts.HAND else mark for mark in sheet.marks
    ]
    return replace(sheet, marks=marks)


def _sealed(colour: Colour) -> Change:
    """A seal pressed over running text."""

    def change(sheet: Sheet, rng: random.Random) -> Sheet:
        seal = Seal(rng.uniform(60, 150), rng.uniform(90, 200), 18, "ỦY BAN NHÂN DÂN", colour=colour)
        return replace(sheet, marks=[*sheet.marks, seal])

    return change


def _stamped(sheet: Sheet, rng: random.Random) -> Sheet:
    """A received-stamp (dấu công văn đến) over the head's right block; its words are no part of the text."""
    x, y = rng.uniform(135, 150), rng.uniform(32, 44)
    edges = [(x, y, x + 46, y), (x, y + 24, x + 46, y + 24), (x, y, x, y + 24), (x + 46, y, x + 46, y + 24)]
    lines = ("VĂN PHÒNG ỦY BAN", "CÔNG VĂN ĐẾN", "Giờ ....... Ngày ........", "Kính chuyển ..........")
    marks: list[Mark] = [Rule(*edge, width=0.5, colour=BLUE) for edge in edges]
    marks += [
        Text(x + 2, y + 6 + 5.5 * no, line, "sans", 11 if no == 1 else 8.5, BLUE)
        for no, line in enumerate(lines)
    ]
    return replace(sheet, marks=[*sheet.marks, *marks])


def _patterned(sheet: Sheet, _rng: random.Random) -> Sheet:
    """On a certificate's patterned ground."""
    ground = Pattern(10, 10, 200, 287, (250, 240, 225), (235, 190, 150))
    return replace(sheet, marks=[ground, *sheet.marks])


KINDS: dict[str, Kind] = {
    "clean 300 dpi": Kind(Scan(300, "grey", noise=1)),
    "clean 200 dpi": Kind(Scan(200, "grey", noise=2)),
    "150 dpi": Kind(Scan(150, "grey", noise=2)),
    "italic": Kind(Scan(200, "grey", noise=2), _set_in("serif-italic")),
    "bold italic": Kind(Scan(200, "grey", noise=2), _set_in("serif-bold-italic")),
    "sans": Kind(Scan(200, "grey", noise=2), _set_in("sans")),
    "10 points": Kind(Scan(200, "grey", noise=2), _smaller),
    "faint 200 dpi": Kind(Scan(200, "grey", noise=5, faint=0.55)),
    "jpeg 40": Kind(Scan(200, "colour", noise=3), container="jpeg"),
    "red seal over text": Kind(Scan(200, "colour", noise=2), _sealed(RED)),
    "red seal in grey": Kind(Scan(200, "grey", noise=2), _sealed(RED)),
    "received-stamp": Kind(Scan(200, "grey", noise=2), _stamped),
    "patterned ground": Kind(Scan(200, "colour", noise=2), _patterned),
    "1-bit 300 dpi": Kind(Scan(300, "bitonal"), container="g4"),
    "1-bit 200 dpi": Kind(Scan(200, "bitonal"), container="g4"),
    "photocopy 1-bit": Kind(Scan(300, "bitonal", photocopy=True), container="g4"),
    "dithered": Kind(Scan(200, "bitonal", dithered=True, faint=0.25, noise=3), container="g4"),
    "feeder streaks": Kind(Scan(200, "grey", noise=3, streaks=5)),
    "feeder streaks 1-bit": Kind(Scan(300, "bitonal", streaks=5), container="g4"),
}

"""Stacks of papers as they come over a counter or out of an office, with where each paper truly begins.

Rendered stacks are drawn at random: citizens' dossiers (forms, certificates, cards on one sheet or two,
receipts, contracts, drawings), official documents with their annexes, second copies, blank backs of duplex
scans. Their pages are either what a perfect reader would give, with words lost and letters misread at
random, or rendered, damaged and read. Real stacks are whole PDF files laid on each other.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from PIL import Image

from bench.cached_readings import CachedReader
from bench.issued import act, filled_form, headless, report
from fixtures import dossiers
from fixtures.damage import Mode, Scan, scan_sheet
from fixtures.papers import admin, identity
from fixtures.papers.case import Case
from fixtures.people import WARDS, person
from fixtures.sheet import Barcode, Paper, Sheet, Text
from fixtures.words import read
from scanflow.classify.borders.border_context import UNKNOWN_PLACING, Placing
from scanflow.model import Code, PageReading, ScanLook, Word
from scanflow.pipeline.filing.placing import find_placing

TONES: dict[Mode, int] = {"bitonal": 255, "grey": 240, "colour": 238}
_LETTERS = "aeioumnhtclr"


@dataclass(frozen=True, slots=True)
class Stack:
    """Pages in order without the blank ones; `begins` are the indices at which a paper begins, also 0."""

    name: str
    readings: list[PageReading]
    begins: frozenset[int]
    placing: Placing = UNKNOWN_PLACING


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a sheet: of which paper (its place in the stack), None for a blank side."""

    sheet: Sheet | None
    paper: int


def rendered_stacks(seed: int, count: int) -> Iterator[Stack]:
    """Stacks as a reader would give them that misses a word in a hundred and misreads a letter in 300."""
    for no in range(count):
        rng = random.Random(f"stacks {seed} {no}")
        sides, scans = _drawn(rng)
        readings = [
            _worn(side.sheet, scans[side.paper], rng) if side.sheet is not None else None for side in sides
        ]
        yield _stack(f"rendered-{seed}-{no}", sides, readings)


def scanned_stacks(seed: int, count: int, folder: Path, reader: CachedReader) -> Iterator[Stack]:
    """Stacks of rendered, damaged sheets that are read as any scan is; the images go into `folder`."""
    for no in range(count):
        rng = random.Random(f"scanned {seed} {no}")
        sides, scans = _drawn(rng)
        readings: list[PageReading | None] = []
        for place, side in enumerate(sides):
            path = folder / f"{seed}-{no}-{place:03}.png"
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                scan = replace(scans[side.paper], skew=round(rng.gauss(0, 0.5), 2))
                _save(scan_sheet(side.sheet, scan, rng.randrange(2**31)), path, scan.dpi)
            found = reader.read(path)[0]
            readings.append(None if found.blank else found)
        yield _stack(f"scanned-{seed}-{no}", sides, readings)


def real_stacks(files: Sequence[list[PageReading]], seed: int, count: int) -> Iterator[Stack]:
    """Whole files laid on each other in random order, three to eight in a stack."""
    for no in range(count):
        rng = random.Random(f"real {seed} {no}")
        chosen = rng.sample(list(files), min(len(files), rng.randrange(3, 9)))
        readings = [page for file in chosen for page in file if not page.blank]
        begins, at = set(), 0
        for file in chosen:
            begins.add(at)
            at += sum(not page.blank for page in file)
        yield Stack(f"real-{seed}-{no}", readings, frozenset(begins))


def _stack(name: str, sides: Sequence[_Side], readings: Sequence[PageReading | None]) -> Stack:
    """The stack of the sides that are not blank."""
    there = [place for place, reading in enumerate(readings) if reading is not None]
    papers = [sides[place].paper for place in there]
    begins = {at for at, paper in enumerate(papers) if at == 0 or papers[at - 1] != paper}
    placing = find_placing([place + 1 for place in there])
    return Stack(name, [reading for reading in readings if reading is not None], frozenset(begins), placing)


# ---- what lies in a stack


def _drawn(rng: random.Random) -> tuple[list[_Side], list[Scan]]:
    """The sides of a stack of 3 to 40, and how each of its papers is scanned."""
    wanted = rng.randrange(3, 41)
    papers: list[Paper] = []
    while sum(len(paper.sheets) for paper in papers) < wanted:
        papers += rng.choice((_dossier, _dossier, _office, _mixed))(rng)
    sides: list[_Side] = []
    duplex = rng.random() < 0.3
    if rng.random() < 0.15:
        papers = [part for paper in papers for part in (_separator(rng), paper)]
    footed = rng.random() < 0.25
    for no, paper in enumerate(papers):
        if footed and rng.random() < 0.7:
            _count_pages(paper, rng)
        if len(sides) + len(paper.sheets) > 40 and len(sides) >= 3:
            break
        sides += [_Side(sheet, no) for sheet in paper.sheets]
        if duplex and len(sides) % 2:
            sides.append(_Side(None, no))
    one = _scan(rng)
    # Most stacks go through one scanner; some were put together from several.
    several = rng.random() < 0.25
    return sides, [_scan(rng) if several else one for _ in papers]


def _scan(rng: random.Random) -> Scan:
    mode: Mode = rng.choice(("colour", "grey", "bitonal"))
    return Scan(
        rng.choice((150, 200, 200, 300)),
        mode,
        noise=0.0 if mode == "bitonal" else round(rng.uniform(0, 3), 1),
    )


def _case(rng: random.Random) -> Case:
    day = date(2026, 1, 1) + timedelta(days=rng.randrange(360))
    return Case("H13.132-260804-0583", rng.choice(sorted(dossiers.MAKERS)), day, rng.choice(WARDS), rng)


def _dossier(rng: random.Random) -> list[Paper]:
    """A citizen's dossier: its papers, perhaps a receipt, further forms, second copies, split cards."""
    case = _case(rng)
    contents = dossiers.MAKERS[case.procedure](case, hand=rng.random() < 0.3)
    papers = [_perhaps_split(rng, paper) for paper in contents[1]]
    papers += [filled_form(rng) for _ in range(rng.choice((0, 0, 1, 2)))]
    papers += [headless(rng) for _ in range(rng.choice((0, 0, 1, 2)))]
    if rng.random() < 0.3:
        papers.append(act(rng, 0))
    if rng.random() < 0.5:
        rng.shuffle(papers)
    if rng.random() < 0.2:
        twice = rng.randrange(len(papers))
        papers.insert(twice, papers[twice])
    if rng.random() < 0.5:
        papers.insert(0, dossiers.receipt(case, contents, "QRCode"))
    return papers


def _perhaps_split(rng: random.Random, paper: Paper) -> Paper:
    """The paper, or a card's two sides on two pages, as a feeder or a telephone delivers them."""
    if paper.type != "can-cuoc" or rng.random() < 0.4:
        return paper
    case, holder = _case(rng), person(rng)
    front, back = Sheet(), Sheet()
    identity.front(front, holder, 62, 40)
    identity.back(back, case, holder, 62, rng.choice((40, 130)))
    return replace(paper, sheets=(front, back) if rng.random() < 0.9 else (back, front))


def _separator(rng: random.Random) -> Paper:
    """A sheet with a dossier's code that is laid between papers."""
    number = f"H13.{rng.randrange(1, 104)}-2608{rng.randrange(10, 28)}-{rng.randrange(1, 9999):04d}"
    sheet = Sheet()
    sheet.add(Barcode(60, 100, 40, number), Text(60, 160, number, "sans", 14))
    return Paper("separator", "", (sheet,))


def _count_pages(paper: Paper, rng: random.Random) -> None:
    """Number a paper's pages at the foot as programs do: "Trang 2/5", or "2/5"."""
    label, x = rng.choice(("Trang ", "Trang ", "")), rng.choice((100, 180))
    for no, sheet in enumerate(paper.sheets, 1):
        sheet.add(Text(x, sheet.height - 8, f"{label}{no}/{len(paper.sheets)}", "serif", 11))


def _office(rng: random.Random) -> list[Paper]:
    return [report(rng) if rng.random() < 0.15 else act(rng) for _ in range(rng.randrange(1, 4))]


def _mixed(rng: random.Random) -> list[Paper]:
    """An act without annexes and a citizen's forms behind it; letters and notices between."""
    case = _case(rng)
    who = person(rng)
    others = [
        admin.decision(case, who), admin.notice(case), admin.letter(case, who), admin.minutes(case, who),
        admin.power_of_attorney(case, who, person(rng)), admin.money_receipt(case, who),
    ]  # fmt: skip
    papers = [
        act(rng, 0),
        filled_form(rng),
        *rng.sample(others, 2),
        report(rng),
        headless(rng),
        filled_form(rng),
    ]
    papers = rng.sample(papers, rng.randrange(2, len(papers) + 1)) if rng.random() < 0.5 else papers
    return papers if rng.random() < 0.5 else rng.sample(papers, len(papers))


# ---- how it is read


def _worn(sheet: Sheet, scan: Scan, rng: random.Random) -> PageReading:
    """A reading of a sheet with words lost and letters misread, on the paper of its scan."""
    reading = read(sheet)
    codes = tuple(Code(mark.payload, mark.symbology) for mark in sheet.marks if isinstance(mark, Barcode))
    words = tuple(_misread(word, rng) for word in reading.words if rng.random() > 0.01)
    return replace(
        reading,
        words=words,
        codes=codes,
        dpi=(float(scan.dpi), float(scan.dpi)),
        look=ScanLook(scan.mode, min(255, TONES[scan.mode] + rng.randrange(-2, 3))),
    )


def _misread(word: Word, rng: random.Random) -> Word:
    text = "".join(rng.choice(_LETTERS) if rng.random() < 1 / 300 and c.isalpha() else c for c in word.text)
    return replace(word, text=text)


def _save(image: Image.Image, path: Path, dpi: int) -> None:
    image.save(path, dpi=(dpi, dpi))

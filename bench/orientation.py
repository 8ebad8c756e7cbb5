"""Orientation and skew: how often a page is turned upright, and how exactly its skew is measured.

    python -m bench.orientation [--every N] [--papers N]

Pages: those of the extra files, and rendered ones (papers of every kind, landscape tables, pages with few
words), each in four orientations (0, 90, 180, 270 degrees). First by the text lines' shape alone
(scanflow/imaging/geometry/orientation.py); where that is not sure, by the whole recognition of the page. Then
orientations that a file states (`/Rotate`, EXIF), and skew. Prints Markdown.
"""

import argparse
import io
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import cv2
import numpy as np
import pikepdf
from PIL import Image

from bench.imaging import captured_pages
from fixtures.damage import Scan, scan_sheet
from fixtures.endless import batches
from fixtures.extra import EXTRA
from fixtures.people import WARDS
from fixtures.sheet import Rule, Seal, Sheet
from fixtures.writer import Writer
from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.geometry.orientation import SURE, find_rotation
from scanflow.imaging.geometry.skew import find_skew
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.measures.blank import is_blank
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.model import CapturedPage, Geometry
from scanflow.ocr.engines.base import open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

SETTINGS = Settings()
TURNS = (0, 90, 180, 270)
SEED = 20261125
NEAR = 0.2  # degrees
STATED_EVERY = 8  # pages


@dataclass(frozen=True, slots=True)
class Upright:
    """An upright page with a small skew in degrees; `skew` is None where it is not known."""

    kind: str
    name: str
    grey: Raster
    dpi: float
    skew: float | None = None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=int, default=1, help="take each n-th real page only")
    parser.add_argument("--papers", type=int, default=40, help="rendered pages of each kind")
    options = parser.parse_args()
    turns, skews, stated = Turns(), Skews(), Stated()
    for no, page in enumerate(chain(real(options.every), rendered(options.papers))):
        turns.add(page)
        skews.add(page)
        if no % STATED_EVERY == 0 and find_rotation(page.grey, page.dpi).confidence >= SURE:
            stated.add(page)
    turns.print()
    stated.print()
    skews.print()


# --- pages ----------------------------------------------------------------------------------------------


def real(every: int) -> Iterator[Upright]:
    """Every n-th page of the extra files with something on it, as its file states its turn."""
    for page in captured_pages(every) if EXTRA.exists() else ():
        image, dpi = square(decode(page, SETTINGS.limits), page)
        grey = to_upright(to_grey(image), page.geometry)
        if not is_blank(grey, dpi):
            yield Upright(_kind(grey), f"page {page.no}", grey, dpi)


def _kind(grey: Raster) -> str:
    """The set that a page is from: 1-bit scans are of real-pdfs."""
    return "real, 1-bit" if len(np.unique(grey[::16, ::16])) <= 2 else "real and synthetic, grey"


def rendered(count: int) -> Iterator[Upright]:
    """Papers of every kind, and two kinds that are hard to orient."""
    rng = random.Random(SEED)
    papers = [sheet for batch in batches(SEED, count) for paper in batch.papers for sheet in paper.sheets]
    kinds = {
        "rendered papers": rng.sample(papers, min(count, len(papers))),
        "tables across": [_table_across(rng) for _ in range(count)],
        "few words": [_few_words(rng) for _ in range(count)],
    }
    for kind, sheets in kinds.items():
        for no, sheet in enumerate(sheets):
            scan = _scan(rng)
            image = scan_sheet(sheet, scan, no).convert("L")
            yield Upright(kind, f"{no}", as_raster(np.asarray(image)), scan.dpi, scan.skew)


def _scan(rng: random.Random) -> Scan:
    skew = round(max(-2.5, min(2.5, rng.gauss(0, 0.8))), 2)
    if rng.random() < 0.3:
        return Scan(rng.choice((200, 300)), "bitonal", skew=skew, photocopy=rng.random() < 0.5)
    return Scan(rng.choice((150, 200, 300)), "grey", skew=skew, noise=3, faint=rng.choice((0.0, 0.0, 0.5)))


def _table_across(rng: random.Random) -> Sheet:
    """A list of persons and sums on landscape A4, with a ruled table and little running text."""
    writer = Writer(size=12)
    writer.sheet.width, writer.sheet.height = 297.0, 210.0
    writer.right = 279.0
    writer.title("DANH SÁCH CÁC HỘ ĐƯỢC HỖ TRỢ", f"Tháng {rng.randrange(1, 13)} năm 2026")
    rows = [("Số TT", "Họ và tên", "Địa chỉ", "Số tiền (đồng)", "Ghi chú")]
    for no in range(1, rng.randrange(5, 14)):
        amount = f"{rng.randrange(100, 9999)}.000"
        rows.append((str(no), rng.choice(_NAMES), rng.choice(WARDS), amount, rng.choice(("", "Hộ nghèo"))))
    writer.table((18, 70, 80, 45, 36), rows)
    return writer.sheet


_NAMES = ("Nguyễn Thị Hồng Gấm", "Trần Văn Út", "Lê Hoàng Phúc", "Phạm Thị Mỹ Duyên", "Võ Quốc Việt")


def _few_words(rng: random.Random) -> Sheet:
    """A last page: its number, a line or two, capacity and name, a seal."""
    writer = Writer()
    writer.line(str(rng.randrange(2, 9)), align="centre")
    writer.skip(6)
    for _ in range(rng.randrange(1, 4)):
        writer.line(rng.choice(_LAST_LINES))
    writer.skip(10)
    writer.line("CHỦ TỊCH", "serif-bold", align="right")
    if rng.random() < 0.5:
        writer.sheet.add(Seal(150, writer.y + 15, 17.5, "ỦY BAN NHÂN DÂN"))
    writer.skip(28)
    writer.line(rng.choice(_NAMES), "serif-bold", align="right")
    if rng.random() < 0.3:
        writer.sheet.add(Rule(30, 250, 180, 250))
    return writer.sheet


_LAST_LINES = (
    "Văn bản này có hiệu lực kể từ ngày ký.",
    "Nơi nhận: Như trên; Lưu: VT.",
    "chịu trách nhiệm thi hành Quyết định này./.",
    "- Các Sở, ngành liên quan;",
    "Biên bản được lập thành hai bản có giá trị như nhau.",
)


# --- turns ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Count:
    """Counts of pages tried in four orientations."""

    tried: int = 0
    looked_right: int = 0
    sure: int = 0
    sure_wrong: int = 0
    right: int = 0


@dataclass(slots=True)
class Turns:
    """For each kind of page: right by the lines' shape, sure, and right after recognition."""

    counts: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    wrong: list[str] = field(default_factory=list)

    def add(self, page: Upright) -> None:
        """Try a page in four orientations."""
        count = self.counts[page.kind]
        for turn in TURNS:
            turned = to_upright(page.grey, Geometry(rotation=turn))
            wanted = -turn % 360
            found = find_rotation(turned, page.dpi)
            right, sure = found.rotation == wanted, found.confidence >= SURE
            count.tried += 1
            count.looked_right += right
            count.sure += sure
            count.sure_wrong += sure and not right
            in_the_end = right if sure else _rotation_read(turned, page.dpi) == wanted
            count.right += in_the_end
            if not in_the_end:
                self.wrong.append(f"{page.kind} {page.name} turned by {turn}")

    def print(self) -> None:
        """Print a table, and the pages that were wrong."""
        print("| pages in all four orientations | number | right by imaging % | sure % | ", end="")
        print("sure and wrong | right after reading % |\n|---|---|---|---|---|---|")
        for kind, c in self.counts.items():
            shares = " | ".join(f"{100 * n / c.tried:.1f}" for n in (c.looked_right, c.sure))
            print(f"| {kind} | {c.tried} | {shares} | {c.sure_wrong} | {100 * c.right / c.tried:.1f} |")
        print("\nWrong in the end: " + ("; ".join(self.wrong) or "none") + ".")


def _rotation_read(grey: Raster, dpi: float) -> int:
    """The rotation that recognition finds for a page whose lines' shape is not sure."""
    height, width = grey.shape
    data = cv2.imencode(".png", grey)[1].tobytes()
    page = CapturedPage(1, data, "image/png", width, height, (dpi, dpi), "stated")
    return read_page(page, open_engine(SETTINGS.ocr), SETTINGS).geometry.rotation


@dataclass(slots=True)
class Stated:
    """Orientations that files state, rightly and wrongly, on pages whose own orientation is sure."""

    tried: int = 0
    upright: dict[tuple[str, bool], int] = field(default_factory=lambda: defaultdict(int))

    def add(self, page: Upright) -> None:
        """Try a page in files that state each orientation."""
        for turn in TURNS:
            self.tried += 1
            for name, make in (("/Rotate", _as_pdf), ("EXIF", _as_jpeg)):
                for rightly in (True, False):
                    lies = to_upright(page.grey, Geometry(rotation=-turn % 360 if rightly else 0))
                    file = make(lies, page.dpi, turn)
                    self.upright[name, rightly] += _is_upright(file, turn if rightly else 0)

    def print(self) -> None:
        """As a table."""
        print("\n| turn stated by | files | rightly stated: upright | wrongly: upright |\n|---|---|---|---|")
        for name in ("/Rotate", "EXIF"):
            print(f"| {name} | {self.tried} | {self.upright[name, True]} | {self.upright[name, False]} |")


def _is_upright(file: tuple[str, bytes], wanted: int) -> bool:
    """Whether an unpacked file's page gets the wanted rotation of its raster."""
    name, data = file
    [page] = unpack(data, name, SETTINGS.limits, 1.1).pages
    image, dpi = square(decode(page, SETTINGS.limits), page)
    found = find_rotation(to_upright(to_grey(image), page.geometry), dpi)
    return (page.geometry.rotation + found.rotation) % 360 == wanted


def _as_pdf(grey: Raster, dpi: float, turn: int) -> tuple[str, bytes]:
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "PDF", resolution=dpi)
    with pikepdf.open(out) as pdf:
        pdf.pages[0].Rotate = turn
        pdf.save(again := io.BytesIO())
    return "page.pdf", again.getvalue()


def _as_jpeg(grey: Raster, dpi: float, turn: int) -> tuple[str, bytes]:
    exif = Image.Exif()
    exif[0x0112] = {0: 1, 90: 6, 180: 3, 270: 8}[turn]
    out = io.BytesIO()
    Image.fromarray(grey).save(out, "JPEG", quality=85, dpi=(dpi, dpi), exif=exif)
    return "page.jpg", out.getvalue()


# --- skew -----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Skews:
    """Errors of the measured skew: as rendered, and added to a page that was deskewed before."""

    errors: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED))

    def add(self, page: Upright) -> None:
        """Try a page with a small and with a large skew added."""
        first = find_skew(page.grey, page.dpi)
        if page.skew is not None:
            self.errors[page.kind, "as scanned"].append(first - page.skew)
        straight = to_upright(page.grey, Geometry(skew=first))
        for most in (2.5, 9.0):
            added = float(self.rng.uniform(-most, most))
            found = find_skew(to_upright(straight, Geometry(skew=-added)), page.dpi)
            self.errors[page.kind, f"up to {most:g}° added"].append(found - added)

    def print(self) -> None:
        """As a table."""
        print(f"\n| pages | skew | number | median error ° | 99 % below ° | within {NEAR}° % | greatest ° |")
        print("|---|---|---|---|---|---|---|")
        for (kind, added), errors in self.errors.items():
            off = np.abs(errors)
            median, most = np.percentile(off, (50, 99))
            near = 100 * float(np.mean(off <= NEAR))
            numbers = f"{len(off)} | {median:.3f} | {most:.2f} | {near:.1f} | {off.max():.2f}"
            print(f"| {kind} | {added} | {numbers} |")


if __name__ == "__main__":
    main()

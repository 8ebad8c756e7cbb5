"""The size of a searchable file beside the scan in it, scanflow's and OCRmyPDF's, as a Markdown table.

    python -m bench.size [--ocrmypdf PATH] [FILE.pdf ...]

Without files: ten pages of a 1-bit CCITT scan, a JBIG2 scan and grey pages from the extra files (without them
rendered pages), and scans among the project's fixtures.

"Added" is all of the output that isn't an image stream,
over all pages; for our own files it is split, by writing the first page alone too, into what a further page
costs and what a file costs once.
"""

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import img2pdf
import pikepdf
import structlog

from bench.rendered import rendered
from fixtures.extra import EXTRA, ROOT, say_what_is_missing
from scanflow.capture.files.unpack import unpack
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.pdf.page_image import find_image
from scanflow.pdf.writer import PdfMetadata, PdfPage, write_pdf
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

METADATA = PdfMetadata(
    title="Hồ sơ số hóa",
    created=datetime(2026, 8, 4, 3, 0, tzinfo=UTC),
    dossier_number="H57.132-260804-0583",
    procedure_code="1.013225",
    document_type="building_permit",
    converter="Đỗ Thị Ví Dụ",
    agency="Trung tâm Phục vụ hành chính công",
    program="scanflow",
    engine="tesseract",
)
OCRMYPDF = {
    name: name.split() for name in ("--force-ocr --deskew --rotate-pages", "--force-ocr", "--redo-ocr")
}


@dataclass(frozen=True, slots=True)
class Weight:
    """Bytes of a finished file and of the image streams in it."""

    total: int
    images: int

    @property
    def added(self) -> int:
        return self.total - self.images


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("files", type=Path, nargs="*")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is the table's
    settings = Settings()
    engine = open_engine(settings.ocr)
    program = options.ocrmypdf or shutil.which("ocrmypdf")
    print("| scan | made by | output KB | of it images KB | × scan | added KB | KB a page | KB a file |")
    print("|---|---|---|---|---|---|---|---|")
    for name, data in [(path.name, path.read_bytes()) for path in options.files] or scans():
        scan = f"{name}: {len(_streams(data))} pages, images {_scan_bytes(data) / 1000:.0f} KB"
        for row in _rows(data, engine, settings, program):
            print(f"| {scan} | {row}", flush=True)


def _rows(data: bytes, engine: Engine, settings: Settings, program: Path | str | None) -> Iterator[str]:
    pages = _read(data, engine, settings)
    written = write_pdf(pages, METADATA).data
    kept = "" if _streams(written) == _streams(data) else ", image streams changed"
    whole, first = _weigh(written), _weigh(write_pdf(pages[:1], METADATA).data)
    size = _scan_bytes(data)
    each = (whole.added - first.added) / (len(pages) - 1) if len(pages) > 1 else 0.0
    words = round(sum(len(page.words) for page in pages) / len(pages))
    made_by = f"scanflow, {words} words a page{kept}"
    yield _row(made_by, whole, size) + f" {each / 1000:.1f} | {(first.added - each) / 1000:.1f} |"
    if program:
        for name, options in OCRMYPDF.items():
            made = _ocrmypdf(program, options, data)
            yield (
                _row(f"OCRmyPDF {name}", _weigh(made), size) + " | |"
                if made
                else f"OCRmyPDF {name} | refused | | | | | |"
            )


def _row(made_by: str, weight: Weight, scan: int) -> str:
    return (
        f"{made_by} | {weight.total / 1000:.0f} | {weight.images / 1000:.0f} "
        f"| {weight.total / scan:.2f} | {weight.added / 1000:.1f} |"
    )


def _read(data: bytes, engine: Engine, settings: Settings) -> list[PdfPage]:
    # A layer quality that none reaches: every page is to be read, whatever text it carries.
    pages = unpack(data, "scan.pdf", settings.limits, 1.1).pages
    readings = [(page, read_page(page, engine, settings)) for page in pages]
    return [PdfPage(page, reading.geometry, reading.size, reading.words) for page, reading in readings]


def _ocrmypdf(program: Path | str, options: Sequence[str], data: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        source.write_bytes(data)
        command = [str(program), "-q", "-l", "vie", "-j", "1", *options, str(source), str(target)]
        done = subprocess.run(command, check=False)
        return target.read_bytes() if done.returncode == 0 else b""


def _streams(data: bytes) -> list[bytes]:
    """The image stream of each page."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [find_image(page.obj).read_raw_bytes() for page in pdf.pages]


def _weigh(data: bytes) -> Weight:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        images = [
            found
            for found in pdf.objects
            if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == pikepdf.Name.Image
        ]
        return Weight(len(data), _image_bytes(images))


def _scan_bytes(data: bytes) -> int:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return _image_bytes(find_image(page.obj) for page in pdf.pages)


def _image_bytes(images: Iterable[pikepdf.Object]) -> int:
    sizes: dict[tuple[int, int], int] = {}
    for image in images:
        sizes[image.objgen] = len(image.read_raw_bytes())
        shared = image.get("/DecodeParms", pikepdf.Dictionary()).get("/JBIG2Globals")
        if shared is not None:  # the symbols of JBIG2 are image data too
            sizes[shared.objgen] = len(shared.read_raw_bytes())
    return sum(sizes.values())


def scans() -> Iterator[tuple[str, bytes]]:
    """Names and PDFs: real scans where they are at hand, else rendered ones, and two fixtures."""
    yield from _real_scans() if (EXTRA / "real-pdfs").is_dir() else _rendered_scans()
    for name in ("fax_01.pdf", "scan0001.pdf"):
        for path in sorted((ROOT / "fixtures" / "dossiers").glob(f"*/{name}")):
            yield f"fixture {name}", path.read_bytes()


def _real_scans() -> Iterator[tuple[str, bytes]]:
    real = EXTRA / "real-pdfs"
    if (path := real / "10209638.pdf").exists():
        yield "1-bit CCITT", _first_pages(path, 10)
    if (path := real / "10209680.pdf").exists():
        yield "JBIG2", _first_pages(path, 7)
    if pages := sorted((EXTRA / "real-pages").glob("*.png")):
        yield "grey PNG, 200 dpi", img2pdf.convert([str(page) for page in pages])


def _rendered_scans() -> Iterator[tuple[str, bytes]]:
    say_what_is_missing(EXTRA, "rendered pages in place of real scans")
    kinds = {
        "1-bit 300 dpi": ("1-bit CCITT, rendered", 10),
        "clean 200 dpi": ("grey PNG, 200 dpi, rendered", 5),
    }
    with tempfile.TemporaryDirectory() as folder:
        for kind, (name, count) in kinds.items():
            [(_, samples)] = rendered(Path(folder), [kind], count)
            yield name, img2pdf.convert([str(sample.path) for sample in samples])


def _first_pages(path: Path, count: int) -> bytes:
    with pikepdf.open(path) as pdf:
        del pdf.pages[count:]
        buffer = io.BytesIO()
        pdf.save(buffer)
    return buffer.getvalue()


if __name__ == "__main__":
    main()

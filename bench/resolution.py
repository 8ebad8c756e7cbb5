"""Are the same pixels read alike whatever resolution their file states? A Markdown table of pages.

    python -m bench.resolution [--sets real-pages,real-pages-2,real-tables] [--pages tb5,qd0]

Each page's pixels are taken with each stated resolution of `STATED`, as PNG; PDF pages as a PDF of that size,
a unit of which is a sixth of an inch. How often the resolutions lead to another page or another copy for
reading is counted, and each such variant is read: recall of words, %, "page" the width and height in
millimetres that the PDF gets. (The page's size has no part in reading: of pages that are read at the same
resolution one is read.) The last column is the widest gap between two readings, in points.
"""

import argparse
import io
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image

from bench.cached_readings import CachedReader, source_fingerprint
from bench.programs import as_text, unpack_for_reading
from bench.score import score
from bench.sets import Sample, load_sets
from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decode import decode
from scanflow.imaging.raster import to_grey
from scanflow.imaging.stated_resolution import believable_resolution
from scanflow.logs import configure_logs
from scanflow.model import CapturedPage
from scanflow.settings import Settings
from scanflow.units import MM_PER_INCH

STATED = (None, 1, 72, 96, 300, 600, 1200)
UNIT = 12.0
"""Points in a unit of the PDFs that are made: a sixth of an inch (`/UserUnit`)."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The page that stated resolutions lead to: its file, its resolution, and what it is read at in dpi."""

    data: bytes
    dpi: tuple[float, float]
    read_at: float
    size: tuple[float, float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", default="real-pages,real-pages-2,real-tables", help="sets, with commas")
    parser.add_argument("--pages", help="parts of files' names, with commas; default all")
    options = parser.parse_args()
    configure_logs("warning")
    settings = Settings()
    reader = CachedReader(settings=settings, made_by=source_fingerprint())
    print("| page | pixels | stated: page in mm, read at dpi: recall % | gap |\n|---|---|---|---|")
    for name in options.sets.split(","):
        for sample in load_sets()[name]:
            wanted = options.pages.split(",") if options.pages else [""]
            if any(part in sample.path.name for part in wanted):
                print(_row(sample, reader, settings), flush=True)


def _row(sample: Sample, reader: CachedReader, settings: Settings) -> str:
    image = _pixels(sample.path, settings)
    groups: dict[tuple[int, ...], list[str]] = {}
    variants: dict[tuple[int, ...], Variant] = {}
    for label, data in _files(image, as_pdf=sample.path.suffix == ".pdf"):
        variant = _variant(data, settings)
        key = tuple(round(value) for value in (*variant.size, variant.read_at))
        groups.setdefault(key, []).append(label)
        variants.setdefault(key, variant)
    once = {variant.read_at: variant for variant in variants.values()}
    at = {read_at: _recall(sample, variant, reader) for read_at, variant in once.items()}
    recalls = {key: at[variant.read_at] for key, variant in variants.items()}
    told = [
        f"{', '.join(labels)}: {key[0]} × {key[1]}, {key[2]}: {recalls[key]:.2f}"
        for key, labels in groups.items()
    ]
    gap = max(recalls.values()) - min(recalls.values())
    return f"| {sample.path.name} | {image.width} × {image.height} | {'; '.join(told)} | {gap:.2f} |"


def _pixels(path: Path, settings: Settings) -> Image.Image:
    raster = decode(unpack_for_reading(path, settings).pages[0], settings.limits)
    return Image.fromarray(raster if raster.ndim == 2 else raster[:, :, ::-1])


def _files(image: Image.Image, *, as_pdf: bool) -> Iterator[tuple[str, bytes]]:
    plain = io.BytesIO()
    image.save(plain, "PNG", compress_level=1)
    for dpi in STATED:
        if not as_pdf:
            target = io.BytesIO()
            image.save(target, "PNG", compress_level=1, **({"dpi": (dpi, dpi)} if dpi else {}))
            yield str(dpi or "none"), target.getvalue()
        elif dpi:
            yield str(dpi), _pdf(plain.getvalue(), dpi)


def _pdf(png: bytes, dpi: int) -> bytes:
    layout = img2pdf.get_fixed_dpi_layout_fun((dpi, dpi))
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(img2pdf.convert(png, layout_fun=layout))) as pdf:
        page = pdf.pages[0]
        page.obj.UserUnit = UNIT
        page.obj.MediaBox = pikepdf.Array([0, 0, *(float(side) / UNIT for side in page.mediabox[2:])])
        drawn = f"{1 / UNIT:.8f} 0 0 {1 / UNIT:.8f} 0 0 cm\n".encode() + page.Contents.read_bytes()
        page.obj.Contents = pdf.make_stream(drawn)
        pdf.save(target)
    return target.getvalue()


def _variant(data: bytes, settings: Settings) -> Variant:
    captured = unpack(data, "page", settings.limits, 1.1).pages[0]
    page, read_at = believable_resolution(captured, to_grey(decode(captured, settings.limits)))
    return Variant(data, page.dpi, read_at or max(page.dpi), _millimetres(page))


def _millimetres(page: CapturedPage) -> tuple[float, float]:
    return page.width / page.dpi[0] * MM_PER_INCH, page.height / page.dpi[1] * MM_PER_INCH


def _recall(sample: Sample, variant: Variant, reader: CachedReader) -> float:
    suffix = ".pdf" if variant.data.startswith(b"%PDF") else ".png"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(variant.data)
        file.flush()
        text = "\f".join(as_text(page.words) for page in reader.read(Path(file.name)))
    return score(sample.truth, sample.cut(text), allowed=sample.handwritten).recall


if __name__ == "__main__":
    main()

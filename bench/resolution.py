"""Are the same pixels read alike whatever resolution their file states? A Markdown table of pages.

    python -m bench.resolution [--sets real-pages,real-pages-2,real-tables] [--pages tb5,qd0]

Each page's pixels are taken with each stated resolution of `STATED`, as PNG; PDF pages as a PDF of that size,
a unit of which is a sixth of an inch. Told are the stated values that lead to the same page: its width and
height in millimetres as the PDF gets them, and what it is read at in dpi. The page's size has no part in
reading: where all lead to the same copy for the reader, the words are the same, and the page is read (recall
of words, %) only with `--read-all`. The last column is the widest gap between two readings, in points.
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
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.measures.stated_resolution import believable_resolution
from scanflow.imaging.raster import to_grey
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
    parser.add_argument("--read-all", action="store_true", help="read pages of which there is one copy, too")
    options = parser.parse_args()
    configure_logs("warning")
    settings = Settings()
    reader = CachedReader(settings=settings, made_by=source_fingerprint())
    print("| page | pixels | stated: page in mm, read at dpi: recall % | gap |\n|---|---|---|---|")
    for name in options.sets.split(","):
        for sample in load_sets()[name]:
            wanted = options.pages.split(",") if options.pages else [""]
            if any(part in sample.path.name for part in wanted):
                print(_row(sample, reader, settings, read_all=options.read_all), flush=True)


def _row(sample: Sample, reader: CachedReader, settings: Settings, *, read_all: bool) -> str:
    image = _pixels(sample.path, settings)
    groups: dict[tuple[int, ...], list[str]] = {}
    variants: dict[tuple[int, ...], Variant] = {}
    for label, data in _files(image, as_pdf=sample.path.suffix == ".pdf"):
        variant = _variant(data, settings)
        key = tuple(round(value) for value in (*variant.size, variant.read_at))
        groups.setdefault(key, []).append(label)
        variants.setdefault(key, variant)
    once = {round(variant.read_at, 1): variant for variant in variants.values()}
    told = [f"{', '.join(labels)}: {key[0]} × {key[1]}, {key[2]}" for key, labels in groups.items()]
    gap = "0: one copy"
    if read_all or len(once) > 1:
        at = {read_at: _recall(sample, variant, reader) for read_at, variant in once.items()}
        told = [
            f"{text}: {at[round(variants[key].read_at, 1)]:.2f}"
            for text, key in zip(told, groups, strict=True)
        ]
        gap = f"{max(at.values()) - min(at.values()):.2f}"
    return f"| {sample.path.name} | {image.width} × {image.height} | {'; '.join(told)} | {gap} |"


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

"""What a page costs from captured bytes to PDF/A, against bare recognition of it, as a Markdown table.

    python -m bench.line_cost [--pages N] [--repeat N]

Rendered pages, each as scanners keep it: JPEG and JPEG 2000 in colour at 240 and 300 dpi, 1-bit fax data,
grey PNG. "Recognition" is Tesseract's library with our model on the same pixels at the same resolution, as
they came; "with decoding" decodes them as well (Pillow). CPU seconds of this process; in turn, the best of
each. Bare recognition of a skewed page or of one under a seal may cost less because it reads less.
"""

import argparse
import io
import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pikepdf
import tesserocr
from PIL import Image

from bench.rendered import SEED, make_sheets
from bench.size import METADATA
from fixtures.damage import Scan, scan_sheet
from scanflow.capture.files.unpack import unpack
from scanflow.logs import configure_logs
from scanflow.ocr.engines.base import open_engine
from scanflow.ocr.engines.traineddata import OWN, SHIPPED
from scanflow.pdf.writer import PdfPage, write_pdf
from scanflow.recognition.page import read_page
from scanflow.settings import Settings
from scanflow.units import POINTS_PER_INCH

KINDS: dict[str, tuple[Scan, str]] = {
    "colour JPEG, 240 dpi": (Scan(240, "colour", noise=2), "JPEG"),
    "colour JPEG, 300 dpi": (Scan(300, "colour", noise=2), "JPEG"),
    "colour JPEG 2000, 240 dpi": (Scan(240, "colour", noise=2), "JPEG2000"),
    "colour JPEG 2000, 300 dpi": (Scan(300, "colour", noise=2), "JPEG2000"),
    "1-bit, 300 dpi": (Scan(300, "bitonal"), "TIFF"),
    "grey PNG, 200 dpi": (Scan(200, "grey", noise=2), "PNG"),
}
OPTIONS: dict[str, dict[str, object]] = {
    "JPEG": {"quality": 80},
    "JPEG2000": {"quality_mode": "rates", "quality_layers": [20], "irreversible": True},
    "TIFF": {"compression": "group4"},
    "PNG": {},
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=6, help="pages of each kind")
    parser.add_argument("--repeat", type=int, default=2, help="times that each is read; the best counts")
    options = parser.parse_args()
    configure_logs("warning")
    print("| scan | the line, CPU s/page | recognition | ratio | with decoding | ratio |")
    print("|---|---|---|---|---|---|")
    with tesserocr.PyTessBaseAPI(path=str(SHIPPED), lang=OWN, psm=3, oem=1) as bare:
        for name, (scan, container) in KINDS.items():
            pages = _pages(scan, container, options.pages)
            costs = [_costs(data, scan.dpi, bare, options.repeat) for data in pages]
            line, recognition, decoded = (sum(each) / len(costs) for each in zip(*costs, strict=True))
            print(
                f"| {name} | {line:.2f} | {recognition:.2f} | {line / recognition:.2f} "
                f"| {decoded:.2f} | {line / decoded:.2f} |",
                flush=True,
            )


def _pages(scan: Scan, container: str, count: int) -> Iterator[bytes]:
    for no, sheet in enumerate(make_sheets(count)):
        skew = round(random.Random(f"{SEED} {no}").gauss(0, 0.5), 2)
        image = scan_sheet(sheet, replace(scan, skew=skew), no)
        target = io.BytesIO()
        image = image.convert("1") if container == "TIFF" else image
        image.save(target, container, dpi=(scan.dpi, scan.dpi), **OPTIONS[container])
        yield target.getvalue()


def _costs(data: bytes, dpi: int, bare: tesserocr.PyTessBaseAPI, repeat: int) -> tuple[float, float, float]:
    """CPU seconds of the line, of recognition alone, and of recognition with decoding."""
    file = _in_pdf(data, dpi) if data.startswith(_JP2) else data
    settings = Settings()
    engine = open_engine(settings.ocr)
    pixels = Image.open(io.BytesIO(data)).convert("L")

    def line() -> None:
        # A layer quality that none reaches: every page is to be read.
        pages = unpack(file, "scan", settings.limits, 1.1).pages
        readings = [(page, read_page(page, engine, settings)) for page in pages]
        write_pdf([PdfPage(page, r.geometry, r.size, r.words) for page, r in readings], METADATA)

    def recognition(grey: Image.Image = pixels) -> None:
        bare.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
        bare.SetSourceResolution(dpi)
        bare.GetUTF8Text()
        bare.Clear()

    def with_decoding() -> None:
        recognition(Image.open(io.BytesIO(data)).convert("L"))

    costs = [tuple(map(_seconds, (line, recognition, with_decoding))) for _ in range(repeat)]
    best = [min(each) for each in zip(*costs, strict=True)]
    return best[0], best[1], best[2]


def _seconds(job: Callable[[], None]) -> float:
    start = time.process_time()
    job()
    return time.process_time() - start


_JP2 = b"\0\0\0\x0cjP  "


def _in_pdf(data: bytes, dpi: int) -> bytes:
    """JPEG 2000 data as scanners' programs give it: the only image of a PDF's page."""
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
    size = width * POINTS_PER_INCH / dpi, height * POINTS_PER_INCH / dpi
    with pikepdf.new() as pdf:
        image_object = pikepdf.Stream(
            pdf,
            data,
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=width,
            Height=height,
            ColorSpace=pikepdf.Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=pikepdf.Name.JPXDecode,
        )
        page = pdf.add_blank_page(page_size=size)
        page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=image_object))
        page.obj.Contents = pdf.make_stream(f"{size[0]} 0 0 {size[1]} 0 0 cm /I Do".encode())
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


if __name__ == "__main__":
    main()

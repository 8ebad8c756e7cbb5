"""How the PDF viewers that people use take the text out of a file."""

import re
import subprocess
import tempfile
from pathlib import Path

import pypdfium2

from scanflow.model import Box


def pdftotext(data: bytes, *options: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.pdf"
        path.write_bytes(data)
        done = subprocess.run(
            ["pdftotext", *options, str(path), "-"], capture_output=True, check=True, timeout=60
        )
    return done.stdout.decode("utf-8").rstrip("\f\n")


def poppler_boxes(data: bytes) -> list[tuple[str, Box]]:
    found = re.findall(
        r'<word xMin="(.*?)" yMin="(.*?)" xMax="(.*?)" yMax="(.*?)">(.*?)</word>', pdftotext(data, "-bbox")
    )
    return [(text, Box(*(float(value) for value in sides))) for *sides, text in found]


def pdfium_text(data: bytes) -> str:
    """What Chromium copies when everything on the first page is selected."""
    with pypdfium2.PdfDocument(data) as document:
        text: str = document[0].get_textpage().get_text_range()
        return text.replace("\r\n", "\n")


def pdfium_selection(data: bytes) -> list[Box]:
    """The rectangles that Chromium marks when everything on the first page is selected."""
    with pypdfium2.PdfDocument(data) as document:
        page = document[0]
        height = page.get_height()
        text = page.get_textpage()
        sides = (text.get_rect(index) for index in range(text.count_rects()))
        return [Box(left, height - top, right, height - bottom) for left, bottom, right, top in sides]

"""A child loads nothing more when it reads its first page: what each page needs is loaded before the fork."""

import io
import subprocess
import sys
from pathlib import Path

import cv2
import img2pdf
import numpy as np
from PIL import Image

_READ = """
import sys
from pathlib import Path
from scanflow.pipeline.sandbox import preload
from scanflow.capture.files.unpack import unpack
from scanflow.ocr.engines.base import open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

settings = Settings()
before = set(sys.modules)
(page,) = unpack(Path(sys.argv[1]).read_bytes(), "scan.pdf", settings.limits, 1.1).pages
reading = read_page(page, open_engine(settings.ocr), settings)
print(len(reading.words), *sorted(set(sys.modules) - before))
"""


def _fax() -> bytes:
    """A page of two tones as CCITT data in a PDF."""
    paper = np.full((1100, 850), 255, np.uint8)
    for row in range(100, 1000, 60):
        cv2.putText(paper, "UBND xin giao trong 15 ngay", (80, row), cv2.FONT_HERSHEY_COMPLEX, 1.2, 0, 2)
    image = io.BytesIO()
    Image.fromarray(paper).convert("1").save(image, "TIFF", compression="group4", dpi=(100, 100))
    return bytes(img2pdf.convert(image.getvalue()))


def test_reading_a_fax_loads_no_further_module(tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(_fax())
    said = subprocess.run(
        [sys.executable, "-c", _READ, str(scan)], capture_output=True, text=True, check=True
    )
    words, *loaded = said.stdout.split()
    assert int(words) > 20
    assert loaded == []

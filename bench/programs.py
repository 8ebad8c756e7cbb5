"""Programs that read a file, for comparison in one run: scanflow, bare Tesseract, OCRmyPDF."""

import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py; OCRmyPDF's children inherit it too.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from scanflow.capture.files.unpack import Unpacked, unpack
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import to_grey
from scanflow.model import Word
from scanflow.ocr.engines.base import open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

Reader = Callable[[Path], str]


def with_cpu(reader: Reader, path: Path) -> tuple[str, float]:
    """A program's text of a file, and the CPU seconds that it and its child processes took."""
    start = _cpu()
    return reader(path), _cpu() - start


def _cpu() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def scanflow_reader(settings: Settings) -> Reader:
    """scanflow from file to text, in this process."""
    engine = open_engine(settings.ocr)

    def read(path: Path) -> str:
        pages = unpack_for_reading(path, settings).pages
        return "\f".join(as_text(read_page(page, engine, settings).words) for page in pages)

    return read


def bare_reader(settings: Settings) -> Reader:
    """The same Tesseract on every page as it came, turned only as its file says."""
    engine = open_engine(settings.ocr)

    def read(path: Path) -> str:
        texts = []
        for page in unpack_for_reading(path, settings).pages:
            grey = to_grey(to_upright(decode(page, settings.limits), page.geometry))
            texts.append(as_text(engine.recognize(grey, max(page.dpi))))
        return "\f".join(texts)

    return read


def ocrmypdf_reader(program: Path, settings: Settings) -> Reader:
    """OCRmyPDF as its users call it for scans, with the sidecar as the reading."""

    def read(path: Path) -> str:
        with tempfile.TemporaryDirectory() as folder:
            sidecar = Path(folder, "text.txt")
            options = ["--force-ocr", "-l", "vie", "--deskew", "--rotate-pages", "-j", "1", "-q"]
            if path.suffix.lower() != ".pdf":
                options += ["--image-dpi", str(round(unpack_for_reading(path, settings).pages[0].dpi[0]))]
            command = [program, *options, "--sidecar", sidecar, path, Path(folder, "out.pdf")]
            subprocess.run(list(map(str, command)), check=True)
            return sidecar.read_text(encoding="utf-8")

    return read


def as_text(words: list[Word] | tuple[Word, ...]) -> str:
    """One text line for each line, as in the sidecar; handwriting is left out."""
    lines: dict[tuple[int, int], list[str]] = {}
    for word in words:
        if word.kind != "print":
            continue
        lines.setdefault((word.block, word.line), []).append(word.text)
    return "\n".join(" ".join(line) for line in lines.values())


def unpack_for_reading(path: Path, settings: Settings) -> Unpacked:
    """The pages of a file, all of them to be read: no text layer reaches a quality above 1."""
    return unpack(path.read_bytes(), path.name, settings.limits, 1.1)

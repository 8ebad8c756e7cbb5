"""Training lines as Tesseract keeps them (`*.lstmf`): a PNG of one line and what it says, many to a file.

`tesseract … lstm.train` makes such files from pages with boxes, a process a page; writing them here is as
simple, and the line is cut out as we want it. The format is that of `DocumentData` in Tesseract 5.
"""

import io
import struct
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LINES_PER_FILE = 400


def write_lines(lines: Iterable[tuple[NDArray[np.uint8], str]], folder: Path, name: str) -> Path:
    """Write grey lines with their texts; give the list file that `lstmtraining --train_listfile` takes."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    batch: list[bytes] = []

    def flush() -> None:
        files.append(folder / f"{name}-{len(files):03}.lstmf")
        files[-1].write_bytes(struct.pack("<I", len(batch)) + b"".join(batch))
        batch.clear()

    for pixels, text in lines:
        batch.append(_record(pixels, text))
        if len(batch) == LINES_PER_FILE:
            flush()
    if batch:
        flush()
    listing = folder / f"{name}.list"
    listing.write_text("".join(f"{file}\n" for file in files), encoding="utf-8")
    return listing


def _record(pixels: NDArray[np.uint8], text: str) -> bytes:
    picture = io.BytesIO()
    Image.fromarray(pixels).save(picture, "PNG", compress_level=1)
    return b"".join(
        (
            b"\1",  # a pointer that is not null
            _counted(b"line"),
            struct.pack("<i", 0),  # page
            _counted(picture.getvalue()),
            _counted(b"vie"),
            _counted(text.encode("utf-8")),
            struct.pack("<I", 0),  # boxes of letters: the training needs none
            struct.pack("<I", 0),  # nor their texts
            b"\0",  # not vertical
        )
    )


def _counted(data: bytes) -> bytes:
    return struct.pack("<I", len(data)) + data

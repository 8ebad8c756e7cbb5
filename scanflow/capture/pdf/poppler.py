"""Poppler's programs with time limits: a page as a raster, a page's text with boxes."""

import html
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pdf2image
from pdf2image.exceptions import (
    PDFInfoNotInstalledError,
    PDFPageCountError,
    PDFPopplerTimeoutError,
    PDFSyntaxError,
    PopplerNotInstalledError,
)
from PIL import Image

from scanflow.capture.files.library_message import short_message
from scanflow.errors import DamagedInputError, LimitError, MissingToolError
from scanflow.model import Box, Word
from scanflow.text.normalization import nfc

_MISSING = MissingToolError("poppler's programs are not installed: apt-get install poppler-utils")

_QUICK_DPI = 20  # of a rendering that is made only for poppler's error messages


def probe(path: Path, seconds: float) -> None:
    """Let poppler open a PDF once: pdf2image does so before each page, without a time limit.

    Raises LimitError after `seconds`, DamagedInputError where poppler fails, MissingToolError.
    """
    try:
        pdf2image.pdfinfo_from_path(str(path), timeout=max(1, round(seconds)))
    except PDFInfoNotInstalledError as error:
        raise _MISSING from error
    except PDFPopplerTimeoutError as error:
        raise LimitError(f"opening it took more than {seconds:g} s") from error
    except (PDFPageCountError, ValueError) as error:
        raise DamagedInputError("poppler can't open it") from error


def render(path: Path, no: int, dpi: int, seconds: float, *, grey: bool = False) -> Image.Image:
    """Page `no` (from 1) of a PDF as a person sees it: cut to its crop box, rotated by its /Rotate.

    Raises LimitError after `seconds`, DamagedInputError where poppler fails, or shows nothing and reports an
    error; MissingToolError.
    """
    image = _render(path, no, dpi, seconds, "grey" if grey else "colour")
    if shows_nothing(image):
        _render(path, no, _QUICK_DPI, seconds, "strict")
    return image


def shows_nothing(image: Image.Image) -> bool:
    """Whether all pixels are the same."""
    extrema: Sequence[Any] = image.getextrema()
    bands = [extrema] if image.mode in ("1", "L", "I", "I;16", "P") else extrema
    return all(low == high for low, high in bands)


def _render(
    path: Path, no: int, dpi: int, seconds: float, how: Literal["colour", "grey", "strict"]
) -> Image.Image:
    """As `render`. `strict`: raise for every error that poppler reports; else it shows what it can."""
    try:
        images = pdf2image.convert_from_path(
            path,
            dpi=dpi,
            first_page=no,
            last_page=no,
            use_cropbox=True,
            grayscale=how == "grey",
            strict=how == "strict",
            timeout=max(1, round(seconds)),
        )
    except (PDFInfoNotInstalledError, PopplerNotInstalledError) as error:
        raise _MISSING from error
    except PDFPopplerTimeoutError as error:
        raise LimitError(f"page {no}: rendering took more than {seconds:g} s") from error
    except PDFSyntaxError as error:
        raise DamagedInputError(f"page {no}: poppler shows nothing: {short_message(error)}") from error
    except (PDFPageCountError, OSError, ValueError, SyntaxError) as error:
        raise DamagedInputError(f"page {no}: poppler can't render it") from error
    if not images:
        raise DamagedInputError(f"page {no}: poppler rendered nothing")
    return images[0]


def render_jpeg(path: Path, no: int, width: int, seconds: float) -> bytes:
    """Page `no` (from 1) of a PDF as a person sees it, as a JPEG of `width` pixels.

    Quicker than `render`: nothing is decoded here. Raises as `render`.
    """
    size = ["-scale-to-x", str(width), "-scale-to-y", "-1"]
    place = ["-f", str(no), "-l", str(no), "-singlefile", "-cropbox"]
    try:
        done = subprocess.run(
            ["pdftoppm", "-jpeg", *place, *size, str(path)], capture_output=True, timeout=seconds, check=True
        )
    except FileNotFoundError as error:
        raise _MISSING from error
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"page {no}: rendering took more than {seconds:g} s") from error
    except subprocess.CalledProcessError as error:
        raise DamagedInputError(f"page {no}: poppler can't render it") from error
    if not done.stdout:
        raise DamagedInputError(f"page {no}: poppler rendered nothing")
    return done.stdout


_TOKEN = re.compile(
    r"<(?P<tag>page|block|line)\b"
    r'|<word xMin="(?P<left>[-\d.]+)" yMin="(?P<top>[-\d.]+)"'
    r' xMax="(?P<right>[-\d.]+)" yMax="(?P<bottom>[-\d.]+)">(?P<text>.*?)</word>',
    re.DOTALL,
)


def text_layers(path: Path, seconds: float) -> list[tuple[Word, ...]]:
    """The words of each page's text layer: NFC, in reading order, boxes in upright points of the crop box.

    Raises LimitError after `seconds`, DamagedInputError where poppler fails, MissingToolError.
    """
    command = ["pdftotext", "-bbox-layout", "-cropbox", "-q", "-enc", "UTF-8", str(path), "-"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=True)
    except FileNotFoundError as error:
        raise _MISSING from error
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"reading the text layer took more than {seconds:g} s") from error
    except subprocess.CalledProcessError as error:
        raise DamagedInputError("poppler can't read the text layer") from error
    return list(_pages(done.stdout.decode("utf-8", "replace")))


def _pages(document: str) -> Iterator[tuple[Word, ...]]:
    words: list[Word] | None = None
    block = line = -1
    for token in _TOKEN.finditer(document):
        match token["tag"]:
            case "page":
                if words is not None:
                    yield tuple(words)
                words, block, line = [], -1, -1
            case "block":
                block, line = block + 1, -1
            case "line":
                line += 1
            case _:
                text = _clean(html.unescape(token["text"]))
                if words is not None and text:
                    box = Box(*(float(token[side]) for side in ("left", "top", "right", "bottom")))
                    words.append(Word(text, box, 1.0, block, line))
    if words is not None:
        yield tuple(words)


def _clean(text: str) -> str:
    """The text in NFC without NUL: a PDF's text layer may contain any character, but databases do not accept
    it.
    """
    return nfc(text.replace("\0", "\ufffd")).strip()

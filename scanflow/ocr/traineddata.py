"""Tesseract's model files (`*.traineddata`): where they are and which letters they know."""

import os
import struct
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from scanflow.errors import MissingToolError, SettingsError
from scanflow.ocr.engine import require_letters
from scanflow.settings import OcrSettings

DEBIAN = Path("/usr/share/tesseract-ocr/5/tessdata")
_LSTM_UNICHARSET = 21  # place of the LSTM's character set among a file's components (tessdatamanager.h)
_MAX_COMPONENTS = 64  # no format version has as many; more means another kind of file


def find_tessdata(settings: OcrSettings) -> Path:
    """The folder of models: the setting, else $TESSDATA_PREFIX, else Debian's."""
    return settings.tessdata or Path(os.environ.get("TESSDATA_PREFIX") or DEBIAN)


def check_models(settings: OcrSettings) -> Path:
    """Make sure that the language's models are there and together know Vietnamese; give their folder.

    Raises MissingToolError naming the package to install, or SettingsError.
    """
    folder = find_tessdata(settings)
    letters: set[str] = set()
    for name in settings.language.split("+"):
        path = folder / f"{name}.traineddata"
        if not path.is_file():
            install = f"apt-get install tesseract-ocr-{name.replace('_', '-')}"
            raise MissingToolError(
                f"Tesseract's model {path} is not there: {install}",
                f"Thiếu mô hình nhận dạng chữ «{name}». Hãy cài đặt: {install}",
            )
        letters.update(read_letters(path))
    require_letters(letters, settings.language)
    return folder


def read_letters(path: Path) -> frozenset[str]:
    """The characters, NFC, that a model can write. SettingsError if it is no LSTM model."""
    return frozenset(unicodedata.normalize("NFC", text) for text in _characters(path.read_bytes(), path))


def _characters(data: bytes, path: Path) -> Iterator[str]:
    """The file is a count, as many 64-bit offsets (-1: absent), then the components, little-endian."""
    try:
        (count,) = struct.unpack_from("<i", data)
        if not _LSTM_UNICHARSET < count <= _MAX_COMPONENTS:
            raise ValueError(f"{count} components")
        offsets = struct.unpack_from(f"<{count}q", data, 4)
        start = offsets[_LSTM_UNICHARSET]
        if start < 0:
            raise ValueError("no LSTM character set")
        end = min((offset for offset in offsets if offset > start), default=len(data))
        lines = data[start:end].decode("utf-8").splitlines()
    except (struct.error, ValueError) as error:
        raise SettingsError(f"{path} is not a Tesseract 4 or 5 LSTM model: {error}") from error
    for line in lines[1:]:  # the first line is their number
        yield line.split(" ", 1)[0]

"""Tesseract's model files (`*.traineddata`): where they are and which letters they know.

Tesseract loads all models of one call from one folder, but a name may contain folders (`script/Vietnamese`).
So our own model, which is part of the package, is named by its path relative to that folder, and models of
both places can be combined.
"""

import os
import struct
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

from scanflow.errors import MissingToolError, SettingsError
from scanflow.text.normalization import nfc

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings

DEBIAN = Path("/usr/share/tesseract-ocr/5/tessdata")
"""Where Debian's packages put models."""
SHIPPED = Path(__file__).with_name("models")
"""The folder of the model that is part of this package."""
OWN = "scanflow_vie"
"""The name of that model."""
_MAX_COMPONENTS = 64  # every format version has fewer; more means another kind of file


class Component(IntEnum):
    """The numbers of a model file's components that belong to its network (Tesseract's tessdatamanager.h)."""

    LSTM = 17
    PUNCTUATION = 18
    WORDS = 19
    NUMBERS = 20
    UNICHARSET = 21
    RECODER = 22


@dataclass(frozen=True, slots=True)
class Models:
    """The arguments for Tesseract: a folder, and names relative to it, joined with +.

    `letters` are the characters that the models together can write.
    """

    folder: Path
    names: str
    letters: frozenset[str]


def find_tessdata(settings: "OcrSettings | None" = None) -> Path:
    """The folder of models: the setting, else $TESSDATA_PREFIX, else Debian's."""
    return (settings and settings.tessdata) or Path(os.environ.get("TESSDATA_PREFIX") or DEBIAN)


def check_models(settings: "OcrSettings") -> Models:
    """The models of the language, and the characters that they can write.

    Raises MissingToolError with the package to install if one is missing, SettingsError for a file that is
    not a model.
    """
    return _check(find_tessdata(settings), settings.language)


def shipped_model() -> Models:
    """Our own model, as the default settings name it. Raises as `check_models`."""
    return _check(find_tessdata(), OWN)


def _check(folder: Path, language: str) -> Models:
    names: list[str] = []
    letters: set[str] = set()
    for name in language.split("+"):
        path = _find(folder, name)
        letters.update(read_letters(path))
        names.append(name if path.is_relative_to(folder) else _name_from(folder, path))
    return Models(folder, "+".join(names), frozenset(letters))


def _find(folder: Path, name: str) -> Path:
    for place in (folder, SHIPPED):
        path = place / f"{name}.traineddata"
        if path.is_file():
            return path
    install = f"apt-get install tesseract-ocr-{name.replace('_', '-')}"
    raise MissingToolError(
        f"Tesseract's model {folder / name}.traineddata is not there: {install}",
        f"Thiếu mô hình nhận dạng chữ «{name}». Hãy cài đặt: {install}",
    )


def _name_from(folder: Path, path: Path) -> str:
    """The model's name relative to another folder, which must exist; links are resolved first."""
    if not folder.is_dir():
        raise MissingToolError(
            f"Tesseract's folder of models {folder} is not there: apt-get install tesseract-ocr-osd",
            f"Thiếu thư mục mô hình nhận dạng chữ {folder}. Hãy cài đặt: apt-get install tesseract-ocr-osd",
        )
    return os.path.relpath(path.resolve().with_suffix(""), folder.resolve())


def read_letters(path: Path) -> frozenset[str]:
    """The characters (NFC) that a model can write. Raises SettingsError if it is not an LSTM model."""
    try:
        texts = characters(components(path.read_bytes(), path)[Component.UNICHARSET])
    except (KeyError, ValueError, IndexError) as error:
        raise SettingsError(f"{path} is not a Tesseract 4 or 5 LSTM model: {error}") from error
    return frozenset(map(nfc, texts))


def characters(unicharset: bytes) -> list[str]:
    """The texts of a character set, in their order. The first, the space, is written as NULL.

    Raises ValueError or IndexError for bytes that are no character set.
    """
    lines = unicharset.decode("utf-8").splitlines()
    count = int(lines[0])
    texts = [line.split(" ", 1)[0] for line in lines[1 : count + 1]]
    if len(texts) != count:
        raise ValueError(f"{len(texts)} characters instead of {count}")
    return texts


def components(data: bytes, path: Path) -> dict[int, bytes]:
    """The components of a model file by their numbers. Raises SettingsError if it is not one.

    The file has a count, as many 64-bit offsets (-1: absent), then the components; all little-endian.
    """
    try:
        (count,) = struct.unpack_from("<i", data)
        if not Component.UNICHARSET < count <= _MAX_COMPONENTS:
            raise ValueError(f"{count} components")
        offsets = struct.unpack_from(f"<{count}q", data, 4)
    except (struct.error, ValueError) as error:
        raise SettingsError(f"{path} is not a Tesseract 4 or 5 LSTM model: {error}") from error
    ordered = sorted({*(offset for offset in offsets if offset >= 0), len(data)})
    return {
        number: data[offset : next((end for end in ordered if end > offset), offset)]
        for number, offset in enumerate(offsets)
        if offset >= 0
    }

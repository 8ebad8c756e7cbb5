"""The inputs and results of writing, changing and checking PDF files.

This module has only dataclasses, so that importing it loads no PDF library.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from scanflow.model import CapturedPage, Geometry, Word

OutputType = Literal["pdfa", "pdf"]
CONFORMANCE = "PDF/A-2b"
"""The conformance that the writer claims."""

WRITER = 1
"""The version of the writer. To be raised when the same pages give another file: `scanflow rework --pdf` then
writes older files again.
"""


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """A file's metadata.

    `title` is for people, `created` (with a time zone) the time of conversion, `document_type` the type's id,
    `converter` the person or job that scanned (người chuyển đổi), `agency` the agency's name, `program` name
    and version (`scanflow 0.1.0`), `engine` the recognition engine. Empty strings and None are left out.
    """

    title: str
    created: datetime
    dossier_number: str | None
    procedure_code: str | None
    document_type: str | None
    converter: str
    agency: str
    program: str
    engine: str
    language: str = "vi-VN"


@dataclass(frozen=True, slots=True)
class PdfPage:
    """A page to be written, with its complete geometry, its upright size in points and its words."""

    captured: CapturedPage
    geometry: Geometry
    size: tuple[float, float]
    words: Sequence[Word] = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A new geometry for the image of a filed page, and the page's new size in points (width, height)."""

    size: tuple[float, float]
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class PageLoss:
    """What a page of a written file has lost compared with the captured page.

    `index`: the page's index in the file, from 0; `recoded`: why its image stream is not the captured one
    (empty if it is); `left_out`: what the captured page had besides the image.
    """

    index: int
    recoded: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenPdf:
    """A finished file.

    `conformance`: `PDF/A-2b`, or None if it can't be claimed: for plain PDF, for pages of digital origin that
    were copied, and for an image that PDF/A forbids and that can't be decoded. `recoded`: the numbers of the
    captured pages whose image stream could not be kept byte for byte. `losses`: the pages that have lost
    something.
    """

    data: bytes = field(repr=False)
    conformance: str | None
    recoded: tuple[int, ...]
    losses: tuple[PageLoss, ...] = ()


@dataclass(frozen=True, slots=True)
class SourcePage:
    """A page of a filed PDF that becomes a page of a new file.

    `file`: the index of the filed PDF, from 0; `page`: its page, from 1; `rotation`: the clockwise degrees
    (0, 90, 180, 270) by which it is turned.
    """

    file: int
    page: int
    rotation: int = 0


class SignatureState(StrEnum):
    """The result of checking a digital signature."""

    INTACT = "intact"
    """The bytes that it covers are those that were signed, by the key of its certificate."""
    CHANGED = "changed"
    """The bytes that it covers were changed afterwards, or it was made by another key."""
    UNREADABLE = "unreadable"
    """It is damaged, or made by an algorithm that is not supported."""


@dataclass(frozen=True, slots=True)
class FileSignature:
    """A digital signature of a PDF.

    `signer`, `organisation`, `issuer`, `serial` (hexadecimal), `valid_from` and `valid_until` are what the
    certificate says; `signed_at` is the time by the signer's own clock; `reason` and `place` are what the
    signer stated. `whole`: it covers the whole file. It is not checked whether the certificate's issuer is
    trusted, nor whether it was revoked.
    """

    state: SignatureState
    signer: str
    organisation: str
    issuer: str
    serial: str
    valid_from: datetime | None
    valid_until: datetime | None
    signed_at: datetime | None
    whole: bool
    reason: str = ""
    place: str = ""


def writer_mark() -> dict[str, str]:
    """The writer's version for `DocumentVersion.made_by`; version 1 is not written there."""
    return {} if WRITER == 1 else {"writer": str(WRITER)}

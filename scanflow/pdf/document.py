"""The input and the result of writing a document.

Only values, so that importing them loads no PDF library.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from scanflow.model import CapturedPage, Geometry, Word

OutputType = Literal["pdfa", "pdf"]
CONFORMANCE = "PDF/A-2b"
"""The conformance that the writer claims. Here, so that it can be read without loading a PDF library."""

WRITER = 1
"""Raised whenever files are written otherwise: `scanflow rework --pdf` then writes older ones anew."""


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """A file's metadata.

    `title` is for people, `created` (aware) the time of conversion, `document_type` the type's id,
    `converter` the person or job that scanned (người chuyển đổi), `agency` the centre, `program` as
    `scanflow 0.1.0`, `engine` the recognition engine. Empty strings and None are left out.
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
    """How the image of a filed page is to lie from now on: its complete geometry, and the page's size in
    points.
    """

    size: tuple[float, float]
    geometry: Geometry


@dataclass(frozen=True, slots=True)
class PageLoss:
    """What a page of a written file has lost compared with the captured page.

    `index`: the page's index in the file, from 0; `recoded`: why its image stream isn't the captured one
    (empty if it is); `left_out`: what the captured page had besides the image.
    """

    index: int
    recoded: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenPdf:
    """A finished file.

    `conformance`: `PDF/A-2b`, or None where it can't be claimed: for plain PDF, for digital pages that were
    kept, and for an image that PDF/A forbids and that can't be decoded. `recoded`: the numbers of pages whose
    image stream could not be kept byte for byte. `losses`: the pages that have lost something.
    """

    data: bytes = field(repr=False)
    conformance: str | None
    recoded: tuple[int, ...]
    losses: tuple[PageLoss, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A page of a file that is made of filed ones: which file, its page there (from 1), and the clockwise
    degrees (0, 90, 180, 270) by which it is turned.
    """

    file: int
    page: int
    rotation: int = 0


class SignatureState(StrEnum):
    """The result of checking a digital signature."""

    INTACT = "intact"
    """What it covers is what was signed, by its certificate's key."""
    CHANGED = "changed"
    """What it covers was changed afterwards, or it was made by another key."""
    UNREADABLE = "unreadable"
    """It is damaged, or made in a way that is not known here."""


@dataclass(frozen=True, slots=True)
class FileSignature:
    """A digital signature of a PDF.

    `signer`, `organisation`, `issuer`, `serial` (hexadecimal) and the certificate's days of validity are what
    the certificate says, `signed_at` is the signer's own clock. `whole`: it covers the whole file. Who issued
    the certificate, and whether it was revoked, is not checked.
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
    """The writer's part of `made_by`; the first files have none."""
    return {} if WRITER == 1 else {"writer": str(WRITER)}

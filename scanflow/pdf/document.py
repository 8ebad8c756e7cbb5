"""What a document to be written is made of, and what comes of it: values alone, so that whoever orders one
need not load what writes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from scanflow.model import CapturedPage, Geometry, Word

OutputType = Literal["pdfa", "pdf"]


@dataclass(frozen=True, slots=True)
class PdfMetadata:
    """What a file says of itself.

    `title` is for people, `created` (aware) the time of conversion, `document_type` the type's id,
    `converter` the person or job that scanned (người chuyển đổi), `agency` the centre, `program` as
    `scanflow 0.1.0`, `engine` what read the text. Empty strings and None are left out.
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
class PageLoss:
    """What a page of a written file lacks of what was captured.

    `index` is the page's place in the file, from 0; `recoded` says why its image stream isn't the captured
    one (empty where it is), `left_out` what stood beside the image.
    """

    index: int
    recoded: str = ""
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenPdf:
    """A finished file.

    `conformance` is `PDF/A-2b`, or None where it can't be claimed: plain PDF was asked for, born-digital
    pages were kept, or an image that PDF/A forbids and nothing here can decode. `recoded` holds the numbers
    of pages whose image stream could not be kept byte for byte. `losses` are the pages that are not all
    of what was captured.
    """

    data: bytes = field(repr=False)
    conformance: str | None
    recoded: tuple[int, ...]
    losses: tuple[PageLoss, ...] = ()

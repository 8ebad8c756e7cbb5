"""Dossiers and their documents as they are filed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from scanflow.model.papers import Attestation, Evidence, FieldValue, RowMatch

NumberSource = Literal["code", "clerk", "text"]


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object as the store confirmed it: read back and hashed after writing."""

    key: str
    sha256: str
    size: int
    version_id: str | None = None


@dataclass(frozen=True, slots=True)
class DossierNumber:
    """A dossier number (mã hồ sơ) and its source."""

    value: str
    source: NumberSource


@dataclass(frozen=True, slots=True)
class DocumentVersion:
    """One immutable PDF of a document and what made it.

    `pages` is the number of pages, `confidence` the mean of the confidences of the pages that have words.
    `made_by` names what made it: program, engine, profiles and so on, with their versions. `left_out`
    names what the source had that the PDF has not: watermarks, text layers and so on.
    """

    version: int
    pdf: StoredObject
    words: StoredObject
    pages: int
    confidence: float
    made_by: Mapping[str, str]
    created_at: datetime
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A captured file that is kept beside a document because the document does not hold all of its content.

    `file_no` is the file's number in the document's batch; `reasons` name what could not be taken over
    without loss.
    """

    file_no: int
    stored: StoredObject
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A paper filed in a dossier under number `no`, with its versions, the newest last, and kept sources.

    `fields`, `field_details`, `kind` and `rows` are those of `Paper`.
    """

    no: int
    type: str
    confidence: float
    title: str
    evidence: tuple[Evidence, ...]
    fields: Mapping[str, str]
    batch_id: str
    versions: tuple[DocumentVersion, ...] = ()
    attested: Attestation | None = None
    sources: tuple[Source, ...] = ()
    field_details: tuple[FieldValue, ...] = ()
    kind: str = ""
    rows: tuple[RowMatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """One citizen's application for one procedure (hồ sơ)."""

    number: str
    procedure_code: str | None
    created_at: datetime
    documents: tuple[Document, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)

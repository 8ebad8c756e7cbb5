"""Filed dossiers, their documents, pages, words and files: always the caller's own agency's."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field

from scanflow.archive.logbook import EXPORTED, LISTED, VIEWED, document_subject, dossier_subject
from scanflow.membership import Scope
from scanflow.model import Box, Doubt
from scanflow.review import dossiers, pages
from scanflow.review.access import Opened, open_document, open_dossier
from scanflow.web.addresses import number_key
from scanflow.web.api.callers import ApiRoute, Caller, TheCaller, needs
from scanflow.web.api.cursors import Cursor, Limit, position_of, written
from scanflow.web.api.problems import described
from scanflow.web.api.viewing import note_view
from scanflow.web.review.reviewing import MOST, Number, review_of

router = APIRouter(prefix="/dossiers", route_class=ApiRoute, tags=["dossiers"], responses=described(404))

DocumentNo = Annotated[int, Path(ge=0, le=MOST)]
PageNo = Annotated[int, Path(ge=0, le=MOST)]
Version = Annotated[int | None, Query(ge=1, le=MOST, description="default: the newest")]
Width = Annotated[int, Query(json_schema_extra={"enum": list(pages.WIDTHS)}, description="pixels")]
Known = Annotated[str, Header(alias="If-None-Match", max_length=200)]


@dataclass(frozen=True, slots=True)
class DossierInList:
    """A dossier; `key` stands for its number in addresses of this API."""

    number: str
    key: str
    procedure: str | None
    created_at: datetime
    documents: int


@dataclass(frozen=True, slots=True)
class DossierList:
    """`cursor` leads to the next page of the list; it is empty on the last one."""

    dossiers: list[DossierInList]
    cursor: str


@dataclass(frozen=True, slots=True)
class DocumentInDossier:
    """`version` is the newest. `written`: scanflow wrote its PDF; else the PDF is the file as it came."""

    no: int
    type: str
    name: str
    title: str
    confidence: float
    version: int
    pages: int
    written: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the procedure's list, and the numbers of the documents that meet it."""

    id: str
    name: str
    required: bool
    count: int
    documents: list[int]
    missing: bool


@dataclass(frozen=True, slots=True)
class DossierAnswer:
    """`checklist` is null where the procedure is not known."""

    number: str
    key: str
    procedure: str | None
    created_at: datetime
    documents: list[DocumentInDossier]
    checklist: list[Row] | None


@dataclass(frozen=True, slots=True)
class VersionAnswer:
    version: int
    pages: int
    confidence: float
    created_at: datetime
    size: int
    sha256: Annotated[str, Field(description="of the PDF")]


@dataclass(frozen=True, slots=True)
class FieldAnswer:
    """A value as read: `raw` as it stands there, `value` in its normal form; `page` counts from 1."""

    index: int
    name: str
    raw: str
    value: str
    confidence: float
    source: str
    page: int
    doubtful: bool
    problems: list[str]


@dataclass(frozen=True, slots=True)
class RowAnswer:
    """A row of the procedure's list that a document was found to meet, and how likely."""

    row: str
    chance: float


@dataclass(frozen=True, slots=True)
class DocumentAnswer:
    """`rows`: the rows of its procedure's list that it meets, the likeliest first. `doubtful`: `type` or
    `row`, which a person is to check; empty where both are sure.
    """

    dossier: str
    key: str
    no: int
    type: str
    name: str
    title: str
    kind: str
    confidence: float
    rows: list[RowAnswer]
    doubtful: Doubt
    fields: list[FieldAnswer]
    versions: list[VersionAnswer]


@dataclass(frozen=True, slots=True)
class WordAnswer:
    """A word: `box` is left, top, right, bottom in points of the upright page; `raw` as the engine read it.

    Words with equal `block` and `line` stand on one line. `index` is the word's place in reading order.
    """

    index: int
    text: str
    box: list[float]
    confidence: float
    block: int
    line: int
    raw: str | None
    kind: str


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page's text; `width` and `height` in points. `unread`: why there is none (a code)."""

    page: int
    version: int
    width: float
    height: float
    text: str
    unread: str


@dataclass(frozen=True, slots=True)
class WordsAnswer:
    page: int
    version: int
    words: list[WordAnswer]


@router.get("")
@needs(Scope.READ)
def listed(request: Request, caller: TheCaller, cursor: Cursor = "", limit: Limit = 50) -> DossierList:
    """The agency's dossiers, the newest first."""
    review = review_of(request)
    found = dossiers.listed_after(review, caller.reviewer, position_of(cursor), limit + 1)
    shown = found[:limit]
    note_view(request, caller, LISTED, "dossiers")
    more = written(shown[-1].created_at, shown[-1].number) if len(found) > limit else ""
    return DossierList(
        [
            DossierInList(
                each.number, number_key(each.number), each.procedure_code, each.created_at, each.documents
            )
            for each in shown
        ],
        more,
    )


@router.get("/{key}")
@needs(Scope.READ)
def dossier(request: Request, caller: TheCaller, number: Number) -> DossierAnswer:
    """A dossier with its documents and checklist."""
    review = review_of(request)
    found = open_dossier(review, caller.reviewer, number)
    checklist = dossiers.checklist(review, found)
    note_view(request, caller, VIEWED, dossier_subject(number))
    return DossierAnswer(
        number=found.number,
        key=number_key(found.number),
        procedure=found.procedure_code,
        created_at=found.created_at,
        documents=[
            DocumentInDossier(
                no=each.no,
                type=each.document.type,
                name=each.type_name,
                title=each.document.title,
                confidence=each.document.confidence,
                version=each.document.versions[-1].version,
                pages=each.pages,
                written=each.written,
            )
            for each in dossiers.shown_documents(review, found)
        ],
        checklist=[
            Row(each.id, each.name, each.required, each.count, list(each.documents), each.missing)
            for each in checklist.items
        ]
        if checklist
        else None,
    )


@router.get("/{key}/documents/{no}")
@needs(Scope.READ)
def document(request: Request, caller: TheCaller, number: Number, no: DocumentNo) -> DocumentAnswer:
    """A document with its values and versions."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no)
    found = opened.document
    note_view(request, caller, VIEWED, document_subject(number, no))
    return DocumentAnswer(
        dossier=number,
        key=number_key(number),
        no=no,
        type=found.type,
        name=dossiers.type_name(review, found),
        title=found.title,
        kind=found.kind,
        confidence=found.confidence,
        rows=[RowAnswer(each.row, each.chance) for each in found.rows],
        doubtful=dossiers.doubt(review, found),
        fields=[
            FieldAnswer(
                index=index,
                name=each.value.name,
                raw=each.value.raw,
                value=each.value.value,
                confidence=each.value.confidence,
                source=each.value.source,
                page=each.value.page,
                doubtful=each.doubtful,
                problems=list(each.value.problems),
            )
            for index, each in enumerate(dossiers.shown_fields(review, found))
        ],
        versions=[
            VersionAnswer(
                each.version, each.pages, each.confidence, each.created_at, each.pdf.size, each.pdf.sha256
            )
            for each in found.versions
        ],
    )


@router.get(
    "/{key}/documents/{no}/file",
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}, 304: {"description": "not changed"}},
)
@needs(Scope.READ)
def file(
    request: Request,
    caller: TheCaller,
    number: Number,
    no: DocumentNo,
    version: Version = None,
    known: Known = "",
) -> Response:
    """A version's PDF. Its entity tag is its SHA-256."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, version)
    after = {"version": str(opened.version.version)}
    note_view(request, caller, EXPORTED, document_subject(number, no), after)
    tag = f'"{opened.version.pdf.sha256}"'
    if known == tag:
        return Response(status_code=304, headers={"ETag": tag})
    data = pages.file_bytes(review, opened.version.pdf)
    return Response(data, media_type="application/pdf", headers={"ETag": tag})


@router.get("/{key}/documents/{no}/pages/{page_no}")
@needs(Scope.READ)
def page(
    request: Request,
    caller: TheCaller,
    number: Number,
    no: DocumentNo,
    page_no: PageNo,
    version: Version = None,
) -> PageAnswer:
    """A page's size and text."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, version)
    found = pages.page_words(review, opened, page_no)
    text = pages.text_of(review, opened, page_no)
    _note_page(request, caller, opened, page_no)
    return PageAnswer(page_no, opened.version.version, *found.size, text, found.unread)


@router.get("/{key}/documents/{no}/pages/{page_no}/words")
@needs(Scope.READ)
def words(
    request: Request,
    caller: TheCaller,
    number: Number,
    no: DocumentNo,
    page_no: PageNo,
    version: Version = None,
) -> WordsAnswer:
    """A page's words with their places and confidences, in reading order."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, version)
    found = pages.page_words(review, opened, page_no)
    _note_page(request, caller, opened, page_no)
    return WordsAnswer(
        page_no,
        opened.version.version,
        [
            WordAnswer(
                index, each.text, _box(each.box), each.confidence, each.block, each.line, each.raw, each.kind
            )
            for index, each in enumerate(found.words)
        ],
    )


@router.get(
    "/{key}/documents/{no}/pages/{page_no}/picture",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
@needs(Scope.READ)
def picture(
    request: Request,
    caller: TheCaller,
    number: Number,
    no: DocumentNo,
    page_no: PageNo,
    width: Width = pages.WIDTHS[1],
    version: Version = None,
) -> Response:
    """A page's picture."""
    review = review_of(request)
    opened = open_document(review, caller.reviewer, number, no, version)
    data = pages.picture(review, opened, page_no, width)
    _note_page(request, caller, opened, page_no)
    return Response(data, media_type="image/jpeg")


def _note_page(request: Request, caller: Caller, opened: Opened, page_no: int) -> None:
    after = {"page": str(page_no), "version": str(opened.version.version)}
    note_view(request, caller, VIEWED, document_subject(opened.number, opened.document.no), after)


def _box(box: Box) -> list[float]:
    return [box.left, box.top, box.right, box.bottom]

"""The first page of reviewers, and the page of a dossier with its files to be downloaded."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from scanflow.archive.catalog import unknown_dossier
from scanflow.review import dossiers, pages
from scanflow.review.access import Opened, open_dossier
from scanflow.web.addresses import dossier_address
from scanflow.web.rendering import page
from scanflow.web.review.queue import undo_of
from scanflow.web.review.reviewing import DID, MOST, Number, ShownDocument, Typed, Who, review_of
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/review", route_class=ViewRoute)

_SHOWN = 200
"""Documents of a dossier that are listed at once."""

_PDF_POLICY = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For a PDF opened in the browser, whose own viewer draws it; scripts stay forbidden."""


@router.get("/dossiers")
@shows("dossiers", always=True)
def dossier_list(request: Request, who: Who, at: Annotated[int, Query(ge=1, le=MOST)] = 1) -> Response:
    """The newest dossiers of the reviewer's agency."""
    review = review_of(request)
    found, more = dossiers.listed(review, who, at)
    return page(
        request,
        "review/dossiers.html",
        found=found,
        at=at,
        more=more,
        address=dossier_address,
        procedures=review.services.profiles.procedures,
    )


@router.get("/dossiers/{key}")
@shows("dossier", always=True)
def dossier_page(
    request: Request,
    who: Who,
    number: Number,
    start: Annotated[int, Query(alias="from", ge=0, le=MOST)] = 0,
    task: Annotated[Literal["", "dossier"], Query()] = "",
    did: Typed = "",
    last: Typed = "",
) -> Response:
    review = review_of(request)
    dossier = open_dossier(review, who, number)
    documents = dossiers.shown_documents(review, dossier)
    return page(
        request,
        "review/dossier.html",
        who=who,
        dossier=dossier,
        base=dossier_address(number),
        procedure=dossiers.procedure_name(review, dossier),
        documents=documents[start : start + _SHOWN],
        start=start,
        step=_SHOWN,
        total=len(documents),
        checklist=dossiers.checklist(review, dossier),
        history=dossiers.history(review, number),
        task=task,
        did=did if did in DID else "",
        last=last,
        undo=undo_of(last),
    )


@router.get("/dossiers/{key}/{no}/file.pdf")
@shows("file", always=True)
def pdf(
    request: Request,
    opened: ShownDocument,
    download: Annotated[bool, Query()] = False,
) -> Response:
    """A document's file, in the browser or to be saved."""
    review = review_of(request)
    data = pages.file_bytes(review, opened.version.pdf)
    name = f"{_stem(opened)}.pdf"
    response = Response(data, media_type="application/pdf")
    response.headers["Content-Disposition"] = disposition(name, attachment=download)
    response.headers["Content-Security-Policy"] = _PDF_POLICY
    return response


@router.get("/dossiers/{key}/{no}/sources/{file_no}")
@shows("source", always=True)
def source(
    request: Request,
    opened: ShownDocument,
    file_no: Annotated[int, Path(ge=0, le=MOST)],
) -> Response:
    """A captured file that is kept beside a document, to be saved; browsers are told to show none of it."""
    review = review_of(request)
    kept = next((each.stored for each in opened.document.sources if each.file_no == file_no), None)
    if kept is None:
        raise unknown_dossier(f"{opened.number}/{opened.document.no}")
    data = review.services.store.get(kept.key, kept.version_id)
    name = f"{_stem(opened)}.source{file_no:04}{PurePosixPath(kept.key).suffix}"
    response = Response(data, media_type="application/octet-stream")
    response.headers["Content-Disposition"] = disposition(name, attachment=True)
    return response


def _stem(opened: Opened) -> str:
    """What the files of a document are called when they are saved."""
    return f"{opened.number.replace('/', '-')}.{opened.document.no:02}"


def disposition(name: str, *, attachment: bool) -> str:
    """The header for a file's name, of which only plain characters are left."""
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "_" for char in name)
    return f'{"attachment" if attachment else "inline"}; filename="{plain}"'

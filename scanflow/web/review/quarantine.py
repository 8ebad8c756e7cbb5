"""What is in quarantine: the page if it can be shown, and what a person may do with it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from scanflow.review import pages
from scanflow.review.waiting_items import quarantine
from scanflow.review.waiting_items.quarantine import Quarantined
from scanflow.web.authentication import desk_of
from scanflow.web.bodies import read_body
from scanflow.web.rendering import page
from scanflow.web.review.dossier_pages import disposition
from scanflow.web.review.reviewing import MOST, Corrector, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows

router = APIRouter(prefix="/review/queue/{kind}/{batch_id}/{no}", route_class=ViewRoute)

Kind = Literal["quarantine", "file"]
No = Annotated[int, Path(ge=0, le=MOST)]


@router.get("")
@shows("page", always=True)
def quarantine_page(request: Request, who: Corrector, kind: Kind, batch_id: str, no: No) -> Response:
    """Why it is there, what it looks like, and what can be done."""
    found = _open(request, who, kind, batch_id, no)
    return page(request, "review/quarantine.html", found=found, base=_base(kind, batch_id, no))


@router.get("/picture.jpg")
@shows("page")
def picture(
    request: Request,
    who: Corrector,
    kind: Kind,
    batch_id: str,
    no: No,
    width: Annotated[int, Query()] = pages.WIDTHS[1],
) -> Response:
    found = _open(request, who, kind, batch_id, no)
    shown = quarantine.picture(review_of(request), found, width if width in pages.WIDTHS else pages.WIDTHS[1])
    return Response(shown, media_type="image/jpeg")


@router.get("/captured")
@shows("page", always=True)
def captured(request: Request, who: Corrector, kind: Kind, batch_id: str, no: No) -> Response:
    """The bytes as captured, to be saved; browsers are told to show none of it."""
    found = _open(request, who, kind, batch_id, no)
    data, name = quarantine.captured_bytes(review_of(request), found)
    response = Response(data, media_type="application/octet-stream")
    response.headers["Content-Disposition"] = disposition(name, attachment=True)
    return response


@router.post("/retry")
@shows("page", always=True)
def retry(request: Request, who: Corrector, kind: Kind, batch_id: str, no: No) -> Response:
    found = _open(request, who, kind, batch_id, no)
    return _taken(request, quarantine.retry(review_of(request), who, found))


@router.post("/larger")
@shows("page", always=True)
def retry_larger(request: Request, who: Corrector, kind: Kind, batch_id: str, no: No) -> Response:
    """Once more, with larger limits."""
    found = _open(request, who, kind, batch_id, no)
    return _taken(request, quarantine.retry_larger(review_of(request), who, found))


@router.put("/replacement")
@shows("page", always=True)
async def replace(
    request: Request,
    who: Corrector,
    kind: Kind,
    batch_id: str,
    no: No,
    name: Annotated[str, Query(max_length=255)],
) -> Response:
    """Another scan of the same paper."""
    review = review_of(request)
    found = await run_in_threadpool(_open, request, who, kind, batch_id, no)
    data = await read_body(request, review.services.settings.limits.file_bytes)
    made = await run_in_threadpool(quarantine.replace_by, review, who, found, data, name)
    await run_in_threadpool(desk_of(request).submit, made)
    return Response(status_code=204)


def _open(request: Request, who: Corrector, kind: Kind, batch_id: str, no: int) -> Quarantined:
    return quarantine.open_quarantined(review_of(request), who, f"{kind}/{batch_id}/{no}")


def _taken(request: Request, batch_id: str) -> Response:
    desk_of(request).submit(batch_id)
    return RedirectResponse("/review/queue?done=taken", SEE_OTHER)


def _base(kind: Kind, batch_id: str, no: int) -> str:
    return f"/review/queue/{kind}/{batch_id}/{no}"

"""The reviewers' queue: what waits for a person, the next item, a waiting batch's number."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.errors import OutdatedError
from scanflow.review import queue
from scanflow.review.queue import Item
from scanflow.web.addresses import dossier_address
from scanflow.web.authentication import desk_of
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import Corrector, Who, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/review/queue", route_class=ViewRoute)

Text = Annotated[str, Form(max_length=500)]


@router.get("")
@shows("dossiers", always=True)
def queue_page(request: Request, who: Who, done: str = "") -> Response:
    """All that waits, the most gainful first."""
    found = queue.items(review_of(request), who)
    return page(
        request, "review/queue.html", who=who, items=found, address=dossier_address, done=done == "batch"
    )


@router.post("/next")
@shows_nothing
def take_next(request: Request, who: Corrector) -> Response:
    """Take the next item that nobody has in hand, and go where it is decided."""
    item = queue.take_next(review_of(request), who)
    return RedirectResponse(_place(item) if item else "/review/queue", SEE_OTHER)


@router.post("/take")
@shows_nothing
def take(request: Request, who: Corrector, key: Text) -> Response:
    """Take one item. Raises NotFoundError, OutdatedError where somebody else has it in hand."""
    review = review_of(request)
    item = queue.require_item(review, who, key)
    if not queue.take(review, who, key):
        raise OutdatedError
    return RedirectResponse(_place(item), SEE_OTHER)


@router.get("/batches/{batch_id}")
@shows("stack", always=True)
def batch_page(request: Request, who: Corrector, batch_id: str) -> Response:
    """A batch that waits: why, and the field for its number."""
    review = review_of(request)
    row = queue.open_batch(review, who, batch_id)
    item = next((each for each in queue.items(review, who) if each.batch_id == batch_id), None)
    return page(request, "review/batch.html", batch=row, item=item)


@router.post("/batches/{batch_id}")
@shows_nothing
def decide_batch(request: Request, who: Corrector, batch_id: str, number: Text = "") -> Response:
    queue.decide_batch(review_of(request), who, batch_id, number)
    desk_of(request).submit(batch_id)
    return RedirectResponse("/review/queue?done=batch", SEE_OTHER)


def _place(item: Item) -> str:
    if item.kind in ("type", "fields"):
        return f"{dossier_address(item.number, item.no)}?task={item.kind}"
    return f"/review/queue/batches/{item.batch_id}" if item.kind == "batch" else "/review/queue"

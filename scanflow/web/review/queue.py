"""The reviewers' queue: its list, the next item, decisions one by one or several at once."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.errors import OutdatedError
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.review.waiting_items import queue
from scanflow.review.waiting_items.queue_items import KINDS, SETTLEABLE, Item
from scanflow.web.addresses import dossier_address
from scanflow.web.authentication import desk_of
from scanflow.web.rendering import page
from scanflow.web.review.reviewing import Corrector, Typed, Who, review_of
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/review/queue", route_class=ViewRoute)

Text = Annotated[str, Form(max_length=500)]
Keys = Annotated[list[Text], Form(max_length=queue.MOST_AT_ONCE)]
Kind = Annotated[Literal["", *KINDS], Query()]  # type: ignore[valid-type]  # mypy: no unpacking in a Literal
_DONE = ("batch", "settled", "confirmed", "taken", "reopened")


@router.get("")
@shows("dossiers", always=True)
def queue_page(
    request: Request, who: Who, kind: Kind = "", done: Typed = "", last: Typed = "", left: Typed = ""
) -> Response:
    """All items, the most valuable first, or those of one kind. `last` is the item that was
    decided before.
    """
    found = queue.items(review_of(request), who)
    counts = {each: sum(item.kind == each for item in found) for each in KINDS}
    return page(
        request,
        "review/queue.html",
        who=who,
        items=[item for item in found if kind in ("", item.kind)],
        counts={each: count for each, count in counts.items() if count},
        kind=kind,
        settleable=SETTLEABLE,
        address=dossier_address,
        place=place_of,
        done=done if done in _DONE else "",
        undo=undo_of(last),
        last=last,
        left=left if left.isdigit() else "",
    )


@router.post("/next")
@shows_nothing
def take_next(request: Request, who: Corrector) -> Response:
    """Claim the next item that nobody has claimed, and go to the page where it is decided."""
    return go_on(review_of(request), who)


@router.post("/take")
@shows_nothing
def take(request: Request, who: Corrector, key: Text) -> Response:
    """Claim one item. Raises NotFoundError, OutdatedError where somebody else has claimed it."""
    review = review_of(request)
    item = queue.require_item(review, who, key)
    if not queue.take(review, who, key):
        raise OutdatedError
    return RedirectResponse(place_of(item), SEE_OTHER)


@router.post("/leave")
@shows_nothing
def leave(request: Request, who: Corrector, key: Text) -> Response:
    """Give an item back undecided."""
    queue.give_back(review_of(request), who, key)
    return RedirectResponse("/review/queue", SEE_OTHER)


@router.post("/confirm")
@shows_nothing
def confirm(request: Request, who: Corrector, key: Text) -> Response:
    """Confirm what was found; continue with the next item."""
    review = review_of(request)
    queue.confirm(review, who, key)
    return go_on(review, who, "confirmed", key)


@router.post("/settle")
@shows_nothing
def settle(request: Request, who: Corrector, key: Text, reason: Text = "") -> Response:
    """Settle an item, which stays as it is; continue with the next item."""
    review = review_of(request)
    queue.settle(review, who, key, reason)
    return go_on(review, who, "settled", key)


@router.post("/reopen")
@shows_nothing
def reopen(request: Request, who: Corrector, key: Text) -> Response:
    """Take back that something was settled."""
    queue.reopen(review_of(request), who, key)
    return RedirectResponse("/review/queue?done=reopened", SEE_OTHER)


@router.post("/bulk")
@shows_nothing
def decide_all(
    request: Request,
    who: Corrector,
    action: Annotated[Literal["confirm", "settle"], Form()],
    key: Keys = [],  # noqa: B006 - FastAPI copies it
    reason: Text = "",
) -> Response:
    """Confirm or settle several items; the page says how many could not be."""
    left = queue.decide_all(review_of(request), who, key, action, reason)
    done = "confirmed" if action == "confirm" else "settled"
    return RedirectResponse(f"/review/queue?done={done}" + (f"&left={len(left)}" if left else ""), SEE_OTHER)


@router.get("/batches/{batch_id}")
@shows("stack", always=True)
def batch_page(request: Request, who: Corrector, batch_id: str) -> Response:
    """A waiting batch: the reason, and a field for its number."""
    review = review_of(request)
    row = queue.open_batch(review, who, batch_id)
    item = queue.require_item(review, who, f"batch/{batch_id}")
    return page(request, "review/batch.html", batch=row, item=item)


@router.post("/batches/{batch_id}")
@shows_nothing
def decide_batch(request: Request, who: Corrector, batch_id: str, number: Text = "") -> Response:
    review = review_of(request)
    queue.decide_batch(review, who, batch_id, number)
    desk_of(request).submit(batch_id)
    return RedirectResponse("/review/queue?done=batch", SEE_OTHER)


def go_on(review: Review, who: Reviewer, done: str = "", last: str = "") -> Response:
    """Claim the next item and go there; to the list if nothing is left."""
    item = queue.take_next(review, who)
    place = place_of(item) if item else "/review/queue"
    if done:
        said = urlencode({"did" if item else "done": done, "last": last})
        place += ("&" if "?" in place else "?") + said
    return RedirectResponse(place, SEE_OTHER)


def place_of(item: Item) -> str:
    """Where an item is decided."""
    if item.kind == "fields":
        return f"{dossier_address(item.number, item.no)}/values"
    if item.kind in ("type", "row", "cut"):
        return f"{dossier_address(item.number, item.no)}?page={item.page}&task={item.kind}"
    if item.kind == "reread":
        place = dossier_address(item.number, item.no)
        return f"{place}/compare?version={item.count}&with={item.page}" if item.count else place
    if item.kind == "dossier":
        return f"{dossier_address(item.number)}?task=dossier"
    if item.kind in ("quarantine", "file"):
        return f"/review/queue/{item.kind}/{item.batch_id}/{item.no}"
    return f"/review/queue/batches/{item.batch_id}" if item.kind == "batch" else "/review/queue?kind=counter"


def undo_of(last: str) -> str:
    """Where the decision of an item can be taken back; empty where it can't."""
    kind, _, rest = last.partition("/")
    number, _, no = rest.rpartition("/")
    if kind in ("type", "row", "fields") and no.isascii() and no.isdigit():
        return f"{dossier_address(number, int(no))}/undo"
    return "/review/queue/reopen" if kind in SETTLEABLE else ""

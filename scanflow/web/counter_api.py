"""The interface of the counters' agents: docs/decisions/0011-the-counter.md has the calls.

An agent identifies itself by its counter's bearer token. Errors are JSON: a code, a sentence for operators,
one for clerks.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from scanflow.archive.people.counter_accounts import counter_of_token
from scanflow.counter_messages import (
    CHECKSUM_HEADER,
    HIGHEST_ORDER,
    MOST_PAGES,
    PROTOCOL,
    ErrorAnswer,
    Hello,
    HelloAnswer,
    OrderReport,
    PageAnswer,
    ReportAnswer,
    ServerLimits,
    UndeliveredAnswer,
    UndeliveredList,
    encode,
)
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.errors import (
    CatalogError,
    ChecksumError,
    DeniedError,
    DeskError,
    InputError,
    NotFoundError,
    NotStillError,
    ObjectExistsError,
    OversizedInputError,
    ScanflowError,
    StackGoneError,
    StoreError,
    UsageError,
)
from scanflow.logs import get_logger
from scanflow.web.api.problems import CLIENT_AWAY
from scanflow.web.bodies import KNOWN, allow_body, read_body
from scanflow.web.proving import bearer_token

log = get_logger(__name__)

_LOOK_SECONDS = 0.5
"""Between two checks for an order; changes in this process are noticed at once."""

_LONGEST_WAIT = 60.0

# The first class that fits an error decides.
_STATUS: tuple[tuple[type[ScanflowError], int], ...] = (
    (DeniedError, 401),
    (NotFoundError, 404),
    (StackGoneError, 410),
    (DeskError, 409),
    (ObjectExistsError, 409),
    (OversizedInputError, 413),
    (ChecksumError, 422),
    (InputError, 422),
    (UsageError, 422),
    (StoreError, 503),
    (CatalogError, 503),
    (NotStillError, 503),
)

_UNKNOWN_CALL = UsageError("not a call that is known here")
_HTTP_ERRORS: dict[int, ScanflowError] = {
    408: UsageError("the call's body came too slowly"),
    413: OversizedInputError("the call has a larger body than such a call may have"),
}


class _Route(APIRoute):
    """Answers errors in the agents' form, and reads no body before the token is known."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handle_with_errors(request: Request) -> Response:
            try:
                request.state.counter = await run_in_threadpool(_counter_of, request)
                allow_body(request, KNOWN)
                return await handle(request)
            except ScanflowError as error:
                return _answer(error)
            except HTTPException as error:
                return _answer(_HTTP_ERRORS.get(error.status_code, _UNKNOWN_CALL), error.status_code)
            except ClientDisconnect:  # in the middle of a page, which comes again
                return Response(status_code=CLIENT_AWAY)
            except RequestValidationError as error:
                places = (".".join(str(part) for part in found["loc"]) for found in error.errors())
                return _answer(UsageError(f"not a call that is known here: {', '.join(places)}"))

        return handle_with_errors


router = APIRouter(prefix="/api/counter", route_class=_Route)


def _desk(request: Request) -> Desk:
    desk = request.app.state.desk
    assert isinstance(desk, Desk)  # noqa: S101  make_app sets it
    return desk


def _counter(request: Request) -> str:
    """The counter of the request's token, which `_Route` has found."""
    counter: str = request.state.counter
    return counter


def _counter_of(request: Request) -> str:
    """The counter of a request's token. Raises DeniedError."""
    token = bearer_token(request.headers)
    counter = counter_of_token(_desk(request).services.catalog, token) if token else None
    if counter is None:
        raise DeniedError(
            "no counter has this token: see `scanflow counter renew`",
            "Mã truy cập của quầy này không đúng. Hãy báo cho người quản trị hệ thống.",
        )
    return counter


TheDesk = Annotated[Desk, Depends(_desk)]
Counter = Annotated[str, Depends(_counter)]
OrderId = Annotated[int, Path(ge=1, le=HIGHEST_ORDER)]


@router.post("/hello")
def hello(desk: TheDesk, counter: Counter, said: Hello) -> HelloAnswer:
    """An agent has started, or has searched for scanners again; gives the limits of this server."""
    orders.note_hello(desk, counter, said)
    limits = desk.services.settings.limits
    return HelloAnswer(counter, ServerLimits(limits.file_bytes, limits.pages), PROTOCOL)


@router.post("/waiting")
def waiting(desk: TheDesk, counter: Counter, said: UndeliveredList) -> UndeliveredAnswer:
    """All that an agent can't deliver now. The counter's page shows it until the next report."""
    orders.note_undelivered(desk, counter, said.stacks)
    return UndeliveredAnswer(len(said.stacks))


@router.get("/order", response_model=None)
async def next_order(
    request: Request,
    desk: TheDesk,
    counter: Counter,
    wait: Annotated[float, Query(ge=0, le=_LONGEST_WAIT)] = 20.0,
) -> Response:
    """The agent's next order; 204 if there is none for so many seconds."""
    await run_in_threadpool(orders.agent_seen, desk, counter)
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    changed = asyncio.Event()
    with desk.events.subscribed(lambda _batch: _wake(loop, changed)):
        while True:
            changed.clear()
            order = await run_in_threadpool(orders.next_order, desk, counter)
            if order:
                return JSONResponse(encode(order))
            left = until - loop.time()
            if left <= 0 or request.app.state.closing.is_set() or await request.is_disconnected():
                return Response(status_code=204)
            await _wait_for(changed, min(left, _LOOK_SECONDS))


@router.post("/orders/{order_id}")
def report_order(desk: TheDesk, counter: Counter, order_id: OrderId, said: OrderReport) -> ReportAnswer:
    """Take a report on an order; gives how many of its pages are held here."""
    return ReportAnswer(order_id, orders.report_order(desk, counter, order_id, said))


@router.put("/orders/{order_id}/pages/{no}")
async def take_page(
    request: Request,
    desk: TheDesk,
    counter: Counter,
    order_id: OrderId,
    no: Annotated[int, Path(ge=1, le=MOST_PAGES)],
    digest: Annotated[str, Header(alias=CHECKSUM_HEADER, pattern="^[0-9a-f]{64}$")],
    content_type: Annotated[str, Header(max_length=100)],
) -> PageAnswer:
    """Take a page; it is safe when this answers. The agent deletes only pages that an answer confirms."""
    data = await read_body(request, desk.services.settings.limits.file_bytes)
    held = await run_in_threadpool(orders.take_page, desk, counter, order_id, no, data, content_type, digest)
    return PageAnswer(order_id, no, held.sha256, held.late)


def _answer(error: ScanflowError, status: int | None = None) -> Response:
    status = status or next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        log.warning("not now", code=error.code, reason=error.message)
    body = encode(ErrorAnswer(error.code, error.message, error.message_vi))
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return JSONResponse(body, status, headers)


def _wake(loop: asyncio.AbstractEventLoop, changed: asyncio.Event) -> None:
    """Wake the event loop; called in the thread that made a change."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(changed.set)


async def _wait_for(changed: asyncio.Event, seconds: float) -> None:
    """Wait for a change, at most so long."""
    try:
        await asyncio.wait_for(changed.wait(), seconds)
    except TimeoutError:
        return

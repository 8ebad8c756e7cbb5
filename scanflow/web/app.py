"""The web application: pages for people, and the interface of the counters' agents."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from anyio import to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from scanflow.archive.log.watching import ChainWatch
from scanflow.archive.search.feeding import feeding
from scanflow.archive.search.index import open_index
from scanflow.desk.context import Desk
from scanflow.errors import (
    CatalogUnavailableError,
    DeniedError,
    DeskError,
    InputError,
    NotFoundError,
    NotYoursError,
    ScanflowError,
    StackGoneError,
    StoreUnavailableError,
    UsageError,
)
from scanflow.logs import get_logger
from scanflow.pipeline.intake.uploads import take_received
from scanflow.pipeline.periodic import Periodic
from scanflow.pipeline.webhook_delivery import delivering
from scanflow.review.context import Review
from scanflow.web import account, counter_api, metrics, procedures, signin, signon
from scanflow.web.api.app import PREFIX, make_api
from scanflow.web.api.rates import Rates
from scanflow.web.authentication import CounterNeededError, SignInNeededError
from scanflow.web.bodies import Bodies
from scanflow.web.desk import actions, choosing, correcting, incoming, routes, slip, supervising
from scanflow.web.metrics import Measuring, Metrics
from scanflow.web.proving import Proving
from scanflow.web.rendering import STATIC, error_page, is_part
from scanflow.web.review.routers import ROUTERS
from scanflow.web.security import PasswordCheckLimiter, SecurityMiddleware
from scanflow.web.sso import Provider
from scanflow.web.sso_checks import EVERY_SECONDS, check_sessions
from scanflow.web.viewing import ViewLog

log = get_logger(__name__)

_UNKNOWN_VI = "Không làm được việc này. Hãy tải lại trang web (F5) rồi thử lại."
_THREADS = 200
"""Each counter's agent waits for orders in one of them."""

_STATUS: tuple[tuple[type[ScanflowError], int], ...] = (
    (NotFoundError, 404),
    (NotYoursError, 403),
    (DeniedError, 403),
    (StackGoneError, 410),
    (DeskError, 409),
    (UsageError, 422),
    (InputError, 422),
    (StoreUnavailableError, 503),
    (CatalogUnavailableError, 503),
)


def make_app(desk: Desk) -> FastAPI:
    """The application for an opened desk.

    `app.state.closing` is set when the server is told to end: handlers that hold a request open look at it.
    """
    app = FastAPI(title="scanflow", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan)
    app.state.desk = desk
    app.state.closing = threading.Event()
    app.state.password_checks = PasswordCheckLimiter()
    app.state.views = ViewLog(desk.services.catalog)
    index = open_index(desk.services.settings, desk.services.catalog)
    app.state.chain = ChainWatch(desk.services.catalog)
    app.state.review = Review(desk.services, desk.quick, index)
    app.state.rates = Rates(desk.services.catalog)
    sso = desk.services.settings.sso
    app.state.sso = Provider(sso) if sso.issuer else None
    app.state.metrics = Metrics(app.state.review)
    # The last added is the outermost.
    settings = desk.services.settings.web
    app.add_middleware(Bodies, seconds=settings.request_seconds)
    app.add_middleware(SecurityMiddleware, settings=settings)
    app.add_middleware(Proving)
    app.add_middleware(Measuring, metrics=app.state.metrics)
    # The client's address, and whether it used https: as the last trusted proxy states.
    app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.include_router(signin.router)
    app.include_router(signon.router)
    app.include_router(account.router)
    app.include_router(procedures.router)
    app.include_router(routes.router)
    app.include_router(actions.router)
    app.include_router(choosing.router)
    app.include_router(correcting.router)
    app.include_router(incoming.router)
    app.include_router(slip.router)
    app.include_router(supervising.router)
    for router in ROUTERS:
        app.include_router(router)
    app.include_router(counter_api.router)
    app.include_router(metrics.router)
    app.mount(PREFIX, make_api(app.state))
    app.add_exception_handler(ScanflowError, _on_scanflow_error)
    app.add_exception_handler(SignInNeededError, _on_sign_in_needed)
    app.add_exception_handler(CounterNeededError, _on_counter_needed)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_wrong_call)
    # A value that the database can't hold: PostgreSQL takes no zero characters, and numbers have an end.
    app.add_exception_handler(DataError, _on_wrong_call)
    app.add_exception_handler(Exception, _on_failure)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    to_thread.current_default_thread_limiter().total_tokens = _THREADS
    desk: Desk = app.state.desk
    taking = Periodic("uploads", lambda _: take_received(desk.services, desk.submit), "uploads not taken")
    settings = desk.services.settings
    sso: Provider | None = app.state.sso
    checking = Periodic("single sign-on", lambda _: _check_sessions(desk, sso), "single sign-on not asked")
    with (
        app.state.review.index as index,
        feeding(index),
        taking.every(settings.work.heartbeat),
        checking.every(EVERY_SECONDS),
        delivering(settings, desk.services.catalog),
    ):
        yield


def _check_sessions(desk: Desk, sso: Provider | None) -> None:
    if sso is not None:
        every = timedelta(minutes=desk.services.settings.sso.recheck_minutes)
        check_sessions(desk.services.catalog, sso, every)


def _on_sign_in_needed(request: Request, _error: Exception) -> Response:
    return _go_to(request, "/sign-in" if is_part(request) else signin.sign_in_address(request))


def _on_counter_needed(request: Request, _error: Exception) -> Response:
    return _go_to(request, "/desk/counter")


def _go_to(request: Request, path: str) -> Response:
    """Redirect the whole page, also if the request was for a part of it."""
    if is_part(request):
        return Response(status_code=200, headers={"HX-Redirect": path})
    return RedirectResponse(path, signin.SEE_OTHER)


def _on_scanflow_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, ScanflowError):
        raise error
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        log.warning("failed", reason=error.message)
    return error_page(request, error, status)


def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    shown: ScanflowError = UsageError("not possible here", _UNKNOWN_VI)
    if error.status_code == 404:
        shown = NotFoundError("no such page", "Không có trang này.")
    return error_page(request, shown, error.status_code)


def _on_wrong_call(request: Request, _error: Exception) -> Response:
    """A form that none of our pages sends. FastAPI's own answer would repeat what was sent."""
    return error_page(request, UsageError("not a form of these pages", _UNKNOWN_VI), 422)


def _on_failure(request: Request, _error: Exception) -> Response:
    return error_page(request, ScanflowError("something went wrong; tell the system's administrator"), 500)

"""Who sends a request: the user of a session's cookie, and their counter."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from scanflow.archive.people import user_sessions
from scanflow.archive.people.accounts import User
from scanflow.archive.people.user_sessions import Expiry
from scanflow.desk.context import Desk
from scanflow.web.bodies import KNOWN, allow_body
from scanflow.web_settings import WebSettings

COUNTER_COOKIE = "scanflow_counter"
_A_YEAR = 365 * 24 * 3600


class SignInNeededError(Exception):
    """Nobody is signed in; the sign-in page is shown."""


class CounterNeededError(Exception):
    """The user has not chosen a counter yet; the page to choose one is shown."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed-in user. `token` is the value of their cookie."""

    token: str
    user: User
    counter: str | None

    @property
    def seat(self) -> str:
        """The user's counter. Raises CounterNeededError if none is chosen."""
        if self.counter is None:
            raise CounterNeededError
        return self.counter


def desk_of(request: Request) -> Desk:
    """The application's desk."""
    desk: Desk = request.app.state.desk
    return desk


def web_settings(request: Request) -> WebSettings:
    return desk_of(request).services.settings.web


def signed_in(request: Request) -> Signed | None:
    """The signed-in user, or None. The request counts as use of the session."""
    signed = _signed_in(request, use=True)
    request.state.signed = signed
    return signed


def still_signed_in(request: Request) -> bool:
    """Whether somebody is signed in, for requests of an open page: they don't count as use of the session."""
    return _signed_in(request, use=False) is not None


def _signed_in(request: Request, *, use: bool) -> Signed | None:
    settings = web_settings(request)
    token = request.cookies.get(session_cookie(request))
    if not token:
        return None
    catalog = desk_of(request).services.catalog
    session = user_sessions.session_of_token(catalog, token, expiry=expiry(settings), use=use)
    return Signed(token, session.user, session.counter) if session else None


def clerk(request: Request) -> Signed:
    """Who is signed in. Raises SignInNeededError."""
    signed = signed_in(request)
    if signed is None:
        raise SignInNeededError
    return signed


def seated(request: Request) -> Signed:
    """Who is signed in, with a counter. Raises SignInNeededError, CounterNeededError."""
    signed = clerk(request)
    if signed.counter is None:
        raise CounterNeededError
    return signed


def still_seated(request: Request) -> Signed:
    """As `seated`, for requests that an open page makes by itself: they don't count as use of the session."""
    signed = request.state.signed = _signed_in(request, use=False)
    if signed is None:
        raise SignInNeededError
    if signed.counter is None:
        raise CounterNeededError
    return signed


class AuthenticatedRoute(APIRoute):
    """Checks who sends a request before its form is read; FastAPI by itself would read the form first."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handle_authenticated(request: Request) -> Response:
            if request.method == "POST":
                await run_in_threadpool(clerk, request)
                allow_body(request, KNOWN)
            return await handle(request)

        return handle_authenticated


def expiry(settings: WebSettings) -> Expiry:
    """When sessions expire."""
    return Expiry(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours))


def is_secure(request: Request) -> bool:
    """Whether browsers reach this server by https only."""
    return web_settings(request).secure_cookies or request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """The name of the session's cookie; with https one that other hosts of the domain can't set."""
    return "__Host-scanflow" if is_secure(request) else "scanflow_session"


def browser_cookie(request: Request) -> str:
    """The name of the cookie that identifies a browser in which somebody has signed in before."""
    return "__Host-scanflow_browser" if is_secure(request) else "scanflow_browser"


def set_cookie(
    request: Request, response: Response, name: str, value: str, max_age: int | None = _A_YEAR
) -> None:
    """Set a cookie that scripts can't read and that browsers don't send for pages of other sites."""
    response.set_cookie(
        name, value, max_age, path="/", secure=is_secure(request), httponly=True, samesite="strict"
    )


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""

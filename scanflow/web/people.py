"""Who sends a request: the session of a cookie, and at which counter its user sits."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from scanflow.archive import accounts
from scanflow.archive.accounts import Expiry, User
from scanflow.desk.context import Desk
from scanflow.settings import WebSettings
from scanflow.web.bodies import KNOWN, allow_body

COUNTER_COOKIE = "scanflow_counter"
_A_YEAR = 365 * 24 * 3600


class SignInNeededError(Exception):
    """Nobody is signed in: the sign-in page is shown instead."""


class CounterNeededError(Exception):
    """Somebody is signed in, but at no counter yet: the page to choose one is shown instead."""


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in. `token` is what their cookie holds."""

    token: str
    user: User
    counter: str | None

    @property
    def seat(self) -> str:
        """The counter; only after `seated`."""
        if self.counter is None:
            raise CounterNeededError
        return self.counter


def desk_of(request: Request) -> Desk:
    """The desk that this application was made for."""
    desk: Desk = request.app.state.desk
    return desk


def web_settings(request: Request) -> WebSettings:
    return desk_of(request).services.settings.web


def signed_in(request: Request) -> Signed | None:
    """Who is signed in, or None. To ask counts as doing something: the session lives on."""
    signed = _signed_in(request, use=True)
    request.state.signed = signed
    return signed


def still_signed_in(request: Request) -> bool:
    """The same for an open page that nobody may be touching."""
    return _signed_in(request, use=False) is not None


def _signed_in(request: Request, *, use: bool) -> Signed | None:
    settings = web_settings(request)
    token = request.cookies.get(session_cookie(request))
    if not token:
        return None
    catalog = desk_of(request).services.catalog
    session = accounts.session_of_token(catalog, token, expiry=expiry(settings), use=use)
    return Signed(token, session.user, session.counter) if session else None


def clerk(request: Request) -> Signed:
    """Who is signed in, for pages that need somebody."""
    signed = signed_in(request)
    if signed is None:
        raise SignInNeededError
    return signed


def seated(request: Request) -> Signed:
    """The same, for pages that need to know the counter."""
    signed = clerk(request)
    if signed.counter is None:
        raise CounterNeededError
    return signed


def still_seated(request: Request) -> Signed:
    """The same for what an open page fetches by itself, while nobody may be touching it: it is no use."""
    signed = request.state.signed = _signed_in(request, use=False)
    if signed is None:
        raise SignInNeededError
    if signed.counter is None:
        raise CounterNeededError
    return signed


class ForPeople(APIRoute):
    """Reads no form before it is known who sends it: FastAPI itself would read it first and ask then."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handle_for_people(request: Request) -> Response:
            if request.method == "POST":
                await run_in_threadpool(clerk, request)
                allow_body(request, KNOWN)
            return await handle(request)

        return handle_for_people


def expiry(settings: WebSettings) -> Expiry:
    """When sessions end by themselves."""
    return Expiry(timedelta(minutes=settings.idle_minutes), timedelta(hours=settings.session_hours))


def is_secure(request: Request) -> bool:
    """Whether browsers reach us by https only."""
    return web_settings(request).secure_cookies or request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """The cookie's name; over https one that no other host of the domain can set."""
    return "__Host-scanflow" if is_secure(request) else "scanflow_session"


def browser_cookie(request: Request) -> str:
    """The name of the cookie by which a browser is known in which somebody has signed in before."""
    return "__Host-scanflow_browser" if is_secure(request) else "scanflow_browser"


def set_cookie(
    request: Request, response: Response, name: str, value: str, max_age: int | None = _A_YEAR
) -> None:
    """A cookie that no script reads and no other site's page makes the browser send."""
    response.set_cookie(
        name, value, max_age, path="/", secure=is_secure(request), httponly=True, samesite="strict"
    )


def client_address(request: Request) -> str:
    return request.client.host if request.client else ""

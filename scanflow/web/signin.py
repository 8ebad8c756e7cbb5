"""Signing in and out, the language, and the way from `/` to the first page."""

import threading
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.archive import accounts
from scanflow.errors import DeniedError
from scanflow.web.pages import LANGUAGE_COOKIE, page
from scanflow.web.people import (
    COUNTER_COOKIE,
    Signed,
    client_address,
    desk_of,
    expiry,
    is_secure,
    session_cookie,
    set_cookie,
    signed_in,
    web_settings,
)
from scanflow.web.security import Throttle
from scanflow.web.viewing import shows_nothing
from scanflow.web.words import language_of

router = APIRouter()

SEE_OTHER = 303
_AT_ONCE = threading.BoundedSemaphore(2)
"""Argon2 takes memory on purpose: strangers who send many passwords at once must not take all of it."""


@router.get("/")
@shows_nothing
def home() -> Response:
    return RedirectResponse("/station", SEE_OTHER)


@router.get("/sign-in")
@shows_nothing
def sign_in_page(request: Request, next: str = "/station") -> Response:
    if signed_in(request):
        return RedirectResponse(own_path(next), SEE_OTHER)
    return page(request, "sign_in.html", next=own_path(next), name="", problem=None, seconds=0)


@router.post("/sign-in")
@shows_nothing
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/station",
) -> Response:
    settings = web_settings(request)
    catalog = desk_of(request).services.catalog
    throttle: Throttle = request.app.state.throttle
    known_as, address = name.strip().lower(), client_address(request)
    again = {"next": own_path(next), "name": name}
    seconds = throttle.wait(known_as, address)
    if seconds:
        return page(request, "sign_in.html", status=429, problem="wait", seconds=seconds, **again)
    try:
        with _AT_ONCE:
            user = accounts.check_password(catalog, name, password)
    except DeniedError:
        throttle.failed(known_as, address)
        accounts.note_failed_sign_in(catalog, known_as, address)
        return page(request, "sign_in.html", status=403, problem="wrong", seconds=0, **again)
    throttle.passed(known_as, address)
    accounts.forget_old_sessions(catalog, expiry(settings))
    token = accounts.begin_session(catalog, user.name, _counter_of_this_pc(request), address=address)
    response = RedirectResponse(own_path(next), SEE_OTHER)
    set_cookie(request, response, session_cookie(request), token, max_age=None)
    return response


@router.post("/sign-out")
@shows_nothing
def sign_out(request: Request, signed: Annotated[Signed | None, Depends(signed_in)]) -> Response:
    if signed:
        accounts.end_session(desk_of(request).services.catalog, signed.token)
    response = RedirectResponse("/sign-in", SEE_OTHER)
    response.delete_cookie(session_cookie(request), path="/", secure=is_secure(request), httponly=True)
    # Also what the browser's own caches may hold of this site.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.post("/language")
@shows_nothing
def choose_language(
    request: Request,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/station",
) -> Response:
    response = RedirectResponse(own_path(next), SEE_OTHER)
    set_cookie(request, response, LANGUAGE_COOKIE, language_of(language))
    return response


def own_path(path: str) -> str:
    """A path of ours to go on to, whatever a link says: never another site."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else "/station"


def sign_in_address(request: Request) -> str:
    """The sign-in page that leads back to where somebody wanted to go."""
    if request.method != "GET" or request.url.path == "/":
        return "/sign-in"
    return f"/sign-in?next={quote(request.url.path)}"


def _counter_of_this_pc(request: Request) -> str | None:
    """The counter that was chosen in this browser last, if it is still there."""
    name = unquote(request.cookies.get(COUNTER_COOKIE, ""))
    known = accounts.counters(desk_of(request).services.catalog)
    return name if any(counter.name == name for counter in known) else None

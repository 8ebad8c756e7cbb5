"""Pages for signing in and out, the choice of the language, and redirects from `/` and former addresses."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote, unquote

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.archive.people import accounts, counter_accounts, rate_limit, user_sessions
from scanflow.archive.people.accounts import User
from scanflow.errors import DeniedError, NotFoundError
from scanflow.membership import Role
from scanflow.web.authentication import (
    COUNTER_COOKIE,
    Signed,
    browser_cookie,
    client_address,
    desk_of,
    expiry,
    is_secure,
    session_cookie,
    set_cookie,
    signed_in,
    web_settings,
)
from scanflow.web.rendering import LANGUAGE_COOKIE, page
from scanflow.web.security import BusyError, PasswordCheckLimiter
from scanflow.web.translations import language_of
from scanflow.web.viewing import shows_nothing

router = APIRouter()

SEE_OTHER = 303
MOVED = 308
BUSY_SECONDS = 2
"""Seconds after which a refused person may try again."""


@router.get("/")
@shows_nothing
def home(request: Request) -> Response:
    signed = signed_in(request)
    return RedirectResponse(first_page_of(signed.user) if signed else "/desk", SEE_OTHER)


@router.api_route("/station{rest:path}", methods=["GET", "POST"], include_in_schema=False)
@shows_nothing
def former_address(request: Request, rest: str) -> Response:
    """Redirects from `/station`, where the desk's pages were until November 2026: clerks have bookmarks."""
    if rest and not rest.startswith("/"):
        raise NotFoundError("no such page", "Không có trang này.")
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/desk{rest}{query}", MOVED)


def first_page_of(user: User) -> str:
    """A person's first page: the filed papers for a reviewer or auditor, the desk for everybody else."""
    return "/review" if user.member.role in (Role.REVIEWER, Role.AUDITOR) else "/desk"


@router.get("/sign-in")
@shows_nothing
def sign_in_page(request: Request, next: str = "/desk") -> Response:
    if signed_in(request):
        return RedirectResponse(own_path(next), SEE_OTHER)
    return sign_in_form(request, own_path(next))


@router.post("/sign-in")
@shows_nothing
async def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/desk",
    others: Annotated[bool, Form()] = False,
) -> Response:
    """Sign a person in. `others`: end their sessions in other browsers."""
    limiter: PasswordCheckLimiter = request.app.state.password_checks
    try:
        return await limiter.run(lambda: _sign_in(request, name, password, own_path(next), others))
    except BusyError:
        return _refused(request, name, own_path(next), "busy", BUSY_SECONDS)


def _sign_in(request: Request, name: str, password: str, next: str, others: bool) -> Response:
    settings = web_settings(request)
    catalog = desk_of(request).services.catalog
    known_as, address = name.strip().lower(), client_address(request)
    browser = request.cookies.get(browser_cookie(request))
    if browser and rate_limit.is_known(catalog, browser, known_as):
        counts: Sequence[rate_limit.RateLimit] = rate_limit.of_browser(browser, known_as)
    else:
        counts = rate_limit.of_stranger(known_as, address)
    seconds = rate_limit.reserve(catalog, counts)
    if seconds:
        return _refused(request, name, next, "wait", seconds)
    try:
        user = accounts.check_password(catalog, name, password)
    except DeniedError:
        user_sessions.note_failed_sign_in(catalog, known_as, address)
        return sign_in_form(request, next, status=403, problem="wrong", name=name)
    rate_limit.clear_after_success(catalog, counts)
    rate_limit.forget_old(catalog)
    user_sessions.forget_old_sessions(catalog, expiry(settings))
    older = request.cookies.get(session_cookie(request))
    if older:
        user_sessions.end_session(catalog, older)
    token = user_sessions.begin_session(
        catalog, user.name, counter_of_this_pc(request, user), address=address
    )
    if others:
        user_sessions.end_other_sessions(catalog, user.name, token)
    response = RedirectResponse(first_page_of(user) if next == "/desk" else next, SEE_OTHER)
    set_cookie(request, response, session_cookie(request), token, max_age=None)
    set_cookie(
        request, response, browser_cookie(request), rate_limit.remember_browser(catalog, browser, user.name)
    )
    return response


def sign_in_form(
    request: Request,
    next: str,
    *,
    status: int = 200,
    problem: str | None = None,
    seconds: int = 0,
    name: str = "",
    why: str = "",
) -> Response:
    """The sign-in page, with a link to single sign-on where that is set up. `why`: what went wrong."""
    sso = desk_of(request).services.settings.sso
    return page(
        request, "sign_in.html", status=status, problem=problem, seconds=seconds, next=next, name=name,
        why=why, sso=sso.label if sso.issuer else "", sso_address=f"/sign-in/sso?next={quote(next)}",
    )  # fmt: skip


def _refused(request: Request, name: str, next: str, problem: str, seconds: int) -> Response:
    status = 503 if problem == "busy" else 429
    response = sign_in_form(request, next, status=status, problem=problem, seconds=seconds, name=name)
    response.headers["Retry-After"] = str(seconds)
    return response


@router.post("/sign-out")
@shows_nothing
def sign_out(request: Request, signed: Annotated[Signed | None, Depends(signed_in)]) -> Response:
    if signed:
        user_sessions.end_session(desk_of(request).services.catalog, signed.token)
    response = RedirectResponse("/sign-in", SEE_OTHER)
    response.delete_cookie(session_cookie(request), path="/", secure=is_secure(request), httponly=True)
    # This also clears the browser's caches of this site.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.post("/language")
@shows_nothing
def choose_language(
    request: Request,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/desk",
) -> Response:
    response = RedirectResponse(own_path(next), SEE_OTHER)
    set_cookie(request, response, LANGUAGE_COOKIE, language_of(language))
    return response


def own_path(path: str) -> str:
    """A path of this site to continue at; never an address of another site."""
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if plain else "/desk"


def sign_in_address(request: Request) -> str:
    """The address of the sign-in page, with the requested path to continue at."""
    if request.method != "GET" or request.url.path == "/":
        return "/sign-in"
    return f"/sign-in?next={quote(request.url.path)}"


def counter_of_this_pc(request: Request, user: User) -> str | None:
    """The counter that was last chosen in this browser, if this user may work there."""
    name = unquote(request.cookies.get(COUNTER_COOKIE, ""))
    known = counter_accounts.seats(desk_of(request).services.catalog, user.member)
    return name if any(counter.name == name for counter in known) else None

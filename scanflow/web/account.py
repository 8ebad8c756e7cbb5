"""The page of a person's own account: their sessions, and a change of their password."""

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.archive.people import accounts, rate_limit, user_sessions
from scanflow.errors import DeniedError
from scanflow.web.authentication import (
    AuthenticatedRoute,
    Signed,
    browser_cookie,
    clerk,
    client_address,
    desk_of,
    expiry,
    session_cookie,
    set_cookie,
    web_settings,
)
from scanflow.web.rendering import page
from scanflow.web.security import BusyError, PasswordCheckLimiter
from scanflow.web.signin import BUSY_SECONDS, SEE_OTHER
from scanflow.web.viewing import shows_nothing

router = APIRouter(prefix="/account", route_class=AuthenticatedRoute)

Person = Annotated[Signed, Depends(clerk)]
Password = Annotated[str, Form()]


@router.get("")
@shows_nothing
def account_page(request: Request, signed: Person, done: str = "") -> Response:
    return _page(request, signed, done=done if done in ("changed", "ended") else "")


@router.post("/sign-out-others")
@shows_nothing
def sign_out_others(request: Request, signed: Person) -> Response:
    """End the same person's sessions in other browsers."""
    user_sessions.end_other_sessions(desk_of(request).services.catalog, signed.user.name, signed.token)
    return RedirectResponse("/account?done=ended", SEE_OTHER)


@router.post("")
@shows_nothing
async def change_password(
    request: Request, signed: Person, old: Password = "", new: Password = "", again: Password = ""
) -> Response:
    """Change the password, if the old one is right; all other sessions end."""
    limiter: PasswordCheckLimiter = request.app.state.password_checks
    try:
        return await limiter.run(lambda: _change_password(request, signed, old, new, again))
    except BusyError:
        return _page(request, signed, 503, problem="busy", seconds=BUSY_SECONDS)


def _change_password(request: Request, signed: Signed, old: str, new: str, again: str) -> Response:
    catalog, name = desk_of(request).services.catalog, signed.user.name
    if unicodedata.normalize("NFC", new) != unicodedata.normalize("NFC", again):
        return _page(request, signed, 422, problem="unlike")
    if not accounts.is_long_enough(new):
        return _page(request, signed, 422, problem="short")
    counts = rate_limit.of_old_password(name)
    seconds = rate_limit.reserve(catalog, counts)
    if seconds:
        return _page(request, signed, 429, problem="wait", seconds=seconds)
    try:
        accounts.change_password(catalog, name, old, new)
    except DeniedError:
        return _page(request, signed, 403, problem="wrong")
    rate_limit.clear_after_success(catalog, counts)
    token = user_sessions.begin_session(catalog, name, signed.counter, address=client_address(request))
    response = RedirectResponse("/account?done=changed", SEE_OTHER)
    set_cookie(request, response, session_cookie(request), token, max_age=None)
    browser = rate_limit.remember_browser(catalog, None, name)
    set_cookie(request, response, browser_cookie(request), browser)
    return response


def _page(
    request: Request,
    signed: Signed,
    status: int = 200,
    *,
    done: str = "",
    problem: str = "",
    seconds: int = 0,
) -> Response:
    catalog = desk_of(request).services.catalog
    response = page(
        request,
        "account.html",
        status=status,
        done=done,
        problem=problem,
        seconds=seconds,
        shortest=accounts.SHORTEST_PASSWORD,
        sessions=user_sessions.sessions_of(
            catalog, signed.user.name, signed.token, expiry(web_settings(request))
        ),
    )
    if seconds:
        response.headers["Retry-After"] = str(seconds)
    return response

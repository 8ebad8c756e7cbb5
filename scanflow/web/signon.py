"""Signing in by a provider of single sign-on: the redirect to it, and its answer."""

from typing import Annotated

import httpx
from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, RedirectResponse

from scanflow.archive.people import rate_limit, user_sessions
from scanflow.archive.people.sso_accounts import sso_user
from scanflow.errors import DeniedError, NotFoundError, ScanflowError, UsageError
from scanflow.web.authentication import (
    client_address,
    desk_of,
    expiry,
    is_secure,
    session_cookie,
    set_cookie,
)
from scanflow.web.rendering import page, words_for
from scanflow.web.signin import SEE_OTHER, counter_of_this_pc, first_page_of, own_path, sign_in_form
from scanflow.web.sso import Attempt, Provider, as_denied, attempt_of, new_attempt
from scanflow.web.viewing import shows_nothing

router = APIRouter()

_ATTEMPT_SECONDS = 600
Said = Annotated[str, Query(max_length=4000)]


def provider_of(request: Request) -> Provider:
    """The provider. Raises NotFoundError where none is set."""
    found: Provider | None = request.app.state.sso
    if found is None:
        raise NotFoundError("single sign-on is not set up", "Chưa cài đặt đăng nhập một lần.")
    return found


@router.get("/sign-in/sso")
@shows_nothing
def go_to_provider(request: Request, next: str = "/desk") -> Response:
    provider = provider_of(request)
    attempt = new_attempt(own_path(next))
    try:
        response = RedirectResponse(provider.address(attempt, _back(request)), SEE_OTHER)
    except (ScanflowError, httpx.HTTPError) as error:
        return _refused(request, as_denied(error))
    # Lax: browsers don't send a strict cookie when the provider's page redirects here.
    response.set_cookie(
        _cookie(request), attempt.as_cookie(), _ATTEMPT_SECONDS, path="/", secure=is_secure(request),
        httponly=True, samesite="lax",
    )  # fmt: skip
    return response


@router.get("/sign-in/sso/back")
@shows_nothing
def come_back(
    request: Request, code: Said = "", state: Said = "", error: Said = "", iss: Said = ""
) -> Response:
    """Take the provider's answer: a code for the person who signed in, or an error."""
    provider = provider_of(request)
    catalog = desk_of(request).services.catalog
    limits = rate_limit.of_address(client_address(request))
    seconds = rate_limit.reserve(catalog, limits)
    if seconds:
        refused = _refused(request, DeniedError("too many tries: wait a little"), 429)
        refused.headers["Retry-After"] = str(seconds)
        return refused
    attempt = attempt_of(request.cookies.get(_cookie(request)))
    try:
        return _signed_in(request, provider, _expected(request, attempt, state, error, code, iss), code)
    except (ScanflowError, httpx.HTTPError) as problem:
        user_sessions.note_failed_sign_in(catalog, "", client_address(request))
        return _refused(request, as_denied(problem))


@router.get("/sign-out/sso")
@shows_nothing
def sign_out_there(request: Request) -> Response:
    """End the session here, and go to the provider's page for ending its own."""
    provider = provider_of(request)
    token = request.cookies.get(session_cookie(request))
    if token:
        user_sessions.end_session(desk_of(request).services.catalog, token)
    back = f"{_origin(request)}/sign-in"
    try:
        place = provider.end_address(back) or back
    except (ScanflowError, httpx.HTTPError):
        place = back
    response = RedirectResponse(place, SEE_OTHER)
    response.delete_cookie(session_cookie(request), path="/", secure=is_secure(request), httponly=True)
    return response


@router.post("/api/sign-on/ended")
@shows_nothing
async def end_by_provider(request: Request) -> Response:
    """Take a logout token, by which the provider's server reports that a session there has ended.

    No browser sends it, so there is no origin and no cookie: its signature proves who sent it.
    """
    provider = provider_of(request)
    form = await request.form()
    token = form.get("logout_token")
    return await run_in_threadpool(_end_sessions, request, provider, token if isinstance(token, str) else "")


def _end_sessions(request: Request, provider: Provider, token: str) -> Response:
    try:
        ended = provider.ended(token)
    except DeniedError as error:
        said = {"error": "invalid_request", "error_description": error.message}
        return JSONResponse(said, 400)
    except httpx.HTTPError as error:
        return JSONResponse(
            {"error": "temporarily_unavailable", "error_description": type(error).__name__}, 503
        )
    catalog = desk_of(request).services.catalog
    user_sessions.end_of_provider(catalog, ended.subject, ended.session, ended.at)
    return Response(status_code=200)


def _expected(
    request: Request, attempt: Attempt | None, state: str, error: str, code: str, iss: str
) -> Attempt:
    """The attempt that an answer belongs to. Raises DeniedError."""
    settings = desk_of(request).services.settings.sso
    if attempt is None or not state or state != attempt.state:
        raise DeniedError("this sign-in was not begun here, or took too long: begin again")
    if iss and iss != settings.issuer:
        raise DeniedError("this answer is another provider's")
    if error or not code:
        raise DeniedError("the provider did not let this person in")
    return attempt


def _signed_in(request: Request, provider: Provider, attempt: Attempt, code: str) -> Response:
    services = desk_of(request).services
    person = provider.person(attempt, code, _back(request))
    try:
        user = sso_user(services.catalog, person.subject, person.name, person.display_name, person.member)
    except UsageError as error:
        raise DeniedError(error.message, error.message_vi) from None
    user_sessions.forget_old_sessions(services.catalog, expiry(services.settings.web))
    older = request.cookies.get(session_cookie(request))
    if older:
        user_sessions.end_session(services.catalog, older)
    token = user_sessions.begin_session(
        services.catalog,
        user.name,
        counter_of_this_pc(request, user),
        address=client_address(request),
        refresh=person.refresh,
        provider_session=person.session,
    )
    place = first_page_of(user) if attempt.next == "/desk" else attempt.next
    # Not a redirect: browsers send a strict cookie only where a page of our own leads on.
    response = page(request, "signed_on.html", place=place)
    set_cookie(request, response, session_cookie(request), token, max_age=None)
    _forget_attempt(request, response)
    return response


def _refused(request: Request, error: ScanflowError, status: int = 403) -> Response:
    said = words_for(request).pick(error.message, error.message_vi)
    response = sign_in_form(request, "/desk", status=status, problem="sso_failed", why=said)
    _forget_attempt(request, response)
    return response


def _forget_attempt(request: Request, response: Response) -> None:
    response.delete_cookie(_cookie(request), path="/", secure=is_secure(request), httponly=True)


def _cookie(request: Request) -> str:
    return "__Host-scanflow_sso" if is_secure(request) else "scanflow_sso"


def _back(request: Request) -> str:
    return f"{_origin(request)}/sign-in/sso/back"


def _origin(request: Request) -> str:
    scheme = "https" if is_secure(request) else request.url.scheme
    return f"{scheme}://{request.headers['Host']}"

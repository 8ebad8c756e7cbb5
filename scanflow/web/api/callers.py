"""Who calls the API, and what they may: a program with a token, or a signed-in person's browser.

This is checked before a body is read. A browser's call that changes something must come from our own pages.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from scanflow.archive.programs.api_tokens import token_of_secret
from scanflow.errors import DeniedError
from scanflow.membership import Role, Scope
from scanflow.pipeline.intake.uploads import Uploader
from scanflow.review.access import Reviewer
from scanflow.web.api.problems import Refusal
from scanflow.web.api.rates import Rates
from scanflow.web.authentication import desk_of, signed_in
from scanflow.web.bodies import KNOWN, allow_body
from scanflow.web.proving import bearer_token
from scanflow.web.security import is_foreign

_SCOPE = "__scope__"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_SEEING = frozenset({Scope.READ, Scope.SEARCH, Scope.EVENTS})
_SCOPES_OF_ROLE = {
    Role.REVIEWER: _SEEING | {Scope.UPLOAD, Scope.CORRECT},
    Role.OPERATOR: _SEEING | {Scope.UPLOAD, Scope.CORRECT, Scope.METRICS},
    Role.AUDITOR: _SEEING,
    Role.CLERK: frozenset({Scope.UPLOAD}),
    Role.SUPERVISOR: frozenset({Scope.UPLOAD}),
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `name` is their name in the log. `rate` is in calls a minute, None without a limit."""

    name: str
    agency: str
    scopes: frozenset[Scope]
    rate: int | None = None

    @property
    def reviewer(self) -> Reviewer:
        return Reviewer(self.name, self.agency, Scope.CORRECT in self.scopes)

    @property
    def sender(self) -> Uploader:
        return Uploader(self.name, self.agency)


def needs(*scopes: Scope) -> Callable[[Endpoint], Endpoint]:
    """Marks an endpoint: a caller needs one of these scopes; without scopes any caller may use it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _SCOPE, frozenset(scopes))
        return endpoint

    return mark


def scopes_of(endpoint: Callable[..., Any]) -> frozenset[Scope] | None:
    """The scopes that an endpoint is marked with; None for an endpoint without a mark."""
    return getattr(endpoint, _SCOPE, None)


class ApiRoute(APIRoute):
    """Finds out who calls, their rate and scope, before anything of the body is read."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()
        wanted = scopes_of(self.endpoint)
        assert wanted is not None, f"{self.path} does not say who may call it"  # noqa: S101 - a programmer's error

        async def handle_known(request: Request) -> Response:
            caller = await run_in_threadpool(caller_of, request)
            request.state.caller = caller
            _require_rate(request, caller)
            if wanted and not wanted & caller.scopes:
                names = " or ".join(sorted(each.value for each in wanted))
                raise DeniedError(
                    f"this needs the scope {names}", "Mã truy cập hoặc vai trò này không có quyền cần thiết."
                )
            allow_body(request, KNOWN)
            return await handle(request)

        return handle_known


def caller_of(request: Request) -> Caller:
    """Who calls. Raises Refusal: 401 for an unknown caller, 403 for a page of another site."""
    if "Authorization" in request.headers:
        secret = bearer_token(request.headers)
        token = token_of_secret(desk_of(request).services.catalog, secret) if secret else None
        if token is None:
            raise _unknown("no valid token: it is unknown, expired or revoked")
        return Caller(token.actor, token.agency, token.scopes, token.rate)
    signed = signed_in(request)
    if signed is None:
        raise _unknown("send a token (Authorization: Bearer …), or sign in")
    if is_foreign(request.method, "", request.headers):
        raise Refusal(403, DeniedError("a page of another site may not do this"))
    member = signed.user.member
    return Caller(signed.user.name, member.agency, _SCOPES_OF_ROLE[member.role])


def _require_rate(request: Request, caller: Caller) -> None:
    rates: Rates = request.app.state.rates
    wait = rates.wait(caller.name, caller.rate) if caller.rate else 0
    if wait:
        error = DeniedError(
            f"more calls than {caller.rate} a minute", "Gọi quá nhiều lần trong một phút. Hãy thử lại sau."
        )
        raise Refusal(429, error, {"Retry-After": str(wait)})


def _unknown(message: str) -> Refusal:
    error = DeniedError(message, "Chưa đăng nhập hoặc phiên làm việc đã hết. Hãy đăng nhập lại.")
    return Refusal(401, error, {"WWW-Authenticate": 'Bearer realm="scanflow"'})


def _caller(request: Request) -> Caller:
    found: Caller = request.state.caller
    return found


TheCaller = Annotated[Caller, Depends(_caller)]

"""Single sign-on: OpenID Connect's authorization code flow with PKCE, as a client of one provider.

A cookie of ten minutes holds what is needed when the browser comes back from the provider. A browser without
it, or with another one, is refused, so nobody can be signed in as somebody else by a prepared link.
"""

import base64
import hashlib
import json
import secrets
import ssl
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from scanflow.errors import DeniedError, ScanflowError
from scanflow.logs import get_logger
from scanflow.membership import Membership, Role
from scanflow.web_settings import SsoSettings

log = get_logger(__name__)

_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""No HMAC and no `none`: the provider's key is a public one."""
_KEPT_SECONDS = 3600.0
_LEEWAY = 60
_LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LOGOUT_SECONDS = 600
"""Greatest age of a logout token: providers send it at once, so an older one is a repetition."""
_LONGEST_ID = 255
_SECONDS = 10.0
_MOST_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun; `next` is the page to continue at."""

    state: str
    nonce: str
    verifier: str
    next: str

    def as_cookie(self) -> str:
        said = json.dumps([self.state, self.nonce, self.verifier, self.next])
        return base64.urlsafe_b64encode(said.encode()).decode()


@dataclass(frozen=True, slots=True)
class Person:
    """The person who signed in, as the provider says. `refresh`: the refresh token for later checks;
    `session`: the provider's id of the session. Each is empty where it gave none.
    """

    subject: str
    name: str
    display_name: str
    member: Membership
    refresh: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """What has ended at the provider: the sessions of a person, or one session; at least one of the two is
    set. It does not concern sessions that began after `at`.
    """

    subject: str
    session: str
    at: datetime


class NotConfirmedError(DeniedError):
    """The provider no longer confirms a person: it suspended them, or ended their session there."""


def new_attempt(next: str) -> Attempt:
    return Attempt(secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), next)


def attempt_of(cookie: str | None) -> Attempt | None:
    """The attempt in a cookie's value (the reverse of `as_cookie`); None for an invalid value."""
    try:
        found = json.loads(base64.urlsafe_b64decode((cookie or "").encode("ascii")))
    except ValueError:
        return None
    if not (isinstance(found, list) and len(found) == 4 and all(isinstance(each, str) for each in found)):
        return None
    return Attempt(*found)


class Provider:
    """The provider that the settings name. Threads may share it."""

    def __init__(self, settings: SsoSettings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._metadata: Mapping[str, Any] = {}
        self._keys: KeySet | None = None
        self._asked_at = float("-inf")

    def address(self, attempt: Attempt, redirect: str) -> str:
        """Where a browser is sent to sign in. Raises DeniedError where the provider can't be reached."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect,
            "scope": " ".join(self._settings.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge.decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return _with(str(self._known()["authorization_endpoint"]), asked)

    def end_address(self, back: str) -> str | None:
        """Where a browser is sent to sign out there, too; None where the provider has no such page."""
        place = self._known().get("end_session_endpoint")
        asked = {"client_id": self._settings.client_id, "post_logout_redirect_uri": back}
        return _with(str(place), asked) if place else None

    def person(self, attempt: Attempt, code: str, redirect: str) -> Person:
        """The person of a code that came back. Raises DeniedError for an answer that can't be trusted."""
        metadata = self._known()
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": attempt.verifier,
        }
        with self._client() as client:
            tokens = _json(self._ask_for_tokens(client, asked))
            claims = self._claims(str(tokens.get("id_token", "")), attempt)
            session = _id_of(claims, "sid")
            place = metadata.get("userinfo_endpoint")
            if place and tokens.get("access_token"):
                headers = {"Authorization": f"Bearer {tokens['access_token']}"}
                more = _json(client.get(str(place), headers=headers))
                if more.get("sub") != claims["sub"]:
                    raise DeniedError("the provider's userinfo is somebody else's")
                claims = {**more, **claims}
        # Without a secret of ours a person who reads the catalog could use it.
        refresh = (
            str(tokens.get("refresh_token") or "") if self._settings.client_secret.get_secret_value() else ""
        )
        return replace(person_of(self._settings, claims), refresh=refresh, session=session)

    def ask_again(self, refresh: str) -> str:
        """Ask whether the provider still confirms a person; gives the refresh token for the next time.

        Raises NotVouchedError where it doesn't, DeniedError and httpx.HTTPError where it can't be asked.
        """
        self._known()
        asked = {"grant_type": "refresh_token", "refresh_token": refresh}
        with self._client() as client:
            answer = self._ask_for_tokens(client, asked)
        if answer.status_code == 400 and _error_of(answer) == "invalid_grant":
            raise NotConfirmedError("the provider no longer confirms this person")
        return str(_json(answer).get("refresh_token") or refresh)

    def ended(self, token: str) -> Ended:
        """What a logout token says (OpenID Connect Back-Channel Logout 1.0).

        Raises DeniedError for one that can't be trusted, DeniedError and httpx.HTTPError where the provider's
        keys can't be fetched.
        """
        self._known()
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            iat={"essential": True},
            jti={"essential": True},
            events={"essential": True},
        )
        try:
            found = self._decoded(token).claims
            rules.validate(found)
        except (JoseError, ValueError) as error:
            log.warning("sign-out refused", reason=type(error).__name__)
            raise DeniedError("the provider's logout token is not valid") from None
        events, issued = found["events"], float(found["iat"])
        # A token of a sign-in is none of a sign-out: it has a nonce and no such event.
        if "nonce" in found or not isinstance(events, Mapping) or _LOGOUT_EVENT not in events:
            raise DeniedError("the provider's token is no logout token")
        if time.time() - issued > _LOGOUT_SECONDS:
            raise DeniedError("the provider's logout token is an old one")
        subject, session = _id_of(found, "sub"), _id_of(found, "sid")
        if not subject and not session:
            raise DeniedError("the provider's logout token names nobody")
        at = datetime.fromtimestamp(issued, UTC) + timedelta(seconds=_LEEWAY)
        return Ended(subject and f"{self._settings.issuer} {subject}", session, at)

    def _ask_for_tokens(self, client: httpx.Client, asked: Mapping[str, str]) -> httpx.Response:
        metadata, client_id = self._known(), self._settings.client_id
        secret = self._settings.client_secret.get_secret_value()
        methods = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = bool(secret) and "client_secret_basic" in methods
        sent = {**asked, "client_id": client_id}
        if secret and not basic:
            sent["client_secret"] = secret
        auth = httpx.BasicAuth(client_id, secret) if basic else httpx.USE_CLIENT_DEFAULT
        return client.post(str(metadata["token_endpoint"]), data=sent, auth=auth)

    def _claims(self, token: str, attempt: Attempt) -> dict[str, Any]:
        """What a signed token says, after its signature and all that it must say were checked."""
        rules = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
        )
        try:
            found = self._decoded(token).claims
            rules.validate(found)
        except (JoseError, ValueError) as error:
            log.warning("sign-on refused", reason=type(error).__name__)
            raise DeniedError("the provider's token is not valid") from None
        audience = found["aud"]
        if isinstance(audience, list) and len(audience) > 1 and found.get("azp") != self._settings.client_id:
            raise DeniedError("the provider's token is another client's")
        return dict(found)

    def _decoded(self, token: str) -> jwt.Token:
        assert self._keys is not None  # noqa: S101 - `_known` was called
        try:
            return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
        except (JoseError, ValueError):
            # The provider may have changed its keys since; asked at most once a minute.
            if time.monotonic() - self._asked_at < 60:
                raise
            self._ask()
            return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)

    def _known(self) -> Mapping[str, Any]:
        with self._lock:
            if time.monotonic() - self._asked_at > _KEPT_SECONDS:
                self._ask()
            return self._metadata

    def _ask(self) -> None:
        issuer = self._settings.issuer
        _require_safe(issuer)
        with self._client() as client:
            found = _json(client.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
            if found.get("issuer") != issuer:
                raise DeniedError("the provider calls itself otherwise: see [sso] issuer")
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                _require_safe(str(found.get(name, "")))
            keys = KeySet.import_key_set(_json(client.get(str(found["jwks_uri"]))))  # type: ignore[arg-type]  # joserfc checks it
        self._metadata, self._keys, self._asked_at = found, keys, time.monotonic()

    def _client(self) -> httpx.Client:
        ca = self._settings.ca
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(ca)) if ca else True
        return httpx.Client(verify=verify, timeout=_SECONDS, trust_env=False)


def person_of(settings: SsoSettings, claims: Mapping[str, Any]) -> Person:
    """The person with agency and role by the settings. Raises DeniedError without one of each."""
    agencies = {
        settings.agencies[each]
        for each in _values(claims, settings.agency_claim)
        if each in settings.agencies
    }
    if len(agencies) != 1:
        raise DeniedError(
            "single sign-on gives this person no agency, or several: see [sso] agencies",
            "Tài khoản đăng nhập một lần chưa được gán cơ quan. Hãy báo cho người quản trị hệ thống.",
        )
    said = set(_values(claims, settings.role_claim))
    role = next((role for value, role in settings.roles.items() if value in said), None)
    if role is None:
        raise DeniedError(
            "single sign-on gives this person no role: see [sso] roles",
            "Tài khoản đăng nhập một lần chưa được gán vai trò. Hãy báo cho người quản trị hệ thống.",
        )
    name = next(iter(_values(claims, settings.name_claim)), "")
    display = next(iter(_values(claims, settings.display_claim)), "")
    member = Membership(agencies.pop(), Role(role))
    return Person(f"{settings.issuer} {claims['sub']}", name, display, member)


def _values(claims: Mapping[str, Any], path: str) -> Iterable[str]:
    """A claim's texts; dots lead into it (`realm_access.roles`)."""
    found: Any = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    many = found if isinstance(found, list) else [found]
    return [each for each in many if isinstance(each, str)]


def _id_of(claims: Mapping[str, Any], name: str) -> str:
    """A claim that is an id; empty where there is none."""
    found = claims.get(name)
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID and "\0" not in found else ""


def _json(answer: httpx.Response) -> dict[str, Any]:
    if answer.status_code != 200 or len(answer.content) > _MOST_BYTES:
        raise DeniedError(f"the provider answered {answer.status_code}")
    try:
        found = answer.json()
    except ValueError:
        raise DeniedError("the provider's answer is not JSON") from None
    if not isinstance(found, dict):
        raise DeniedError("the provider's answer is not an object")
    return found


def _error_of(answer: httpx.Response) -> str:
    """The code of an error of OAuth; empty for any other answer."""
    try:
        said = answer.json()
    except ValueError:
        return ""
    return str(said.get("error", "")) if isinstance(said, dict) else ""


def _require_safe(address: str) -> None:
    """Only https; without it on this very machine alone. Raises DeniedError."""
    parts = urlsplit(address)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise DeniedError("the provider's addresses must begin with https")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def as_denied(error: Exception) -> ScanflowError:
    """The error for a person where the provider can't be reached."""
    if isinstance(error, ScanflowError):
        return error
    log.warning("sign-on failed", reason=type(error).__name__)
    return DeniedError("the provider of single sign-on can't be reached now")

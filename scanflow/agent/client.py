"""The server as a counter's agent sees it: the calls of docs/decisions/0011-the-counter.md, over httpx.

An answer counts only with a proof that it is our server's (`scanflow.proof`), and only if it names what was
sent. Everything else that comes back (a proxy's page, a captive portal's) is "server away".
"""

import json
import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal, Self, get_args

import httpx
import structlog

from scanflow import __version__
from scanflow.capture.scanner.device import Device
from scanflow.errors import (
    ChecksumError,
    DeniedError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    ScanflowError,
    ServerAwayError,
    SettingsError,
    StackGoneError,
    UnsupportedInputError,
)
from scanflow.proof import NONCE_HEADER, PROOF_HEADER, is_proof
from scanflow.settings import StationSettings

log = structlog.get_logger(__name__)

OrderKind = Literal["scan", "list"]
OrderState = Literal["running", "done", "failed", "stopped"]

_SLACK = 10.0
"""Seconds that the answer to a long question may be late."""

_CONNECT_SECONDS = 10.0
_LONGEST_ANSWER = 2**20
"""Bytes: ours have a few hundred."""

_TOO_LARGE = 413
_OF_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_BY_STATUS: dict[int, type[ScanflowError]] = {
    401: DeniedError,
    403: DeniedError,
    404: NotFoundError,
    409: ObjectExistsError,
    410: StackGoneError,
    413: OversizedInputError,
    422: UnsupportedInputError,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What the server wants done: a `scan`, or a `list` of the scanners that are there now."""

    id: int
    kind: OrderKind
    device: str
    profile: str
    single: bool
    stop: bool

    @classmethod
    def of(cls, said: dict[str, Any]) -> Self:
        """Raises KeyError, TypeError or ValueError for what is no order of a kind that is known here."""
        if said["kind"] not in get_args(OrderKind):
            raise ValueError(said["kind"])
        return cls(
            id=said["id"],
            kind=said["kind"],
            device=said.get("device") or "",
            profile=said.get("profile") or "",
            single=bool(said.get("single")),
            stop=bool(said.get("stop")),
        )


@dataclass(frozen=True, slots=True)
class Report:
    """How far an order is: `pages` are those that are whole, the sentences say what went wrong.

    `half_sheet`: the last page is a front whose back never came.
    """

    state: OrderState
    pages: int = 0
    code: str = ""
    message: str = ""
    message_vi: str = ""
    half_sheet: bool = False


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A stack that can't be delivered now: its order, pages that are still here, since when, and why."""

    order: int
    pages: int
    since: str
    code: str
    message: str
    message_vi: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server takes: bytes of a page, pages of one order."""

    page_bytes: int
    order_pages: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What came back. `ours`: it bears our server's proof."""

    status: int
    body: bytes
    ours: bool


class Server:
    """Threads may share it. `limits` are None until the server has told them.

    Every call raises ServerAwayError for what may pass by itself (network, server or its database away, also
    an answer that isn't ours) and DeniedError where the token isn't taken.
    """

    def __init__(self, settings: StationSettings) -> None:
        """Raises SettingsError: no address, no token, or a file of these settings can't be read."""
        address = _address(settings)
        self.limits: Limits | None = None
        self._poll = settings.poll_seconds
        self._token = _token(settings)
        self._client = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=httpx.Timeout(settings.timeout, connect=_CONNECT_SECONDS),
            verify=_trust(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def hello(self, scanners: Sequence[Device], profiles: Sequence[str], highest_order: int = 0) -> None:
        """Tell which scanners are here, how they may scan, and the highest number of an order that lies here;
        learn the server's limits.
        """
        said = {
            "program": f"scanflow {__version__}",
            "scanners": [asdict(device) for device in scanners],
            "profiles": list(profiles),
            "highest_order": highest_order,
        }
        limits = self._call("POST", "hello", json=said).get("limits")
        if not isinstance(limits, dict):
            raise self._not_understood("hello")
        self.limits = Limits(_whole(limits.get("page_bytes")), _whole(limits.get("order_pages")))

    def next_order(self) -> Order | None:
        """Ask what to do; None if there was nothing for some time."""
        timeout = httpx.Timeout(self._poll + _SLACK, connect=_CONNECT_SECONDS)
        said = self._call("GET", "order", params={"wait": self._poll}, timeout=timeout)
        if not said:
            return None
        try:
            return Order.of(said)
        except (ValueError, KeyError, TypeError) as error:
            raise self._not_understood("order") from error

    def report(self, order_id: int, report: Report) -> int:
        """Say how far an order is; how many pages of it the server holds.

        Raises NotFoundError, StackGoneError.
        """
        said = self._call("POST", f"orders/{order_id}", json=asdict(report))
        held = said.get("held")
        if said.get("order") != order_id or not isinstance(held, int):
            raise self._not_understood("report")
        return held

    def tell_undelivered(self, undelivered: Sequence[Undelivered]) -> None:
        """Say what can't be delivered, all of it, so that people see it at the server."""
        self._call("POST", "waiting", json={"stacks": [asdict(each) for each in undelivered]})

    def send_page(self, order_id: int, no: int, data: bytes, media_type: str) -> bool:
        """Give a page; it is safe when this returns: the server has named its order, number and SHA-256.

        Whether it came too late for its stack, and is kept by itself.
        Raises ChecksumError if it was damaged on its way; and what no further try mends: StackGoneError,
        ObjectExistsError, OversizedInputError, UnsupportedInputError, NotFoundError.
        """
        if self.limits and len(data) > self.limits.page_bytes:
            raise OversizedInputError(
                f"a page of {len(data)} bytes; the server takes {self.limits.page_bytes} (limits.file_bytes)"
            )
        digest = sha256(data).hexdigest()
        headers = {"Content-Type": media_type, "X-Scanflow-Sha256": digest}
        answer = self._ask("PUT", f"orders/{order_id}/pages/{no}", content=data, headers=headers)
        if answer.status == _TOO_LARGE and not answer.ours:
            raise OversizedInputError(
                f"a proxy before {self._client.base_url} refuses a page of {len(data)} bytes (413): "
                "see client_max_body_size in docs/operating.md",
                "Thiết bị mạng trước máy chủ không cho trang lớn như vậy đi qua. "
                "Trang được giữ ở máy tại quầy; hãy báo cho người quản trị hệ thống.",
            )
        said = self._understood(answer)
        if (said.get("order"), said.get("no"), said.get("sha256")) != (order_id, no, digest):
            raise self._not_understood("page")
        return bool(said.get("late"))

    def _call(self, method: str, path: str, **what: Any) -> dict[str, Any]:
        """What the server says to a call; empty where it has nothing to say."""
        return self._understood(self._ask(method, path, **what))

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **what: Any) -> _Answer:
        nonce = secrets.token_hex(16)
        headers = {**(headers or {}), NONCE_HEADER: nonce}
        try:
            with self._client.stream(method, f"api/counter/{path}", headers=headers, **what) as answer:
                body = _read(answer)
        except httpx.HTTPError as error:
            raise ServerAwayError(f"no word from {self._client.base_url}: {_words(error)}") from error
        status, proof = answer.status_code, answer.headers.get(PROOF_HEADER, "")
        return _Answer(status, body, is_proof(proof, self._token, nonce, status, body))

    def _understood(self, answer: _Answer) -> dict[str, Any]:
        """What an answer says. Raises the error that it means, ServerAwayError for what isn't ours."""
        if not answer.ours:
            raise ServerAwayError(
                f"{self._client.base_url} answers with {answer.status}, and not as scanflow does"
            )
        if answer.status == httpx.codes.NO_CONTENT:
            return {}
        try:
            said = json.loads(answer.body)
        except ValueError as error:
            raise self._not_understood("answer") from error
        if not isinstance(said, dict):
            raise self._not_understood("answer")
        if not httpx.codes.is_success(answer.status):
            raise _error(answer.status, said)
        return said

    def _not_understood(self, what: str) -> ServerAwayError:
        return ServerAwayError(f"{self._client.base_url} gave no {what} that can be understood here")


def _read(answer: httpx.Response) -> bytes:
    """An answer's body, up to what one of ours may have; more is not ours, and not wanted in memory."""
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER:
            break
    return body


def _error(status: int, said: Mapping[str, Any]) -> ScanflowError:
    """The error that our server means."""
    message, message_vi = str(said.get("message")), said.get("message_vi")
    if said.get("code") == ChecksumError.code:
        return ChecksumError(message, message_vi)
    return _BY_STATUS.get(status, ServerAwayError)(message, message_vi)


def _whole(said: Any) -> int:
    """A limit that the server told; a very high one where it told none that can be understood."""
    return said if isinstance(said, int) and said > 0 else 2**62


def _words(error: httpx.HTTPError) -> str:
    """What went wrong; time-outs say nothing by themselves."""
    return str(error) or type(error).__name__


def _address(settings: StationSettings) -> httpx.URL:
    try:
        address = httpx.URL(settings.server.rstrip("/") + "/")
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in ("http", "https") or not address.host:
        raise SettingsError(
            "no server: set [station] server to the address of `scanflow web`, https://… or http://…",
            "Chưa có địa chỉ máy chủ. Hãy báo cho người quản trị hệ thống.",
        )
    if address.scheme == "http" and address.host not in _OF_THIS_MACHINE:
        log.warning("not encrypted: papers and token can be read on the way; use https")
    return address


def _token(settings: StationSettings) -> str:
    token = settings.token.get_secret_value()
    if settings.token_file:
        try:
            token = settings.token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "not a token"
            raise SettingsError(f"[station] token_file {settings.token_file}: {why}") from error
    if not token.isascii() or not token.isprintable() or not token:
        raise SettingsError(
            "no token: set [station] token_file or token to what `scanflow counter add NAME` printed",
            "Quầy này chưa có mã truy cập. Hãy báo cho người quản trị hệ thống.",
        )
    return token


def _trust(settings: StationSettings) -> ssl.SSLContext | bool:
    if settings.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"[station] ca {settings.ca}: {error.strerror or error}") from error

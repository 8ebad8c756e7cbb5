"""The server as a counter's agent sees it: the calls of docs/decisions/0011-the-counter.md, over httpx."""

import ssl
from collections.abc import Sequence
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
from scanflow.settings import StationSettings

log = structlog.get_logger(__name__)

OrderKind = Literal["scan", "list"]
OrderState = Literal["running", "done", "failed", "stopped"]

_SLACK = 10.0
"""Seconds that the answer to a long question may be late."""

_CONNECT_SECONDS = 10.0
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


class Server:
    """Threads may share it.

    Every call raises ServerAwayError for what may pass by itself (network, server or its database away, also
    an answer that isn't ours) and DeniedError where the token isn't taken.
    """

    def __init__(self, settings: StationSettings) -> None:
        """Raises SettingsError: no address, no token, or a file of these settings can't be read."""
        self._poll = settings.poll_seconds
        self._client = httpx.Client(
            base_url=_address(settings),
            headers={"Authorization": f"Bearer {_token(settings)}"},
            timeout=httpx.Timeout(settings.timeout, connect=_CONNECT_SECONDS),
            verify=_trust(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def hello(self, scanners: Sequence[Device], profiles: Sequence[str]) -> None:
        """Tell which scanners are here, and how they may scan."""
        said = {
            "program": f"scanflow {__version__}",
            "scanners": [asdict(device) for device in scanners],
            "profiles": list(profiles),
        }
        self._call("POST", "hello", json=said)

    def next_order(self) -> Order | None:
        """Ask what to do; None if there was nothing for some time."""
        timeout = httpx.Timeout(self._poll + _SLACK, connect=_CONNECT_SECONDS)
        answer = self._call("GET", "order", params={"wait": self._poll}, timeout=timeout)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        try:
            return Order.of(answer.json())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ServerAwayError(f"{self._client.base_url} gave no order that can be read") from error

    def report(self, order_id: int, report: Report) -> None:
        """Say how far an order is. Raises NotFoundError, StackGoneError."""
        self._call("POST", f"orders/{order_id}", json=asdict(report))

    def send_page(self, order_id: int, no: int, data: bytes, media_type: str) -> None:
        """Give a page; it is safe when this returns.

        Raises ChecksumError if it was damaged on its way; and what no further try mends: StackGoneError,
        ObjectExistsError, OversizedInputError, UnsupportedInputError, NotFoundError.
        """
        headers = {"Content-Type": media_type, "X-Scanflow-Sha256": sha256(data).hexdigest()}
        self._call("PUT", f"orders/{order_id}/pages/{no}", content=data, headers=headers)

    def _call(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            answer = self._client.request(method, f"api/counter/{path}", **what)
        except httpx.HTTPError as error:
            raise ServerAwayError(f"no word from {self._client.base_url}: {_words(error)}") from error
        if answer.is_success:
            return answer
        raise _error(answer)


def _error(answer: httpx.Response) -> ScanflowError:
    """The error that an answer means. What isn't from our own server (a proxy's page) may pass by itself."""
    try:
        said = answer.json()
        code, message, message_vi = said["code"], said["message"], said["message_vi"]
    except (ValueError, KeyError, TypeError):
        return ServerAwayError(f"{answer.url} answers with {answer.status_code}, and not as scanflow does")
    if code == ChecksumError.code:
        return ChecksumError(message, message_vi)
    return _BY_STATUS.get(answer.status_code, ServerAwayError)(message, message_vi)


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

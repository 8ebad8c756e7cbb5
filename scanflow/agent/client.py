"""The agent's client of the server: the calls of docs/decisions/0011-the-counter.md, over httpx.

An answer is accepted only with a proof that it is from our server (`scanflow.proof`), and only if it names
what was sent. All other answers (pages of a proxy or of a captive portal) count as "server not reachable".
"""

import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

import httpx

from scanflow import PROGRAM
from scanflow.capture.scanner.device import Device
from scanflow.counter_messages import (
    CHECKSUM_HEADER,
    ErrorAnswer,
    Hello,
    HelloAnswer,
    Message,
    Order,
    OrderReport,
    PageAnswer,
    ReportAnswer,
    ScannerInfo,
    ServerLimits,
    UndeliveredAnswer,
    UndeliveredList,
    UndeliveredStack,
    decode,
    encode,
)
from scanflow.errors import (
    ChecksumError,
    DeniedError,
    NotFoundError,
    ObjectExistsError,
    OversizedInputError,
    ScanflowError,
    ServerUnreachableError,
    SettingsError,
    StackGoneError,
    UnsupportedInputError,
)
from scanflow.logs import get_logger
from scanflow.proof import NONCE_HEADER, PROOF_HEADER, is_proof
from scanflow.settings import StationSettings

log = get_logger(__name__)

_SLACK = 10.0
"""Seconds that the answer to a long poll may be late."""

_CONNECT_SECONDS = 10.0
_LONGEST_ANSWER = 2**20
"""Greatest size of an answer, in bytes; our server's have a few hundred."""

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
class _Answer:
    """An answer. `ours`: it has our server's proof."""

    status: int
    body: bytes
    ours: bool


class Server:
    """The server. Threads may share it. `limits` are None until the server has told them.

    Every call raises ServerUnreachableError for problems that may end by themselves (no network, no server or
    database, an answer of another server) and DeniedError if the token isn't accepted.
    """

    def __init__(self, settings: StationSettings) -> None:
        """Raises SettingsError without an address or token, or if a file of these settings can't be read."""
        address = _address(settings)
        self.limits: ServerLimits | None = None
        self._poll = settings.poll_seconds
        self._token = _token(settings)
        self._client = httpx.Client(
            base_url=address,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=httpx.Timeout(settings.timeout, connect=_CONNECT_SECONDS),
            verify=_tls_trust(settings),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def hello(self, scanners: Sequence[Device], profiles: Sequence[str], highest_order: int = 0) -> None:
        """Tell the server the scanners, the scan profiles, and the highest number of an order in the spool;
        get the server's limits.
        """
        found = tuple(ScannerInfo(each.name, each.vendor, each.model, each.kind) for each in scanners)
        hello = Hello(PROGRAM, found, tuple(profiles), highest_order)
        self.limits = self._call(HelloAnswer, "POST", "hello", json=encode(hello)).limits

    def next_order(self) -> Order | None:
        """The next order; None if there was none for some time (long polling)."""
        timeout = httpx.Timeout(self._poll + _SLACK, connect=_CONNECT_SECONDS)
        answer = self._ask("GET", "order", params={"wait": self._poll}, timeout=timeout)
        if answer.ours and answer.status == httpx.codes.NO_CONTENT:
            return None
        return self._understood(Order, answer)

    def report_order(self, order_id: int, report: OrderReport) -> int:
        """Report the progress of an order; gives the number of its pages that the server has.

        Raises NotFoundError, StackGoneError.
        """
        said = self._call(ReportAnswer, "POST", f"orders/{order_id}", json=encode(report))
        if said.order != order_id:
            raise self._not_understood(ReportAnswer)
        return said.held

    def tell_undelivered(self, undelivered: Sequence[UndeliveredStack]) -> None:
        """Report all stacks that can't be delivered, so that people see them at the server."""
        listed = UndeliveredList(tuple(undelivered))
        self._call(UndeliveredAnswer, "POST", "waiting", json=encode(listed))

    def send_page(self, order_id: int, no: int, data: bytes, media_type: str) -> bool:
        """Send a page. It is stored when this returns: the server has confirmed its order, number and
        SHA-256.

        Gives True if it came too late for its stack, and is kept separately. Raises ChecksumError if it was
        damaged in transmission, and for errors that a retry can't correct StackGoneError, ObjectExistsError,
        OversizedInputError, UnsupportedInputError, NotFoundError.
        """
        if self.limits and len(data) > self.limits.page_bytes:
            raise OversizedInputError(
                f"a page of {len(data)} bytes; the server takes {self.limits.page_bytes} (limits.file_bytes)"
            )
        digest = sha256(data).hexdigest()
        headers = {"Content-Type": media_type, CHECKSUM_HEADER: digest}
        answer = self._ask("PUT", f"orders/{order_id}/pages/{no}", content=data, headers=headers)
        if answer.status == _TOO_LARGE and not answer.ours:
            raise OversizedInputError(
                f"a proxy before {self._client.base_url} refuses a page of {len(data)} bytes (413): "
                "see client_max_body_size in docs/operating.md",
                "Thiết bị mạng trước máy chủ không cho trang lớn như vậy đi qua. "
                "Trang được giữ ở máy tại quầy; hãy báo cho người quản trị hệ thống.",
            )
        said = self._understood(PageAnswer, answer)
        if (said.order, said.no, said.sha256) != (order_id, no, digest):
            raise self._not_understood(PageAnswer)
        return said.late

    def _call(self, kind: type[Message], method: str, path: str, **what: Any) -> Message:
        """The server's answer to a call."""
        return self._understood(kind, self._ask(method, path, **what))

    def _ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, **what: Any) -> _Answer:
        nonce = secrets.token_hex(16)
        headers = {**(headers or {}), NONCE_HEADER: nonce}
        try:
            with self._client.stream(method, f"api/counter/{path}", headers=headers, **what) as answer:
                body = _read(answer)
        except httpx.HTTPError as error:
            raise ServerUnreachableError(
                f"no answer from {self._client.base_url}: {_description(error)}"
            ) from error
        status, proof = answer.status_code, answer.headers.get(PROOF_HEADER, "")
        return _Answer(status, body, is_proof(proof, self._token, nonce, status, body))

    def _understood(self, kind: type[Message], answer: _Answer) -> Message:
        """The content of an answer. Raises the error that it contains; ServerUnreachableError if it isn't our
        server's.
        """
        if not answer.ours:
            raise ServerUnreachableError(
                f"{self._client.base_url} answers with {answer.status}, and not as scanflow does"
            )
        try:
            if not httpx.codes.is_success(answer.status):
                raise _error(answer.status, decode(ErrorAnswer, answer.body))
            return decode(kind, answer.body)
        except ValueError as error:
            raise self._not_understood(kind) from error

    def _not_understood(self, kind: type[Any]) -> ServerUnreachableError:
        return ServerUnreachableError(
            f"{self._client.base_url} gave no {kind.__name__} that can be understood here"
        )


def _read(answer: httpx.Response) -> bytes:
    """An answer's body up to the greatest size of our answers: larger ones are from another server."""
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _LONGEST_ANSWER:
            break
    return body


def _error(status: int, said: ErrorAnswer) -> ScanflowError:
    """The error in an answer of our server."""
    if said.code == ChecksumError.code:
        return ChecksumError(said.message, said.message_vi)
    return _BY_STATUS.get(status, ServerUnreachableError)(said.message, said.message_vi)


def _description(error: httpx.HTTPError) -> str:
    """The error's text; time-outs have none, so their class's name."""
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


def _tls_trust(settings: StationSettings) -> ssl.SSLContext | bool:
    if settings.ca is None:
        return True
    try:
        return ssl.create_default_context(cafile=settings.ca)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(f"[station] ca {settings.ca}: {error.strerror or error}") from error

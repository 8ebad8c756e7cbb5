"""The messages between the program and a child process that decodes untrusted bytes.

The maker of a file may control the child that decodes it. So nothing that a child sends is unpickled:
an answer is MessagePack, its length is bounded, it has to come before a deadline, and it is decoded strictly
into the one type that the task gives. How the dataclasses of `scanflow.model` and `capture.unpacked` are
written follows from their fields: a new field needs no line here.

A message is eight bytes of length, big-endian, and the body. Tasks go the other way, from the program to the
child, as pickle: the child has nothing to fear from the program.
"""

import math
import pickle
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError, MissingToolError, ScanflowError, SettingsError
from scanflow.model import PageReading
from scanflow.pdf.document import FileSignature, WrittenPdf
from scanflow.pipeline.sandbox.filed import FiledScans, RereadPage

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

RESULTS: Mapping[str, Any] = {
    "unpack": Unpacked,
    "unpack_filed": FiledScans,
    "read_filed": RereadPage,
    "read": PageReading,
    "picture": bytes,
    "filed_picture": bytes,
    "filed_pages": tuple[bytes, ...],
    "write": WrittenPdf,
    "renew_text": bytes,
    "rearrange": WrittenPdf,
    "signatures": tuple[FileSignature, ...],
    "confinement": tuple[str, ...],
}
"""The type of each task's result."""

_LENGTH = struct.Struct(">Q")
_PAGE_BYTES = 64 * 2**20
"""The greatest length of an answer about one page (its words, or a small picture), in bytes."""
_MAX_INTEGER = 2**31
"""The greatest number that a column of the catalog can hold."""
_OF_SYSTEM, _OF_IMPORT = "os", "import"


class InvalidAnswerError(Exception):
    """A child's answer is invalid: too long, not decodable, of the wrong type, or with impossible values."""


class _Done(msgspec.Struct, array_like=True, tag=True, frozen=True):
    value: msgspec.Raw


class _Failed(msgspec.Struct, array_like=True, tag=True, frozen=True):
    """`kind` is a code of `scanflow.errors`, or `os` (with `number`, an errno) or `import`."""

    kind: str
    message: str
    message_vi: str
    number: int


def _family(kind: type[ScanflowError]) -> Iterator[type[ScanflowError]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from _family(narrower)


def _kinds() -> Mapping[str, type[ScanflowError]]:
    """The errors that a child may report, by their codes: its input's, and what the machine lacks."""
    kinds: list[type[ScanflowError]] = [*_family(InputError), MissingToolError, SettingsError]
    return {kind.code: kind for kind in reversed(kinds)}


def may_cross(error: BaseException) -> bool:
    """Whether an error has a form on the wire."""
    if isinstance(error, OSError):
        return error.errno is not None
    return isinstance(error, InputError | MissingToolError | SettingsError | ImportError)


# --- bytes ---------------------------------------------------------------------------------------------


def send(wire: socket.socket, body: bytes, deadline: float | None = None) -> None:
    """Send a message. Raises TimeoutError after `deadline` (`time.monotonic()`), OSError if nobody reads."""
    wire.settimeout(_left(deadline))
    wire.sendall(_LENGTH.pack(len(body)))
    wire.settimeout(_left(deadline))
    wire.sendall(body)


def receive(wire: socket.socket, most: int | None = None, deadline: float | None = None) -> bytearray:
    """The next message.

    Raises InvalidAnswerError above `most` bytes, TimeoutError after `deadline`, EOFError or OSError where the
    other end is gone.
    """
    (length,) = _LENGTH.unpack(_exactly(wire, _LENGTH.size, deadline))
    if most is not None and length > most:
        raise InvalidAnswerError(f"an answer of {length} bytes, more than {most}")
    return _exactly(wire, length, deadline)


def _exactly(wire: socket.socket, length: int, deadline: float | None) -> bytearray:
    body = bytearray(length)
    rest = memoryview(body)
    while rest:
        wire.settimeout(_left(deadline))
        count = wire.recv_into(rest)
        if count == 0:
            raise EOFError
        rest = rest[count:]
    return body


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


# --- tasks, to the child -------------------------------------------------------------------------------


def pack_task(task: str, args: tuple[Any, ...], seconds: float) -> bytes:
    return pickle.dumps((task, args, seconds), pickle.HIGHEST_PROTOCOL)


def unpack_task(body: bytearray) -> tuple[str, tuple[Any, ...], float]:
    """Only for the child: what comes from the program is its own."""
    task: tuple[str, tuple[Any, ...], float] = pickle.loads(body)  # noqa: S301  the program's own bytes
    return task


# --- answers, from the child ---------------------------------------------------------------------------


def pack_result(value: Any) -> bytes:
    """The message for a task that came to its end."""
    encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
    return encoder.encode(_Done(msgspec.Raw(encoder.encode(value))))


def pack_error(error: BaseException) -> bytes:
    """The message for a task that failed, with an error that `may_cross`."""
    number = 0
    message_vi = ""
    if isinstance(error, ScanflowError):
        kind, message, message_vi = error.code, error.message, error.message_vi
    elif isinstance(error, OSError):
        kind, message, number = _OF_SYSTEM, str(error.strerror), error.errno or 0
    else:
        kind, message = _OF_IMPORT, str(error)
    return msgspec.msgpack.encode(_Failed(kind, _utf8(message), _utf8(message_vi), number))


def most_bytes(task: str, limits: "LimitSettings") -> int:
    """The greatest length of an answer to a task, in bytes; a longer one is refused.

    A child has the parts of its answer in memory beside the answer, so the answer can be at most half of its
    memory.
    """
    most = limits.memory // 2
    of_page = task in ("read", "read_filed", "picture", "filed_picture", "confinement")
    return min(_PAGE_BYTES, most) if of_page else most


def unpack_answer(task: str, body: bytearray) -> Any:
    """The result of a task, or the error that it was stopped by (returned). Raises InvalidAnswerError."""
    try:
        answer = _decoder_of_answers().decode(body)
        if isinstance(answer, _Failed):
            return _error(answer)
        value = _decoder_of(task).decode(answer.value)
        _require_possible(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidAnswerError(f"an invalid answer: {type(error).__name__}") from error
    return value


def _error(failed: _Failed) -> Exception:
    _require_possible((failed.message, failed.message_vi, failed.number))
    match failed.kind:
        case kind if kind == _OF_SYSTEM:
            return OSError(failed.number, failed.message)
        case kind if kind == _OF_IMPORT:
            return ImportError(failed.message)
        case code:
            return _kind(code)(failed.message, failed.message_vi)


def _kind(code: str) -> type[ScanflowError]:
    found = _kinds().get(code)
    if found is None:
        raise ValueError("an error of no known kind")
    return found


def _plain(value: Any) -> Any:
    """Encode what MessagePack has no form for: errors within a result, and NumPy's numbers."""
    if isinstance(value, InputError):
        return value.code, _utf8(value.message), _utf8(value.message_vi)
    if hasattr(value, "item"):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} can't cross to the parent")


def _rich(kind: type[Any], plain: Any) -> Any:
    if kind is not InputError:
        raise NotImplementedError(kind.__name__)
    code, message, message_vi = msgspec.convert(plain, tuple[str, str, str])
    found = _kind(code)
    if not issubclass(found, InputError):
        raise ValueError("an error of the machine within a file")
    _require_possible((message, message_vi))
    return found(message, message_vi)


def _utf8(text: str) -> str:
    """A message without lone surrogates, which have no UTF-8, and NUL, which PostgreSQL refuses."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")


def _require_possible(value: Any) -> None:
    """Refuse values that a correct child never sends and no database takes: NUL in text, infinite or huge
    numbers. Raises InvalidAnswerError."""
    kind: Any = type(value)  # lru_cache is typed for hashable values, of which mypy counts no type
    if kind is str:
        if "\0" in value:
            raise ValueError("NUL in a text")
    elif kind is float:
        if not math.isfinite(value):
            raise ValueError("no number")
    elif kind is int:
        if abs(value) >= _MAX_INTEGER:
            raise ValueError("no number of ours")
    elif kind is tuple:
        for item in value:
            _require_possible(item)
    elif kind is dict:
        for name, item in value.items():
            _require_possible(name)
            _require_possible(item)
    else:
        for field in _field_names(kind):
            _require_possible(getattr(value, field))


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()


# Made when first needed: only the program decodes answers, no child.


@cache
def _decoder_of_answers() -> msgspec.msgpack.Decoder[_Done | _Failed]:
    return msgspec.msgpack.Decoder(_Done | _Failed)


@cache
def _decoder_of(task: str) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(RESULTS[task], dec_hook=_rich)

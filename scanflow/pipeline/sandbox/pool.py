"""Child processes that can be killed: the only place where untrusted bytes are decoded.

`ChildProcesses` keeps a few children. Each is connected by its own socket to a thread here, which gives it
one task at a time, with a time limit. If a child dies or exceeds its time, only its task fails; the child is
replaced, and the other children are not affected. The parent imports no image library, so tasks are known
here by name only; a fork server imports the libraries once, and every child is forked from it. What children
send is not trusted (see `channel`).
"""

import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TypeVar

from scanflow.capture.files.unpacked import Unpacked, Wanted
from scanflow.errors import InputError, LimitError
from scanflow.model import CapturedPage, Geometry, PageReading, Word
from scanflow.pdf.document import (
    FileSignature,
    NewPlace,
    OutputType,
    PdfMetadata,
    PdfPage,
    SourcePage,
    WrittenPdf,
)
from scanflow.pipeline.sandbox.channel import InvalidAnswerError
from scanflow.pipeline.sandbox.child import Child
from scanflow.pipeline.sandbox.filed import FiledScans, RereadPage
from scanflow.recognition.step_names import skipped
from scanflow.settings import Settings

Result = TypeVar("Result")


_STARTS = 5
"""How often a child is started that ends before it has begun (it, or its fork server, was killed)."""


class _DiedError(Exception):
    """A child ended without an answer."""

    def __init__(self, exit_code: int | None) -> None:
        super().__init__(exit_code)
        self.exit_code = exit_code


class ChildProcesses:
    """`settings.jobs` child processes; a context manager, and unfinished tasks are cancelled when it ends."""

    def __init__(self, settings: Settings) -> None:
        """Raises SettingsError for an unknown step in `[ocr] skip`, because every page would fail."""
        skipped(settings)
        self.settings = settings
        self._threads = ThreadPoolExecutor(settings.jobs, thread_name_prefix="child")
        self._of_thread = threading.local()
        self._children: set[Child] = set()
        self._changing = threading.Lock()
        self._closed = False

    def start(self) -> None:
        """Start the fork server and a child now, in the background, so that the first task need not wait."""
        self._threads.submit(self._first_child)

    def unpack(self, data: bytes, name: str) -> "Future[Unpacked]":
        """Take a file apart in a child; `outcome` gives the result."""
        return self._schedule("unpack", (data, name), self.settings.limits.file_seconds)

    def unpack_wanted(self, data: bytes, name: str, wanted: Wanted) -> "Future[Unpacked]":
        """The same, where a person says which pages are to be read."""
        return self._schedule("unpack", (data, name, wanted), self.settings.limits.file_seconds)

    def unpack_filed(self, data: bytes) -> "Future[FiledScans]":
        """Take the scans out of a PDF that scanflow wrote, in a child; `outcome` gives the result."""
        return self._schedule("unpack_filed", (data,), self.settings.limits.file_seconds)

    def read_filed(self, data: bytes) -> "Future[RereadPage]":
        """Take the scan out of a PDF of one page that scanflow wrote, and read it, both in one child, so that
        only words come back; `outcome` gives the result.
        """
        limits = self.settings.limits
        return self._schedule("read_filed", (data,), limits.file_seconds + limits.seconds)

    def read(self, page: CapturedPage, rotation: int | None = None) -> "Future[PageReading]":
        """Read a page in a child; `outcome` gives the result.

        `rotation`: clockwise degrees (0, 90, 180, 270) that a person chose.
        """
        return self._schedule("read", (page, rotation), self.settings.limits.seconds)

    def picture(
        self, data: bytes, name: str, page_no: int, geometry: Geometry | None, width: int
    ) -> "Future[bytes]":
        """A page of a file as a small upright JPEG, made in a child; `outcome` gives the result."""
        return self._schedule("picture", (data, name, page_no, geometry, width), self.settings.limits.seconds)

    def filed_picture(
        self, data: bytes, page_no: int, width: int, geometry: Geometry | None
    ) -> "Future[bytes]":
        """A page of a filed PDF as a JPEG, made in a child; `outcome` gives the result.

        `geometry`: how a page of a file that was kept as it came becomes upright; None for our own files.
        """
        return self._schedule("filed_picture", (data, page_no, width, geometry), self.settings.limits.seconds)

    def filed_pages(self, data: bytes, first: int, last: int) -> "Future[tuple[bytes, ...]]":
        """Pages of a filed PDF, each as a PDF of its own, made in a child; `outcome` gives the result."""
        return self._schedule("filed_pages", (data, first, last), self.settings.limits.seconds)

    def write(
        self, pages: Sequence[PdfPage], metadata: PdfMetadata, output_type: OutputType = "pdfa"
    ) -> "Future[WrittenPdf]":
        """Write a PDF in a child; `outcome` gives the result."""
        return self._schedule("write", (pages, metadata, output_type), self.settings.limits.file_seconds)

    def renew_text(
        self,
        data: bytes,
        pages: Sequence[Sequence[Word]],
        places: Mapping[int, NewPlace] | None = None,
    ) -> "Future[bytes]":
        """A PDF that scanflow wrote, with other words, made in a child; `outcome` gives the result.

        `places`: pages, by index, whose image is to lie otherwise.
        """
        return self._schedule("renew_text", (data, pages, places), self.settings.limits.file_seconds)

    def rearrange(
        self,
        files: Sequence[bytes],
        order: Sequence[SourcePage],
        words: Sequence[Sequence[Word]],
        metadata: PdfMetadata,
    ) -> "Future[WrittenPdf]":
        """A PDF of pages of filed ones, made in a child; `outcome` gives the result."""
        return self._schedule("rearrange", (files, order, words, metadata), self.settings.limits.file_seconds)

    def signatures(self, data: bytes) -> "Future[tuple[FileSignature, ...]]":
        """The digital signatures of a PDF, read in a child; `outcome` gives the result."""
        return self._schedule("signatures", (data,), self.settings.limits.seconds)

    def confinement(self) -> "Future[tuple[str, ...]]":
        """Which of `confinement.ALL` are active in a child; `outcome` gives the result."""
        return self._schedule("confinement", (), self.settings.limits.seconds)

    def _schedule(self, task: str, args: tuple[Any, ...], seconds: float) -> "Future[Any]":
        try:
            return self._threads.submit(self._run, task, args, seconds)
        except RuntimeError:  # raised by the executor after its shutdown
            raise CancelledError from None

    def _first_child(self) -> None:
        if getattr(self._of_thread, "child", None) is None:
            self._replace(None)

    def _run(self, task: str, args: tuple[Any, ...], seconds: float) -> Any:
        """Give a task to this thread's child, in this thread."""
        child: Child | None = getattr(self._of_thread, "child", None)
        if child is None or child.is_used_up():
            child = self._replace(child)
        try:
            answer = child.run(task, args, seconds)
        except (OSError, EOFError, InvalidAnswerError) as error:
            if self._closed:
                raise CancelledError from None
            self._replace(child)
            if isinstance(error, TimeoutError | InvalidAnswerError):
                raise
            raise _DiedError(child.exit_code()) from error
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _replace(self, child: Child | None) -> Child:
        """A new child for this thread; the old one is killed."""
        with self._changing:
            if child is not None:
                child.kill()
                self._children.discard(child)
            if self._closed:
                raise CancelledError
            fresh = self._started()
            self._children.add(fresh)
        self._of_thread.child = fresh
        return fresh

    def _started(self) -> Child:
        """A new child. If one ends before it has begun, no task was lost, and another one is started."""
        for _ in range(_STARTS - 1):
            with suppress(BrokenPipeError, ConnectionError, EOFError):
                return Child(self.settings.for_children)
        try:
            return Child(self.settings.for_children)
        except (BrokenPipeError, ConnectionError, EOFError) as error:
            raise _DiedError(None) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children and their tasks. Threads that wait for a task get CancelledError."""
        with self._changing:
            self._closed = True
            for child in self._children:
                child.kill()
        self._threads.shutdown(cancel_futures=True)


def outcome(future: "Future[Result]", what: str) -> Result | InputError:
    """Wait for a task. Errors of its input, and the limit that ended it, are returned.

    `what` names file and page for the message. Other errors (for example a missing model) are raised, and
    CancelledError if the child processes are being closed.
    """
    try:
        return future.result()
    except InputError as error:
        return error
    except TimeoutError:
        return LimitError(f"{what}: stopped, it took longer than limits allow")
    except _DiedError as error:
        return LimitError(f"{what}: {_end(error.exit_code)}", _DIED_VI)
    except InvalidAnswerError as error:
        return LimitError(f"{what}: its process gave {error}", _DIED_VI)


_OF_MEMORY = (signal.SIGKILL, signal.SIGABRT)
"""The signals that end a process without memory: from the kernel, and from C++ (abort)."""

_DIED_VI = "Trang này làm chương trình đọc bị dừng đột ngột. Trang vẫn được giữ; hãy quét lại trang."


def _end(exit_code: int | None) -> str:
    """How a child ended, for an operator; a negative exit code is the signal that killed it."""
    if exit_code is None or exit_code >= 0:
        return f"its process ended by itself (exit code {exit_code})"
    try:
        name = signal.Signals(-exit_code).name
    except ValueError:  # a real-time signal
        name = f"signal {-exit_code}"
    return f"its process died of {name}" + (", most likely of memory" if -exit_code in _OF_MEMORY else "")

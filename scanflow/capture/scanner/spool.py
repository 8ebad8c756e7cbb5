"""The spool of scans (ngăn chờ): a folder for each stack, kept from its first page until the archive has it.

    HOME/scans/<stack>/stack.json   the stack's record and state
    HOME/scans/<stack>/0001.jpg …   its pages, each synced before it has that name
    HOME/scans/<stack>/aside/       front sides whose sheet was scanned again
    HOME/scans/discarded/<stack>/   what a person discarded, and such front sides: moved, never deleted

Stacks that the server ordered (`scanflow station`) are in HOME/station in the same form.

A stack with the state `scanning` whose lock nobody holds was interrupted.
"""

import json
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, Self, TextIO
from uuid import uuid4

from scanflow.capture.scanner.device import ScannedPage, Scanner
from scanflow.clock import in_vietnam, now
from scanflow.disk import sync_folder, write_synced
from scanflow.errors import NotFoundError, ScanflowError, ScannerBusyError, ScannerError, SettingsError
from scanflow.file_locks import try_lock
from scanflow.logs import get_logger
from scanflow.settings import ScanProfile

log = get_logger(__name__)

StackState = Literal["scanning", "interrupted", "complete"]

_RECORD = "stack.json"
_LOCK = ".lock"
_ASIDE = "aside"
_DISCARDED = "discarded"
_RELEASED = ".released-"
_LOCK_TRIES, _LOCK_PAUSE = 10, 0.02
_PAGE = re.compile(r"^(\d{4,})\.(?:jpg|png)$")


@dataclass(frozen=True, slots=True)
class StackRecord:
    """A stack's data besides its pages.

    `stopped` is the code of the error that interrupted it, `reason` and `reason_vi` are its messages. `order`
    is the server's order for which it was scanned (`scanflow station`), None if a person scanned it by
    command.
    """

    number: str | None
    procedure: str | None
    device: str
    profile: str
    duplex: bool
    operator: str
    started: str
    state: StackState = "scanning"
    stopped: str = ""
    order: int | None = None
    reason: str = ""
    reason_vi: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack in the spool as it was when it was read."""

    folder: Path
    record: StackRecord
    in_use: bool

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def pages(self) -> tuple[Path, ...]:
        """The files of the pages, in order."""
        return tuple(sorted((p for p in self.folder.iterdir() if _PAGE.match(p.name)), key=page_no))

    @property
    def interrupted(self) -> bool:
        """Whether its scan was interrupted, so that more sheets may belong to it."""
        return self.record.state != "complete" and not self.in_use


def page_no(path: Path) -> int:
    """A page file's number in its stack."""
    return int(path.stem)


class Spool:
    """All stacks below `root`. Only its owner can read it, because these are people's papers."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def stacks(self) -> list[Stack]:
        """All stacks, the oldest first. A stack whose record can't be read is left out, and logged."""
        if not self.root.is_dir():
            return []
        folders = sorted(
            folder
            for folder in self.root.iterdir()
            if (folder / _RECORD).is_file() and not folder.name.startswith(_RELEASED)
        )
        stacks = []
        for folder in folders:
            try:
                stacks.append(self._stack(folder))
            except FileNotFoundError:  # released meanwhile
                continue
            except (ValueError, TypeError) as error:  # it must not prevent that the others are sent
                log.error("a stack's record can't be read", stack=folder.name, reason=str(error))
        return stacks

    def stack(self, stack_id: str) -> Stack:
        """One stack by its id. Raises NotFoundError."""
        folder = self.root / stack_id
        if Path(stack_id).name != stack_id or not (folder / _RECORD).is_file():
            raise NotFoundError(f"no stack {stack_id} in {self.root}", f"Không có tập giấy tờ {stack_id}.")
        return self._stack(folder)

    def take_back_ordered(self) -> None:
        """Move ordered stacks that were discarded back to the others: the server accepts late pages, too."""
        for record in sorted((self.root / _DISCARDED).glob(f"*/{_RECORD}")):
            target = self.root / record.parent.name
            with suppress(ValueError, TypeError):  # not a stack's record: it is left there
                if self._stack(record.parent).record.order is not None and not target.exists():
                    record.parent.rename(target)
                    sync_folder(self.root)

    @contextmanager
    def new(self, record: StackRecord) -> Iterator["OpenStack"]:
        """A new stack, held by this process; it is removed afterwards if it has no page.

        An ordered stack stays: the server must first be told what became of it.

        Raises SettingsError where the folder can't be written to.
        """
        name = f"{in_vietnam(now()):%Y%m%d-%H%M%S}-{uuid4().hex[:4]}"
        self._make(name, record)
        with self.hold(name) as held:
            try:
                yield held
            finally:
                if record.order is None and not held.now.pages:
                    shutil.rmtree(held.folder)

    def _make(self, name: str, record: StackRecord) -> None:
        try:
            self._make_folder(name, record)
        except OSError as error:
            raise SettingsError(
                f"{self.root}: {error.strerror}",
                "Không ghi được vào ngăn chờ trên máy (ổ đĩa đầy?). Hãy báo cho người quản trị hệ thống.",
            ) from error

    def _make_folder(self, name: str, record: StackRecord) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Left by a process that was killed while it deleted a stack.
        for left_over in self.root.glob(f"{_RELEASED}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        folder = self.root / name
        folder.mkdir(mode=0o700)
        _write_record(folder, record)
        sync_folder(self.root)

    @contextmanager
    def hold(self, stack_id: str) -> Iterator["OpenStack"]:
        """A stack to work on. Raises NotFoundError, and ScannerBusyError if another process has it."""
        folder = self.stack(stack_id).folder
        with (folder / _LOCK).open("w") as lock:
            if not _lock(lock):
                raise ScannerBusyError(
                    f"stack {stack_id} is in use by another scanflow",
                    "Tập giấy tờ này đang được một cửa sổ khác xử lý.",
                )
            yield OpenStack(self, folder)

    def _stack(self, folder: Path) -> Stack:
        record = StackRecord(**json.loads((folder / _RECORD).read_text(encoding="utf-8")))
        return Stack(folder, record, in_use=_is_locked(folder))


class OpenStack:
    """A stack that this process holds."""

    def __init__(self, spool: Spool, folder: Path) -> None:
        self._spool = spool
        self.folder = folder

    @property
    def now(self) -> Stack:
        """The stack as it is on the disk."""
        record = StackRecord(**json.loads((self.folder / _RECORD).read_text(encoding="utf-8")))
        return Stack(self.folder, record, in_use=False)

    @property
    def half_sheet(self) -> Path | None:
        """In duplex: the last page if it is a front side without its back side; else None."""
        stack = self.now
        if not stack.record.duplex or not stack.pages or page_no(stack.pages[-1]) % 2 == 0:
            return None
        return stack.pages[-1]

    @property
    def next_no(self) -> int:
        """The number of the next page; that of a half sheet's front, because that sheet must be scanned
        again.
        """
        pages = self.now.pages
        half = self.half_sheet
        return page_no(half or pages[-1]) + (half is None) if pages else 1

    def mark(self, state: StackState, why: ScanflowError | None = None) -> Self:
        """Write the stack's state, and the error that interrupted it; synced when this returns."""
        said = (why.code, why.message, why.message_vi) if why else ("", "", "")
        stopped, reason, reason_vi = said
        record = replace(self.now.record, state=state, stopped=stopped, reason=reason, reason_vi=reason_vi)
        _write_record(self.folder, record)
        return self

    def keep_aside(self, page: Path) -> None:
        """Keep a page under another name too, before another page gets its number."""
        aside = self.folder / _ASIDE
        aside.mkdir(exist_ok=True)
        (aside / f"{page.stem}-{uuid4().hex[:4]}{page.suffix}").hardlink_to(page)
        sync_folder(aside)

    def discard(self) -> Path:
        """Move the whole stack to the discarded ones. Gives its new folder."""
        target = self._spool.root / _DISCARDED / self.folder.name
        target.parent.mkdir(mode=0o700, exist_ok=True)
        self.folder.rename(target)
        sync_folder(target.parent)
        sync_folder(self._spool.root)
        return target

    def release(self) -> None:
        """Delete the stack, after the archive has confirmed all of its pages. Pages in `aside` are kept."""
        if (self.folder / _ASIDE).exists():
            target = self._spool.root / _DISCARDED / self.folder.name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            (self.folder / _ASIDE).rename(target)
            sync_folder(target.parent)
        gone = self.folder.with_name(f"{_RELEASED}{self.folder.name}")
        self.folder.rename(gone)
        sync_folder(self._spool.root)
        shutil.rmtree(gone, ignore_errors=True)  # another process may delete it at the same time


def fill(
    held: OpenStack,
    scanner: Scanner,
    profile: ScanProfile,
    cancel: threading.Event,
    *,
    single: bool = False,
) -> Iterator[ScannedPage]:
    """Scan into a stack, after the pages that it has: all sheets in the feeder (with `single` only the
    first), or one page from the glass.

    The stack is `scanning` afterwards, because a person decides whether it is complete; after an error it is
    `interrupted`. Raises what `Scanner.scan` raises.
    """
    held.mark("scanning")
    half, first = held.half_sheet, held.next_no
    if half:
        held.keep_aside(half)
    try:
        for page in scanner.scan(profile, held.folder, first=first, cancel=cancel, single=single):
            if half and page.no == first and page.path != half:  # of another format
                half.unlink()
            yield page
    except ScannerError as error:
        held.mark("interrupted", error)
        raise


def _lock(lock: TextIO) -> bool:
    """Take the lock; tried several times, because a process that only checks the lock holds it briefly."""
    for _ in range(_LOCK_TRIES):
        if try_lock(lock):
            return True
        time.sleep(_LOCK_PAUSE)
    return False


def _is_locked(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r+") as lock:
            return not try_lock(lock, shared=True)
    except FileNotFoundError:
        return False


def _write_record(folder: Path, record: StackRecord) -> None:
    beside = folder / f".{_RECORD}.part"
    write_synced(beside, json.dumps(asdict(record), ensure_ascii=False, indent=1).encode())
    beside.rename(folder / _RECORD)
    sync_folder(folder)

"""Watched folders (thư mục nhận): which files are ready to be taken, and where they go afterwards.

A file is ready when its size and time have stood still and its format says that the end has arrived. Events
only wake the look; what decides is always the look itself, so lost events, network shares and files that lay
there at start all go one way. Some devices close a whole, valid file after every page and open it again
seconds later: a file that changes after it was handed out is not released, and comes again.
"""

import errno
import os
import re
import stat
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Literal

from watchdog.events import FileSystemEvent, FileSystemEventHandler
from watchdog.observers import Observer

from scanflow.capture.files.formats import Completeness, file_completeness
from scanflow.clock import date_in_vietnam, now
from scanflow.disk import make_like, sync_folder
from scanflow.errors import NotStillError, OversizedInputError, SettingsError, UnsupportedInputError
from scanflow.logs import get_logger
from scanflow.names import fitting_name, printable_name
from scanflow.settings import InboxSettings
from scanflow.text.normalization import nfc

log = get_logger(__name__)

Place = Literal["done", "quarantine"]
DONE: Place = "done"
QUARANTINE: Place = "quarantine"
MIN_PAUSE = 0.1  # seconds between two looks, however fast events come
UNKNOWN_FORMAT_FACTOR = 10  # how many times `settle` a file of no known format must stand still
# Names of files still being written, and of what systems leave in folders.
_UNFINISHED = re.compile(r"^~|~\Z|\.(?:part|partial|filepart|tmp|temp|crdownload)\Z", re.IGNORECASE)
_IGNORED = re.compile(r"^\.|^(?:thumbs\.db|desktop\.ini)\Z", re.IGNORECASE)
_WAKING = frozenset(("created", "modified", "moved", "closed"))
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """Files that arrived together in one folder: one batch (lô).

    `name` is the folder's path below the inbox with `/` between its parts, empty for the inbox itself;
    `hint` is what it may say about the dossier number. `files` are in natural order (scan2 before scan10).
    """

    folder: Path
    name: str
    files: tuple[Path, ...]

    @property
    def hint(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What tells that a file is still the same one with the same content."""

    size: int
    modified: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "_Stamp":
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(slots=True)
class _Arrival:
    stamp: _Stamp
    still_since: float
    end: Completeness | None = None  # looked at once the file has stood still
    ready_since: float | None = None


class Inbox:
    """One watched folder with its subfolders, except `done`, `quarantine` and hidden ones.

    Each file is handed out once, and again if it changes. `clock` gives seconds that only go up.
    """

    def __init__(
        self, root: Path, settings: InboxSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.root = root.resolve()
        self._settings = settings
        self._clock = clock
        self._arrivals: dict[Path, _Arrival] = {}
        self._handed: dict[Path, _Stamp] = {}
        self._warned: set[Path] = set()

    @property
    def waiting(self) -> bool:
        """Whether files are arriving or wait for others of their group."""
        now = self._clock()
        return any(not self._is_abandoned(path, arrival, now) for path, arrival in self._arrivals.items())

    def poll(self) -> list[InboxGroup]:
        """Look once and give the groups that are ready now; each file is given only once."""
        now = self._clock()
        seen = dict(self._files())
        self._handed = {path: stamp for path, stamp in self._handed.items() if seen.get(path) == stamp}
        fresh = {path: stamp for path, stamp in seen.items() if path not in self._handed}
        self._arrivals = {path: self._arrival(path, stamp, now) for path, stamp in fresh.items()}
        return [group for folder in self._folders() if (group := self._group(folder, now))]

    def put_back(self, files: Iterable[Path]) -> None:
        """Offer files again that were handed out but could not be taken."""
        for path in files:
            self._handed.pop(path, None)

    def was_changed(self, path: Path) -> bool:
        """Whether a file is no longer the one that was handed out."""
        try:
            return self._handed.get(path) != _Stamp.of(path.lstat())
        except FileNotFoundError:
            return True

    def _arrival(self, path: Path, stamp: _Stamp, now: float) -> _Arrival:
        arrival = self._arrivals.get(path)
        if arrival is None or arrival.stamp != stamp:
            arrival = _Arrival(stamp, now)
        if arrival.ready_since is None and self._is_ready(path, arrival, now):
            arrival.ready_since = now
        return arrival

    def _is_ready(self, path: Path, arrival: _Arrival, now: float) -> bool:
        still = now - arrival.still_since
        if still < self._settings.settle or _UNFINISHED.search(path.name):
            return False
        if arrival.end is None:
            try:
                arrival.end = file_completeness(path)
            except OSError:  # gone, locked or not to be read: the next look will see
                return False
            except Exception:  # whatever the bytes did to the walk through them: unpacking will tell
                log.exception("completeness-unknown", inbox=str(self.root))
                arrival.end = Completeness.UNKNOWN
        match arrival.end:
            case Completeness.COMPLETE | Completeness.BROKEN:
                return True
            case Completeness.UNKNOWN:
                return still >= self._settings.settle * UNKNOWN_FORMAT_FACTOR
            case Completeness.INCOMPLETE:
                return still >= self._settings.patience

    def _folders(self) -> list[Path]:
        return sorted({path.parent for path in self._arrivals}, key=natural_key)

    def _group(self, folder: Path, now: float) -> InboxGroup | None:
        """Close a folder's group when all of it is ready and nothing has joined it for a while."""
        ready: dict[Path, _Arrival] = {}
        for path, arrival in self._arrivals.items():
            if path.parent != folder:
                continue
            if arrival.ready_since is not None:
                ready[path] = arrival
            elif not self._is_abandoned(path, arrival, now):
                return None  # still arriving
        if not ready or now - max(a.ready_since or now for a in ready.values()) < self._settings.batch_gap:
            return None
        for path, arrival in ready.items():
            self._handed[path] = arrival.stamp
            del self._arrivals[path]
        name = folder.relative_to(self.root).as_posix()
        files = tuple(sorted(ready, key=natural_key))
        return InboxGroup(folder, "" if name == "." else nfc(name), files)

    def _is_abandoned(self, path: Path, arrival: _Arrival, now: float) -> bool:
        """A download left unfinished long ago holds nothing up, nor does a file that can't be opened.

        They do not delay other files, and are logged once.
        """
        if now - arrival.still_since <= self._settings.patience:
            return False
        if _UNFINISHED.search(path.name):
            self._warn_once(path, "a name of a file still being written, for longer than [inbox] patience")
            return True
        if arrival.end is None:
            self._warn_once(path, "a file that can't be opened")
            return True
        return False

    def _files(self) -> Iterator[tuple[Path, _Stamp]]:
        folders = [self.root]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as scan:
                    entries = [entry for entry in scan if not _IGNORED.search(entry.name)]
            except OSError as error:  # a share that is away, or a folder just removed
                self._warn_once(folder, error.strerror or "unreadable")
                continue
            self._warned.discard(folder)
            for entry in entries:
                path = Path(entry.path)
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if folder != self.root or entry.name not in (DONE, QUARANTINE):
                            folders.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        yield path, _Stamp.of(entry.stat(follow_symlinks=False))
                    else:
                        self._warn_once(path, "neither a regular file nor a folder of the inbox")
                except FileNotFoundError:  # it went away since the folder was read
                    continue
                except OSError as error:
                    self._warn_once(path, error.strerror or "can't be looked at")

    def _warn_once(self, path: Path, reason: str) -> None:
        """Names of files may hold names of persons, so the log has the inbox only."""
        if path not in self._warned:
            self._warned.add(path)
            log.warning("inbox-refused", inbox=str(self.root), reason=reason)


def natural_key(path: PurePath) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key that puts scan2 before scan10 and upper beside lower case; total, as the path breaks ties."""
    parts = _DIGITS.split(nfc(str(path)).casefold())
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p), str(path)


def open_regular(path: Path, root: Path, limit: int | None = None) -> bytes:
    """Read a regular file inside `root` whole, following no link on the way.

    Raises UnsupportedInputError for anything else than a regular file inside `root`, OversizedInputError
    above `limit` bytes, NotStillError if the file changed while it was read, OSError if it is gone.
    """
    name = printable_name(path.name)
    with _opened(path, root) as descriptor:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise UnsupportedInputError(f"{name}: not a regular file")
        if limit is not None and before.st_size > limit:
            raise OversizedInputError(f"{name}: {before.st_size} bytes, more than {limit}")
        with os.fdopen(os.dup(descriptor), "rb") as file:
            data = file.read(before.st_size + 1)
        if _Stamp.of(os.fstat(descriptor)) != _Stamp.of(before) or len(data) != before.st_size:
            raise NotStillError(f"{name}: changed while it was read")
    return data


@contextmanager
def _opened(path: Path, root: Path) -> Iterator[int]:
    """Open `path` from `root` downwards, one step at a time, so that no step can lead elsewhere."""
    root, name = root.resolve(), printable_name(path.name)
    try:
        steps = (root / path).relative_to(root).parts
    except ValueError:
        raise UnsupportedInputError(f"{name}: not inside the inbox") from None
    if not steps or ".." in steps:
        raise UnsupportedInputError(f"{name}: not inside the inbox")
    # A FIFO would block without O_NONBLOCK; on regular files it changes nothing.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(root, flags | os.O_DIRECTORY)
    try:
        for index, step in enumerate(steps):
            folder = os.O_DIRECTORY if index < len(steps) - 1 else 0
            deeper = os.open(step, flags | folder, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = deeper
        yield descriptor
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.ENXIO):
            raise UnsupportedInputError(f"{name}: a link or a device, not a file") from error
        raise
    finally:
        os.close(descriptor)


def release(
    inbox: Inbox,
    files: Sequence[Path],
    settings: InboxSettings,
    place: Place = DONE,
) -> list[OSError]:
    """Take files out of the inbox: into `done/<date>/<subfolder>/`, or deleted where the settings say so.

    Only for files whose objects and catalog rows are confirmed. With `place` `quarantine` they are never
    deleted. A file that changed since it was handed out stays, and comes again. Moving overwrites nothing and
    keeps the name's bytes, but for a number where it is taken. One that the file system refuses to let go of
    holds up no other; why is given back.
    """
    touched: set[Path] = set()
    refused: list[OSError] = []
    for path in files:
        try:
            touched |= _release(inbox, path, settings, place)
        except OSError as error:
            refused.append(error)
    for folder in touched:
        with suppress(FileNotFoundError):  # an emptied subfolder may be gone by now
            sync_folder(folder)
    return refused


def _release(inbox: Inbox, path: Path, settings: InboxSettings, place: Place) -> set[Path]:
    """Take one file out of the inbox; the folders whose names changed."""
    if inbox.was_changed(path):
        log.warning("inbox-changed-after-reading", inbox=str(inbox.root))
        return set()
    if place == DONE and settings.release == "delete":
        path.unlink()
        return {path.parent}
    name, source = path.name, path
    if path.parent == inbox.root and name in (DONE, QUARANTINE):
        # It stands where the folder is to be made.
        source = path.rename(_reserve(inbox.root, f".{name}"))
    target = _make_target(inbox.root / place / date_in_vietnam(now()).isoformat(), path, inbox.root)
    place_there = _reserve(target, name)
    try:
        source.rename(place_there)
    except OSError:
        place_there.unlink()
        raise
    above = {folder for folder in (target, *target.parents) if folder.is_relative_to(inbox.root)}
    return above | {path.parent}


def _make_target(day: Path, path: Path, root: Path) -> Path:
    """The folder of a day for what lay in a subfolder of the inbox; another one where that can't be.

    Who may look into the inbox may look into what is made there.
    """
    below = path.parent.relative_to(root)
    try:
        make_like(day / below, root)
    except OSError as error:
        # A file released before has the name of a folder on the way, or the path has become too long.
        if error.errno not in (errno.EEXIST, errno.ENOTDIR, errno.ENAMETOOLONG):
            raise
        below = Path(f"folder-{sha256(os.fsencode(below)).hexdigest()[:16]}")
        make_like(day / below, root)
    return day / below


def _reserve(folder: Path, name: str) -> Path:
    """Claim a free name by creating it, so that the rename over it can't hit another's file."""
    number = 1
    while True:
        candidate = folder / (name if number == 1 else fitting_name(name, f"-{number}"))
        try:
            candidate.touch(exist_ok=False)
        except FileExistsError:
            number += 1
        else:
            return candidate


def watch(
    roots: Iterable[Path], settings: InboxSettings, stop: threading.Event
) -> Iterator[tuple[Inbox, InboxGroup]]:
    """Give groups of files as they become ready, until `stop` is set. Raises SettingsError for no folder."""
    inboxes = [Inbox(root, settings) for root in roots]
    for inbox in inboxes:
        if not inbox.root.is_dir():
            raise SettingsError(f"inbox {inbox.root}: no such folder")
    with _woken_by_events(inboxes, settings) as wake:
        while not stop.is_set():
            wake.clear()
            for inbox in inboxes:
                for group in inbox.poll():
                    yield inbox, group
            _wait(wake, stop, _pause(inboxes, settings))


def _pause(inboxes: Sequence[Inbox], settings: InboxSettings) -> float:
    """Look often while something is arriving or events can't be had, else only now and then."""
    return (
        min(settings.settle, 1.0)
        if settings.polling or any(inbox.waiting for inbox in inboxes)
        else settings.rescan
    )


def _wait(wake: threading.Event, stop: threading.Event, seconds: float) -> None:
    """Sleep until an event, `stop` or the time; `stop` is looked at twice a second, having no way to wake."""
    until = time.monotonic() + seconds
    stop.wait(MIN_PAUSE)
    while not stop.is_set() and (left := until - time.monotonic()) > 0:
        if wake.wait(min(left, 0.5)):
            return


@contextmanager
def _woken_by_events(inboxes: Sequence[Inbox], settings: InboxSettings) -> Iterator[threading.Event]:
    wake = threading.Event()
    if settings.polling:
        yield wake
        return

    class Waker(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in _WAKING:  # not on reading, which we do ourselves
                wake.set()

    observer = Observer()
    for inbox in inboxes:
        observer.schedule(Waker(), str(inbox.root), recursive=True)
    try:
        observer.start()
    except OSError as error:  # out of inotify watches, say: the rescans still see everything
        log.warning("inbox-no-events", error=error.strerror)
        yield wake
        return
    try:
        yield wake
    finally:
        observer.stop()
        observer.join()

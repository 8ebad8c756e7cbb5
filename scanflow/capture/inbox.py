"""Watched folders (thư mục nhận): which files are ready to be taken.

`scanflow.capture.inbox_files` reads and releases them.

A file is ready when its size and time have not changed for a while and its format shows that it is complete.
Events only trigger a scan of the folders; the scan decides. So lost events, network shares and files that
were there before the start are all handled in the same way. Some devices close a complete, valid file after
each page and open it again seconds later: a file that changes after it was handed out is not released, and is
handed out again.
"""

import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Literal

from scanflow.capture.files.formats import Completeness, file_completeness
from scanflow.errors import SettingsError
from scanflow.logs import get_logger
from scanflow.settings import InboxSettings
from scanflow.text.normalization import nfc

log = get_logger(__name__)

Place = Literal["done", "quarantine"]
DONE: Place = "done"
QUARANTINE: Place = "quarantine"
MIN_PAUSE = 0.1  # seconds at least between two scans of the folders
UNKNOWN_FORMAT_FACTOR = 10  # a file of an unknown format must be unchanged for so many times `settle`
# Names of files that are still written, and of files that operating systems create in folders.
_UNFINISHED = re.compile(r"^~|~\Z|\.(?:part|partial|filepart|tmp|temp|crdownload)\Z", re.IGNORECASE)
_IGNORED = re.compile(r"^\.|^(?:thumbs\.db|desktop\.ini)\Z", re.IGNORECASE)
_WAKING = frozenset(("created", "modified", "moved", "closed"))
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class InboxGroup:
    """Files that arrived together in one folder: one batch (tập giấy tờ).

    `name` is the folder's path below the inbox with `/` between its parts, empty for the inbox itself;
    `hint` may contain the dossier number. `files` are in natural order (scan2 before scan10).
    """

    folder: Path
    name: str
    files: tuple[Path, ...]

    @property
    def hint(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size, time (ns) and inode: equal if a file is still the same one with the same content."""

    size: int
    modified: int
    inode: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileStamp":
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(slots=True)
class _Arrival:
    stamp: FileStamp
    still_since: float
    end: Completeness | None = None  # checked when the file has not changed for a while
    ready_since: float | None = None


class Inbox:
    """One watched folder with its subfolders, except `done`, `quarantine` and hidden ones.

    Each file is handed out once, and again if it changes. `clock` is a monotonic clock in seconds.
    """

    def __init__(
        self, root: Path, settings: InboxSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.root = root.resolve()
        self._settings = settings
        self._clock = clock
        self._arrivals: dict[Path, _Arrival] = {}
        self._handed: dict[Path, FileStamp] = {}
        self._warned: set[Path] = set()

    @property
    def waiting(self) -> bool:
        """Whether files are arriving or wait for others of their group."""
        now = self._clock()
        return any(not self._is_abandoned(path, arrival, now) for path, arrival in self._arrivals.items())

    def poll(self) -> list[InboxGroup]:
        """Scan the folders once and give the groups that are ready now; each file is given only once."""
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
            return self._handed.get(path) != FileStamp.of(path.lstat())
        except FileNotFoundError:
            return True

    def _arrival(self, path: Path, stamp: FileStamp, now: float) -> _Arrival:
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
            except OSError:  # gone, locked or unreadable: checked again in the next scan
                return False
            except Exception:  # an unforeseen error of the check: unpacking will find what is wrong
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
        """A folder's group, if all its files are ready and none was added for a while; else None."""
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
        """Whether a file is an old unfinished download, or can't be opened.

        Such files do not delay other files, and are logged once.
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

    def _files(self) -> Iterator[tuple[Path, FileStamp]]:
        folders = [self.root]
        while folders:
            folder = folders.pop()
            try:
                with os.scandir(folder) as scan:
                    entries = [entry for entry in scan if not _IGNORED.search(entry.name)]
            except OSError as error:  # an unavailable share, or a folder that was just removed
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
                        yield path, FileStamp.of(entry.stat(follow_symlinks=False))
                    else:
                        self._warn_once(path, "neither a regular file nor a folder of the inbox")
                except FileNotFoundError:  # it was removed since the folder was read
                    continue
                except OSError as error:
                    self._warn_once(path, error.strerror or "can't be read")

    def _warn_once(self, path: Path, reason: str) -> None:
        """Log a refused file once, without its name, because names of files may contain names of persons."""
        if path not in self._warned:
            self._warned.add(path)
            log.warning("inbox-refused", inbox=str(self.root), reason=reason)


def natural_key(path: PurePath) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Sort key: scan2 before scan10, without regard to case; the path decides between equal keys."""
    parts = _DIGITS.split(nfc(str(path)).casefold())
    return tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p), str(path)


def require_folders(roots: Iterable[Path]) -> None:
    """Raise SettingsError unless all of these are folders."""
    for root in roots:
        if not root.is_dir():
            why = "no folder" if root.exists() else "no such folder"
            raise SettingsError(
                f"inbox {root}: {why}",
                f"Không có thư mục nhận {root}. Hãy kiểm tra đường dẫn, hoặc ổ đĩa mạng đã được gắn chưa.",
            )


def watch(
    roots: Iterable[Path], settings: InboxSettings, stop: threading.Event
) -> Iterator[tuple[Inbox, InboxGroup]]:
    """Give groups of files as they become ready, until `stop` is set. Raises SettingsError for a missing
    folder.
    """
    roots = tuple(roots)
    require_folders(roots)
    inboxes = [Inbox(root, settings) for root in roots]
    with _woken_by_events(inboxes, settings) as wake:
        while not stop.is_set():
            wake.clear()
            for inbox in inboxes:
                for group in inbox.poll():
                    yield inbox, group
            _wait(wake, stop, _pause(inboxes, settings))


def _pause(inboxes: Sequence[Inbox], settings: InboxSettings) -> float:
    """Seconds until the next scan: short while files arrive or without events, else long."""
    return (
        min(settings.settle, 1.0)
        if settings.polling or any(inbox.waiting for inbox in inboxes)
        else settings.rescan
    )


def _wait(wake: threading.Event, stop: threading.Event, seconds: float) -> None:
    """Sleep until an event, `stop` or the time. `stop` can't wake it, so it is checked twice a second."""
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

    # Here, because commands that only use this module's order of names would load it, too.
    from watchdog.events import FileSystemEvent, FileSystemEventHandler  # noqa: PLC0415
    from watchdog.observers import Observer  # noqa: PLC0415

    class Waker(FileSystemEventHandler):
        def on_any_event(self, event: FileSystemEvent) -> None:
            if event.event_type in _WAKING:  # not for reading, which the inbox does itself
                wake.set()

    observer = Observer()
    for inbox in inboxes:
        observer.schedule(Waker(), str(inbox.root), recursive=True)
    try:
        observer.start()
    except OSError as error:  # for example no more inotify watches: the regular scans still find all files
        log.warning("inbox-no-events", error=error.strerror)
        yield wake
        return
    try:
        yield wake
    finally:
        observer.stop()
        observer.join()

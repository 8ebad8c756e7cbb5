"""Makes a whole folder searchable: several files at once, in a window of hours, until stopped."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from scanflow.clock import now
from scanflow.errors import UsageError
from scanflow.night.folders.estimate import FolderEstimate, estimate_folder
from scanflow.night.folders.found import FoundFile, Unlooked, look_through
from scanflow.night.folders.journal import FOLDER, FileEntry, Journal
from scanflow.night.folders.one_file import Folders, HowToRead, how_read, is_finished, make_searchable
from scanflow.night.folders.report import FolderReport, write_report
from scanflow.night.runs.window import Window
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.settings import Settings

_POLL = 0.2
"""Seconds between two looks at the clock, at progress and at whether it is to stop."""
GRACE = timedelta(minutes=10)
"""Seconds for which files may be finished after the window's end; one that takes longer is begun again."""

Progress = Callable[[int, int], None]
"""Called with how many files are done and how many there are."""


@dataclass(frozen=True, slots=True)
class FolderJob:
    """From which folder to which, how, and when.

    `dry_run`: only count what is to be done, and read `sample` files to tell how long that takes.
    """

    source: Path
    target: Path
    how: HowToRead = field(default_factory=HowToRead)
    window: Window | None = None
    dry_run: bool = False
    sample: int = 0


@dataclass(slots=True)
class _Work:
    """What the threads share."""

    folders: Folders
    todo: Iterator[FoundFile]
    until: datetime | None
    stop: threading.Event
    made: list[FileEntry] = field(default_factory=list)
    failures: list[BaseException] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_over(self) -> bool:
        """Whether no further file is to be begun."""
        return self.stop.is_set() or bool(self.failures) or (self.until is not None and now() >= self.until)

    def carry_on(self) -> None:
        """Make one file after the other searchable, until none is left or it is over."""
        try:
            while not self.is_over():
                with self.lock:
                    file = next(self.todo, None)
                if file is None:
                    return
                entry = make_searchable(self.folders, file)
                with self.lock:
                    self.made.append(entry)
        except CancelledError:  # the child processes were ended: the file is begun again next time
            return
        except BaseException as error:  # raised again by the thread that waits for this one
            self.failures.append(error)


def read_folder(
    settings: Settings,
    job: FolderJob,
    stop: threading.Event,
    progress: Progress | None = None,
) -> FolderReport:
    """Make the files of a folder searchable in another, except those that are finished.

    Raises UsageError where one of the two can't be used, TargetError where the target can no longer be
    written to; finished results stay, and the same call continues from there.
    """
    require_folders(job.source, job.target)
    begun = now()
    files, unlooked = _files_of(job)
    if job.dry_run and not (job.target / FOLDER).is_dir():  # nothing was ever done there: no lock, no journal
        with ChildProcesses(settings) as children:
            told = estimate_folder(children, job.how, job.source, files, job.sample, stop)
        waiting = {each.name for each in files}
        return _report(settings, job, begun, files, unlooked, waiting=waiting, estimate=told)
    with Journal.opened(job.target) as journal, ChildProcesses(settings) as children:
        folders = Folders(job.source, journal, children, job.how, how_read(settings, job.how))
        todo = [each for each in files if not is_finished(folders, each)]
        until = job.window.next_closing(begun) if job.window else None
        work = _Work(folders, iter(todo), until, stop)
        if todo and not job.dry_run:
            _work_through(settings, work, len(files) - len(todo), len(files), progress)
        made = {entry.name for entry in work.made}
        waiting = {each.name for each in todo}.difference(made)
        hours = (
            estimate_folder(children, job.how, job.source, todo, job.sample, stop) if job.dry_run else None
        )
        report = _report(
            settings,
            job,
            begun,
            files,
            unlooked,
            waiting=waiting,
            made=made,
            journal=journal,
            estimate=hours,
        )
        if not job.dry_run:
            write_report(job.target / FOLDER, report)
        return report


def _report(  # noqa: PLR0913 - made in one place, from all that is known at a run's end
    settings: Settings,
    job: FolderJob,
    begun: datetime,
    files: list[FoundFile],
    unlooked: tuple[Unlooked, ...],
    *,
    waiting: set[str],
    made: set[str] | None = None,
    journal: Journal | None = None,
    estimate: FolderEstimate | None = None,
) -> FolderReport:
    known = (journal.entry(each.name) for each in files if each.name not in waiting) if journal else ()
    return FolderReport(
        source=job.source,
        target=job.target,
        begun=begun,
        ended=now(),
        jobs=settings.jobs,
        files=len(files),
        remaining=len(waiting),
        entries=tuple(entry for entry in known if entry is not None),
        made=frozenset(made or ()),
        unlooked=unlooked,
        estimate=estimate,
    )


def _work_through(settings: Settings, work: _Work, done: int, total: int, progress: Progress | None) -> None:
    """Let several threads work until nothing is left, or it is over. Raises what a thread raised."""
    # One more than there are child processes: while one file is written, another is read.
    with ThreadPoolExecutor(settings.jobs + 1, thread_name_prefix="file") as threads:
        running = {threads.submit(work.carry_on) for _ in range(settings.jobs + 1)}
        while running:
            _, running = wait_for(running, timeout=_POLL)
            if progress:
                progress(done + len(work.made), total)
            if running and (work.stop.is_set() or work.failures or _is_long_over(work)):
                work.folders.children.close()  # files that are being read are given up
    for failure in work.failures[:1]:
        raise failure


def _is_long_over(work: _Work) -> bool:
    return work.until is not None and now() >= work.until + GRACE


def require_folders(source: Path, target: Path) -> None:
    """Raise UsageError where the source is no folder, or the target is the source or above it."""
    if not source.is_dir():
        raise UsageError(f"{source}: no such folder", f"Không có thư mục {source}.")
    if target.exists() and not target.is_dir():
        raise UsageError(f"{target}: is no folder", f"{target} không phải là thư mục.")
    if source.resolve() == target.resolve() or target.resolve() in source.resolve().parents:
        raise UsageError(
            f"{target}: results can't go into the folder that is read, or one above it: name another",
            f"Thư mục đích {target} trùng với thư mục nguồn hoặc chứa thư mục nguồn. Hãy chọn thư mục khác.",
        )


def _files_of(job: FolderJob) -> tuple[list[FoundFile], tuple[Unlooked, ...]]:
    """The files of the source, and what can't be looked at or would get the name of another file's result
    (`a.jpg` beside `a.jpg.pdf`).
    """
    found = list(look_through(job.source, job.target))
    files = [each for each in found if isinstance(each, FoundFile)]
    targets = Counter(each.target for each in files)
    clash = {each.name for each in files if each.kind == "image" and targets[each.target] > 1}
    told = [
        Unlooked(name, f"its result would be {name}.pdf, which is another file") for name in sorted(clash)
    ]
    unlooked = [each for each in found if isinstance(each, Unlooked)]
    return [each for each in files if each.name not in clash], (*unlooked, *told)

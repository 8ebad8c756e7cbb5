"""`scanflow reocr --files FOLDER --to FOLDER`: an archive that is files in folders, made searchable."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import settings_from
from scanflow.cli.language import localized
from scanflow.cli.output import print_json, print_note, print_table, progress_bar, stdout
from scanflow.cli.stopping import stopped_by_signals
from scanflow.errors import InputError

if TYPE_CHECKING:
    from scanflow.night.folders.report import FolderReport
    from scanflow.night.runs.window import Window

_INTERRUPTED = 130

# The options for a folder.
SourceOption = Annotated[
    Path | None,
    typer.Option(
        "--files", help="Not the archive: all PDFs and images in this folder; nothing in it is changed."
    ),
]
TargetOption = Annotated[
    Path | None,
    typer.Option("--to", help="With --files: write them here, same names, as searchable PDF/A."),
]
SkipTextOption = Annotated[
    bool, typer.Option("--skip-text", "-s", help="With --files: leave pages that have any text.")
]
NoCopiesOption = Annotated[
    bool,
    typer.Option(
        "--no-copies", help="With --files: only list files that can't be read or are no PDF or image."
    ),
]
AgainOption = Annotated[
    bool,
    typer.Option("--again", help="With --files: also files that another version or other options have read."),
]


@dataclass(frozen=True)
class FilesOptions:
    """The options for a folder that is read again."""

    files: Path
    to: Path
    window: "Window | None"
    jobs: int | None
    skip_text: bool
    fast: bool
    copies: bool
    again: bool
    dry_run: bool
    sample: int
    json: bool


def reocr_files(options: FilesOptions) -> None:
    """Carry out the command. Exit codes: 5 where a file could not be read or written, 130 where it was
    stopped before its end, 0 else: also where the window closed, and files remain.
    """
    from scanflow.night.folders.one_file import HowToRead
    from scanflow.night.folders.run import FolderJob, read_folder, require_folders

    settings = settings_from(jobs=options.jobs)
    if options.fast:
        settings = settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"fast": True})})
    how = HowToRead("any" if options.skip_text else "digital", copies=options.copies, again=options.again)
    window = options.window
    job = FolderJob(options.files, options.to, how, window, dry_run=options.dry_run, sample=options.sample)
    require_folders(job.source, job.target)
    with stopped_by_signals() as stop:
        if window is not None and not options.dry_run:
            wait_for_opening(window, stop)
        if stop.is_set():
            raise typer.Exit(_INTERRUPTED)
        with progress_bar(localized("files", "tệp")) as progress:
            report = read_folder(settings, job, stop, progress)
        interrupted = stop.is_set() and report.remaining > 0
    _print(report, options)
    if interrupted:
        raise typer.Exit(_INTERRUPTED)
    if not report.ok:
        raise typer.Exit(InputError.exit_code)


def wait_for_opening(window: "Window", stop: threading.Event) -> None:
    """Return when a window is open, or `stop` is set."""
    from scanflow.clock import in_vietnam, now

    opening = window.next_opening(now())
    if opening > now():
        at = f"{in_vietnam(opening):%d/%m/%Y %H:%M}"
        print_note(localized(f"waiting until {at}", f"đang chờ đến {at}"))
    while (seconds := (opening - now()).total_seconds()) > 0:
        if stop.wait(min(seconds, 60)):  # not in one go: the clock may be set
            return


def _print(report: "FolderReport", options: FilesOptions) -> None:
    from scanflow.night.folders import report as reporting
    from scanflow.night.folders.journal import FOLDER, FileOutcome

    if options.json:
        print_json(reporting.as_json(report))
        return
    if not options.dry_run:
        rows = [
            (each.name, each.outcome.value, localized(each.reason, each.reason_vi)) for each in report.notable
        ]
        rows += [(each.name, "", each.reason) for each in report.unlooked]
        if rows:
            print_table("", ("file", "state", "why"), rows)
    counts = [f"{report.counts[each]} {each.value}" for each in FileOutcome if report.counts[each]]
    stdout.print(
        localized(f"{report.files} files: ", f"{report.files} tệp: ")
        + ", ".join([*counts, localized(f"{report.remaining} remain", f"còn {report.remaining}")]),
        markup=False,
    )
    if report.estimate is not None:
        hours, (least, most) = report.estimate.hours, report.estimate.hours_interval
        stdout.print(
            localized(
                f"about {hours:.2f} hours ({least:.2f} to {most:.2f})",
                f"khoảng {hours:.2f} giờ (từ {least:.2f} đến {most:.2f})",
            ),
            markup=False,
        )
        print_note(
            localized(
                f"estimated from {report.estimate.sampled} files that were read, nothing was written",
                f"ước tính từ {report.estimate.sampled} tệp đọc thử, chưa ghi gì",
            )
        )
    if not options.dry_run:
        print_note(localized("report: ", "báo cáo: ") + str(report.target / FOLDER / "report.html"))

"""The report of a run over a folder: for people as HTML, for programs as JSON."""

import json
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path

from scanflow.clock import in_vietnam
from scanflow.night.folders.estimate import FolderEstimate
from scanflow.night.folders.found import Unlooked
from scanflow.night.folders.journal import FileEntry, FileOutcome
from scanflow.night.reports.report_page import Bilingual, Table, html_page
from scanflow.pipeline.named_files import write_beside

NAMES = {
    FileOutcome.READ: Bilingual("đã nhận dạng và ghi mới", "read and written anew"),
    FileOutcome.KEPT: Bilingual(
        "giữ nguyên: đã có văn bản tốt", "copied as they are: have good text of their own"
    ),
    FileOutcome.SIGNED: Bilingual("giữ nguyên: có chữ ký số", "copied as they are: digitally signed"),
    FileOutcome.FILLED: Bilingual(
        "giữ nguyên: có tệp đính kèm hoặc biểu mẫu", "copied as they are: attachments or a form"
    ),
    FileOutcome.UNREADABLE: Bilingual("không đọc được", "can't be read"),
    FileOutcome.OTHER: Bilingual("không phải PDF hay ảnh", "neither PDF nor image"),
    FileOutcome.REFUSED: Bilingual("không ghi được", "not written"),
}
_BAD = (FileOutcome.UNREADABLE, FileOutcome.REFUSED)
_FILE, _WHY = Bilingual("Tệp", "File"), Bilingual("Lý do", "Why")


@dataclass(frozen=True)
class FolderReport:
    """`files` is the number of files of the source. `entries` are the finished ones, of this run or an
    earlier one; `made` names those of this run. `remaining` is the number of files still to be done;
    `unlooked` could not be read. `estimate`: how long the rest would take, after a dry run.
    """

    source: Path
    target: Path
    begun: datetime
    ended: datetime
    jobs: int
    files: int
    remaining: int
    entries: tuple[FileEntry, ...]
    made: frozenset[str]
    unlooked: tuple[Unlooked, ...]
    estimate: FolderEstimate | None = None

    @property
    def ok(self) -> bool:
        """Whether no finished file failed; remaining files are no failure."""
        return not self.unlooked and not any(self.counts[each] for each in _BAD)

    @cached_property
    def counts(self) -> Counter[FileOutcome]:
        """Numbers of files by their outcome."""
        return Counter(entry.outcome for entry in self.entries)

    @cached_property
    def pages(self) -> int:
        """Pages that were read, in all runs."""
        return sum(entry.read for entry in self.entries)

    @cached_property
    def pages_an_hour(self) -> float | None:
        """Pages that this run has read an hour and core; None where it read none."""
        pages = sum(entry.read for entry in self.entries if entry.name in self.made)
        hours = (self.ended - self.begun).total_seconds() / 3600
        return round(pages / hours / self.jobs, 1) if pages and hours > 0 else None

    @cached_property
    def notable(self) -> tuple[FileEntry, ...]:
        """The files of which a person should know: not written, unreadable, or copied for a reason."""
        order = list(reversed(FileOutcome))
        found = [entry for entry in self.entries if entry.reason]
        return tuple(sorted(found, key=lambda entry: (order.index(entry.outcome), entry.name)))

    @cached_property
    def without(self) -> tuple[FileEntry, ...]:
        """The files whose results lack content besides the pages: bookmarks, layers, tags."""
        return tuple(entry for entry in self.entries if entry.outcome is FileOutcome.READ and entry.left_out)


def as_json(report: FolderReport) -> dict[str, object]:
    """The report as JSON can hold it; names of files are escaped as in messages."""
    return {
        "source": str(report.source),
        "target": str(report.target),
        "begun": in_vietnam(report.begun).isoformat(timespec="seconds"),
        "ended": in_vietnam(report.ended).isoformat(timespec="seconds"),
        "ok": report.ok,
        "files": report.files,
        "remaining": report.remaining,
        "done_now": len(report.made),
        "outcomes": {outcome.value: report.counts[outcome] for outcome in FileOutcome},
        "pages_read": report.pages,
        "pages_kept": sum(entry.kept for entry in report.entries),
        "pages_an_hour_and_core": report.pages_an_hour,
        "estimate": asdict(report.estimate) if report.estimate else None,
        "told": [
            {"file": entry.name, "outcome": entry.outcome, "code": entry.code, "reason": entry.reason}
            for entry in report.notable
        ],
        "without": [{"file": entry.name, "left_out": entry.left_out} for entry in report.without],
        "not_looked_at": [{"file": each.name, "reason": each.reason} for each in report.unlooked],
    }


def write_report(folder: Path, report: FolderReport) -> None:
    """Write `report.json` and `report.html` into a folder. Raises UsageError."""
    content = json.dumps(as_json(report), indent=2, default=str)
    write_beside(folder / "report.json", content.encode())
    write_beside(folder / "report.html", _html(report))


def _html(report: FolderReport) -> bytes:
    figures: list[tuple[object, object]] = [
        (Bilingual("Từ", "From"), report.source),
        (Bilingual("Đến", "To"), report.target),
        (Bilingual("Bắt đầu", "Begun"), f"{in_vietnam(report.begun):%d/%m/%Y %H:%M}"),
        (Bilingual("Kết thúc", "Ended"), f"{in_vietnam(report.ended):%d/%m/%Y %H:%M}"),
        (Bilingual("Số tệp", "Files"), report.files),
        (Bilingual("Xong trong lượt này", "Done in this run"), len(report.made)),
        (Bilingual("Còn lại", "Remaining"), report.remaining),
        (Bilingual("Số trang đã nhận dạng", "Pages read"), report.pages),
    ]
    if report.pages_an_hour is not None:
        figures.append((Bilingual("Trang mỗi giờ mỗi nhân", "Pages an hour and core"), report.pages_an_hour))
    return html_page(
        Bilingual("Nhận dạng lại thư mục", "A folder read again"),
        _verdict(report),
        (
            Table(Bilingual("Tổng hợp", "Summary"), figures),
            Table(
                Bilingual("Kết quả", "What became of the files"),
                [(NAMES[each], report.counts[each]) for each in FileOutcome if report.counts[each]],
            ),
            Table(
                Bilingual("Cần xem", "To be looked at"),
                [(e.name, NAMES[e.outcome], Bilingual(e.reason_vi, e.reason)) for e in report.notable],
                (_FILE, Bilingual("Kết quả", "Outcome"), _WHY),
            ),
            Table(
                Bilingual("Không xem được", "Not looked at"),
                [(each.name, each.reason) for each in report.unlooked],
                (_FILE, _WHY),
            ),
            Table(
                Bilingual("Có trong tệp gốc, không có trong tệp mới", "In the source and not in the result"),
                [(entry.name, ", ".join(entry.left_out)) for entry in report.without],
                (_FILE, Bilingual("Nội dung", "What")),
            ),
        ),
        ok=report.ok,
    )


def _verdict(report: FolderReport) -> Bilingual:
    bad = sum(report.counts[each] for each in _BAD) + len(report.unlooked)
    if report.remaining:
        return Bilingual(
            f"Chưa xong: còn {report.remaining} tệp; chạy lại lệnh để làm tiếp.",
            f"Not finished: {report.remaining} files remain; the same command goes on from there.",
        )
    if bad:
        return Bilingual(f"Đã xong; {bad} tệp cần xem.", f"Finished; {bad} files need a look.")
    return Bilingual("Đã xong, không có lỗi.", "Finished without problems.")

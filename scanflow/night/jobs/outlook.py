"""Jobs that look ahead: dossiers whose retention period ends, and how long free space lasts."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from scanflow.archive.figures.growth import Growth, OldDossier, growth, old_dossiers
from scanflow.clock import add_years, date_in_vietnam, now
from scanflow.night.jobs.base import Context, Findings
from scanflow.night.reports.report_page import Bilingual, Table
from scanflow.settings import RetentionCode

_PERMANENT: RetentionCode = "01"
_WEEKS = 8
"""Growth is measured over so many weeks: holidays must not distort it, and changes must show soon."""
_REMEMBERED_DAYS = 60
_FULL = 0.05
"""A disk with a smaller free share is always reported: databases and logs need some space."""


@dataclass(frozen=True, slots=True)
class _Due:
    dossier: OldDossier
    code: RetentionCode
    known: bool
    since: date


def retention(context: Context) -> Findings:
    """List the dossiers whose retention period is over; a person decides about them."""
    found = list(_due(context))
    unknown = sum(not each.known for each in found)
    return Findings(
        ok=True,
        verdict=Bilingual(
            f"{len(found)} hồ sơ đã hết thời hạn bảo quản; phần mềm không tự hủy hồ sơ nào."
            if found
            else "Chưa có hồ sơ nào hết thời hạn bảo quản.",
            f"The retention period of {len(found)} dossiers is over; nothing is destroyed by itself."
            if found
            else "No dossier's retention period is over.",
        ),
        figures=(
            (Bilingual("Hết thời hạn", "Due"), len(found)),
            (Bilingual("Trong đó chưa rõ thủ tục", "Of them of unknown procedure"), unknown),
        ),
        tables=(
            Table(
                Bilingual("Hết thời hạn bảo quản", "Due"),
                [
                    (
                        each.dossier.number,
                        each.dossier.procedure_code or "?",
                        each.dossier.agency,
                        each.dossier.documents,
                        each.code if each.known else f"{each.code} ?",
                        f"{each.since:%d/%m/%Y}",
                    )
                    for each in found
                ],
                (
                    Bilingual("Mã hồ sơ", "Dossier"),
                    Bilingual("Thủ tục", "Procedure"),
                    Bilingual("Cơ quan", "Agency"),
                    Bilingual("Số giấy tờ", "Documents"),
                    Bilingual("Mã thời hạn", "Retention code"),
                    Bilingual("Từ ngày", "Since"),
                ),
            ),
        ),
    )


def _due(context: Context) -> Iterator[_Due]:
    """Dossiers whose period is over. By law it begins with the year after the dossier's last paper."""
    settings, today = context.settings.retention, date_in_vietnam(now())
    shortest = min(years for code, years in settings.years.items() if code != _PERMANENT)
    with context.archive.catalog.reading() as connection:
        for dossier in old_dossiers(connection, add_years(now(), -shortest)):
            last = date_in_vietnam(dossier.last)
            procedure = context.profiles.procedure(dossier.procedure_code, last)
            code = procedure.retention if procedure else settings.unknown
            since = date(last.year + settings.years[code] + 1, 1, 1)
            if code != _PERMANENT and since <= today:
                yield _Due(dossier, code, procedure is not None, since)


@dataclass(frozen=True, slots=True)
class _Place:
    """A file system or a bucket: its free bytes, and how many of them are used up in a week."""

    name: str
    free: int
    total: int
    a_week: float

    @property
    def weeks(self) -> float | None:
        """The weeks until it is full; None where nothing is used up."""
        return self.free / self.a_week if self.a_week > 0 else None

    def is_short(self, warn_weeks: float) -> bool:
        return (self.weeks is not None and self.weeks < warn_weeks) or self.free < _FULL * self.total


def space(context: Context) -> Findings:
    """Say how long free space lasts if the archive goes on growing as in recent weeks."""
    at = now()
    with context.archive.catalog.reading() as connection:
        grown = growth(connection, at, _WEEKS)
    history = _history(context.before, at)
    places = list(_places(context, grown, history, at))
    short = [each for each in places if each.is_short(context.settings.nightly.warn_weeks)]
    if short:
        names = ", ".join(each.name for each in short)
        verdict = Bilingual(f"Sắp hết dung lượng: {names}.", f"Space will soon run out: {names}.")
    elif places:
        verdict = Bilingual("Dung lượng còn đủ.", "There is enough space.")
    else:
        verdict = Bilingual("Không rõ dung lượng còn lại.", "How much space is left can't be told.")
    measured = {"at": at.isoformat(), "free": {each.name: each.free for each in places}}
    return Findings(
        ok=not short,
        verdict=verdict,
        figures=(
            (Bilingual("Đã lưu", "Stored"), readable(grown.stored)),
            (Bilingual("Tăng mỗi tuần", "Grows a week"), readable(grown.a_week)),
        ),
        tables=(
            Table(
                Bilingual("Dự báo", "Forecast"),
                [
                    (
                        each.name,
                        readable(each.free),
                        readable(each.total),
                        readable(each.a_week),
                        Bilingual("không giảm", "not less") if each.weeks is None else _lasts(each.weeks, at),
                    )
                    for each in places
                ],
                (
                    Bilingual("Nơi lưu", "Place"),
                    Bilingual("Còn trống", "Free"),
                    Bilingual("Tổng", "In all"),
                    Bilingual("Mất mỗi tuần", "Used a week"),
                    Bilingual("Đủ đến", "Lasts until"),
                ),
            ),
        ),
        next={"history": [*history, measured]},
    )


def _places(
    context: Context, grown: Growth, history: list[Mapping[str, Any]], at: datetime
) -> Iterator[_Place]:
    """The disks that the archive grows on, each once."""
    settings = context.settings
    folders = [settings.home]
    store = None
    if settings.store.kind == "folder":
        store = settings.store.folder or settings.home / "objects"
        folders.insert(0, store)
    seen = set()
    for folder in folders:
        device = os.stat(folder).st_dev if folder.exists() else None  # noqa: PTH116 - as disk_usage has it
        if device is None or device in seen:
            continue
        seen.add(device)
        usage = shutil.disk_usage(folder)
        filed = grown.a_week if folder == store else 0.0
        yield _Place(
            str(folder), usage.free, usage.total, max(filed, _slope(history, str(folder), usage.free, at))
        )
    room = settings.nightly.store_bytes
    if store is None and room:
        yield _Place(settings.store.kind, max(0, room - grown.stored), room, grown.a_week)


def _slope(history: list[Mapping[str, Any]], name: str, free: int, at: datetime) -> float:
    """Free bytes lost in a week, measured since the oldest value that is at least a day old; 0
    without one.
    """
    for each in history:
        days = (at - datetime.fromisoformat(each["at"])).total_seconds() / 86400
        if days >= 1 and name in each["free"]:
            return float(max(0.0, (each["free"][name] - free) / days * 7))
    return 0.0


def _history(before: Mapping[str, Any], at: datetime) -> list[Mapping[str, Any]]:
    """Earlier measurements, the oldest first, without those that are too old."""
    since = at - timedelta(days=_REMEMBERED_DAYS)
    return [each for each in before.get("history", []) if datetime.fromisoformat(each["at"]) >= since]


def _lasts(weeks: float, at: datetime) -> str:
    if weeks > 52 * 50:
        return "> 50 năm / years"
    return f"{date_in_vietnam(at + timedelta(weeks=weeks)):%d/%m/%Y}"


def readable(size: float) -> str:
    """Bytes for people: 1.5 GB."""
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.4g} TB"

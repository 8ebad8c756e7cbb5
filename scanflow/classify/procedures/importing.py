"""Importing a published list into a profile folder: what is new, changed or unchanged, and writing it."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Literal

import msgspec

from scanflow.classify.procedures.listed import (
    DEFAULT_RETENTION,
    IMPORTED,
    ListedProcedure,
    ListedRow,
    ListLine,
    decode,
    encode,
    listed_procedure,
    published_of,
    read_lines,
)
from scanflow.classify.procedures.published import PublishedProcedure
from scanflow.classify.procedures.rows import canonical_titles, read_rows
from scanflow.disk import write_whole
from scanflow.errors import SettingsError, UsageError
from scanflow.settings import RetentionCode

Outcome = Literal["added", "changed", "read anew", "unchanged"]


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that an import adds (`before` is None), removes (`after` is None) or reads differently."""

    before: ListedRow | None
    after: ListedRow | None


@dataclass(frozen=True, slots=True)
class ProcedureChange:
    """What an import does to one procedure. `replaces` is the version that was newest before.

    `read anew` means that the published words are the same, but the program derives something else from them.
    """

    outcome: Outcome
    listed: ListedProcedure
    replaces: ListedProcedure | None = None

    @property
    def rows(self) -> list[RowChange]:
        """The rows that are not as they were."""
        before = {row.key: row for row in self.replaces.papers} if self.replaces else {}
        after = {row.key: row for row in self.listed.papers}
        gone = [RowChange(row, None) for key, row in before.items() if key not in after]
        other = [RowChange(before.get(key), row) for key, row in after.items() if before.get(key) != row]
        return [*gone, *other]


@dataclass(frozen=True, slots=True)
class Import:
    """A planned import into a folder; only `write` writes. `versions` are the lines of its file, by code."""

    path: Path
    changes: tuple[ProcedureChange, ...]
    versions: Mapping[str, Sequence[bytes]]

    def write(self) -> None:
        """Write the folder's file, whole or not at all. Raises OSError."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lines = (line for code in sorted(self.versions) for line in self.versions[code])
        write_whole(self.path, lines, 0o644 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def plan_import(
    published: Iterable[PublishedProcedure],
    folder: Path,
    day: date,
    retention: RetentionCode | None = None,
) -> Import:
    """Plan an import of these procedures into a profile folder; changed ones are in force from `day` on.

    A procedure that the list does not name stays. Its newest version ends the day before the new one begins,
    or is replaced where it begins on the same day. Raises SettingsError where the folder's file is broken,
    UsageError where a newer version is in force.
    """
    path = folder / "procedures" / IMPORTED
    there = _versions(path)
    versions: dict[str, list[bytes]] = {
        code: [_whole(line) for line in lines] for code, lines in there.items()
    }
    changes: list[ProcedureChange] = []
    for each in published:
        lines = there.get(each.code, [])
        before = _decode(lines[-1]) if lines else None
        change = _change(each, before, day, retention)
        changes.append(change)
        if change.outcome == "unchanged":
            continue
        kept = [_whole(line) for line in lines]
        if before is not None:
            kept.pop()
            if before.effective_from < change.listed.effective_from:
                kept.append(encode(_ended(before, change.listed.effective_from)))
        versions[each.code] = [*kept, encode(change.listed)]
    return Import(path, tuple(changes), versions)


def _whole(line: ListLine) -> bytes:
    return line.raw.rstrip() + b"\n"


def _versions(path: Path) -> dict[str, list[ListLine]]:
    """The lines of a file of lists by code, the oldest version first."""
    there: dict[str, list[ListLine]] = {}
    for line in read_lines(path) if path.is_file() else ():
        if isinstance(line, str):
            raise _broken(line)
        there.setdefault(line.code, []).append(line)
    for lines in there.values():
        lines.sort(key=lambda line: line.effective_from)
    return there


def _decode(line: ListLine) -> ListedProcedure:
    try:
        return decode(line)
    except msgspec.MsgspecError as error:
        raise _broken(f"{line.place}: {error}") from error


def _broken(what: str) -> SettingsError:
    return SettingsError(
        f"{what}; correct the line, or remove the file and import again",
        "Danh mục thủ tục đã nhập bị hỏng. Hãy báo cho người quản trị hệ thống chạy lệnh: "
        "scanflow profiles check",
    )


def _change(
    published: PublishedProcedure, before: ListedProcedure | None, day: date, retention: RetentionCode | None
) -> ProcedureChange:
    ids = {row.key: row.made.id for row in before.papers if row.made} if before else {}
    readings = read_rows(published, known_ids=ids)
    result_titles = tuple(dict.fromkeys(t for each in published.results for t in canonical_titles(each)[:1]))
    wanted = retention or (before.retention if before else DEFAULT_RETENTION)
    listed = listed_procedure(published, readings, result_titles, day, wanted)
    if before is None:
        return ProcedureChange("added", listed)
    same = msgspec.structs.replace(
        listed, effective_from=before.effective_from, effective_to=before.effective_to
    )
    if same == before:
        return ProcedureChange("unchanged", before, before)
    if published_of(same) == published_of(before):
        return ProcedureChange("read anew", same, before)
    if before.effective_from > day:
        raise UsageError(
            f"{published.code}: a version from {before.effective_from} on is there, newer than {day}; "
            "give a later day with --from",
            f"Thủ tục {published.code} đã có phiên bản từ ngày {before.effective_from:%d/%m/%Y}. "
            "Hãy chọn ngày muộn hơn bằng --from.",
        )
    return ProcedureChange("changed", listed, before)


def _ended(before: ListedProcedure, day: date) -> ListedProcedure:
    last = day - timedelta(days=1)
    if before.effective_to is not None and before.effective_to < last:
        return before
    return msgspec.structs.replace(before, effective_to=last)

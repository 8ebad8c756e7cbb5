"""How imported lists of procedures were understood, for an operator to see and correct.

A correction is a line of `procedures/corrections.jsonl` in the home's own folder of profiles, and an entry in
the append-only log. Running services use it some seconds later.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from sqlalchemy import Connection

from scanflow.archive.logbook import LogEntry
from scanflow.archive.people.agencies import membership
from scanflow.classify.procedures.listed import (
    CORRECTIONS,
    CorrectedRow,
    Correction,
    ListedProcedure,
    corrected_rows,
    decode,
    encode_correction,
    latest,
    list_files,
    read_corrections,
    read_lines,
)
from scanflow.classify.profile_files import layers_of, own_profiles
from scanflow.clock import now
from scanflow.desk.context import Desk
from scanflow.errors import DeniedError, NotFoundError, UsageError
from scanflow.membership import Role

CORRECTED = "procedure row corrected"
MOST_TITLES = 16
LONGEST = 300


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as a page shows it; `key` names it in addresses and forms."""

    key: str
    row: CorrectedRow


@dataclass(frozen=True, slots=True)
class RowCorrection:
    """An operator's correction of a row: whether it asks for a paper, and which."""

    paper: bool
    titles: tuple[str, ...]
    form_numbers: tuple[str, ...]
    condition: str
    required: bool
    count: int


def require_operator(desk: Desk, name: str) -> None:
    """Raises DeniedError unless the person is an operator."""
    with desk.services.catalog.reading() as connection:
        _require_operator(connection, name)


def _require_operator(connection: Connection, name: str) -> None:
    if membership(connection, name).role is not Role.OPERATOR:
        raise DeniedError(
            "only operators see and correct imported lists",
            "Chỉ người quản trị hệ thống mới được xem và sửa danh mục thủ tục đã nhập.",
        )


def imported(desk: Desk, code: str) -> tuple[ListedProcedure, list[ShownRow]] | None:
    """The newest imported version of a procedure and its rows, with their corrections; None where no list has
    it."""
    newest: ListedProcedure | None = None
    corrections: list[Correction] = []
    for layer in _layers(desk):
        for line in (each for path in list_files(layer) for each in _lines_of(path, code)):
            if newest is None or line.effective_from >= newest.effective_from:
                newest = line
        corrections += [
            each for each in read_corrections(layer) if isinstance(each, Correction) and each.code == code
        ]
    if newest is None:
        return None
    rows = corrected_rows(newest, latest(corrections))
    return newest, [ShownRow(_key(row.listed.name, row.listed.group), row) for row in rows]


def correct(desk: Desk, operator: str, code: str, key: str, said: RowCorrection | None) -> None:
    """Correct how a row is understood; None takes the correction back.

    Raises DeniedError, NotFoundError for an unknown row, UsageError for an invalid correction.
    """
    found = imported(desk, code)
    row = next((each.row for each in found[1] if each.key == key), None) if found else None
    if row is None:
        raise NotFoundError(
            f"no imported row {key} of procedure {code}",
            "Danh mục đã thay đổi, không còn dòng này. Hãy tải lại trang web (F5).",
        )
    if said is not None:
        _check(said)
    correction = _correction(operator, code, row, said)
    catalog = desk.services.catalog
    with catalog.transaction() as connection:
        _require_operator(connection, operator)
        entry = LogEntry(
            correction.at,
            operator,
            CORRECTED,
            f"procedures/{code}/{key}",
            before=_for_log(row.correction),
            after=_for_log(correction),
        )
        catalog.append_log(entry, connection=connection)
        _append(own_profiles(desk.services.settings.home), encode_correction(correction))


def _layers(desk: Desk) -> Iterable[Path]:
    settings = desk.services.settings
    return layers_of(settings.classify, settings.home)


def _lines_of(path: Path, code: str) -> Iterator[ListedProcedure]:
    for line in read_lines(path):
        if not isinstance(line, str) and line.code == code:
            yield decode(line)


def _key(name: str, group: str) -> str:
    return hashlib.sha256(f"{name}\n{group}".encode()).hexdigest()[:16]


def _check(said: RowCorrection) -> None:
    texts = (*said.titles, *said.form_numbers, said.condition)
    if said.paper and not said.titles:
        raise UsageError("a paper needs a title", "Hãy ghi ít nhất một tên giấy tờ.")
    if len(said.titles) > MOST_TITLES or any(len(text) > LONGEST for text in texts):
        raise UsageError(
            f"at most {MOST_TITLES} titles of {LONGEST} letters",
            f"Nhiều nhất {MOST_TITLES} tên giấy tờ, mỗi tên không quá {LONGEST} ký tự.",
        )
    if not 1 <= said.count <= 99:
        raise UsageError("1 to 99 papers", "Số lượng phải từ 1 đến 99.")


def _correction(operator: str, code: str, row: CorrectedRow, said: RowCorrection | None) -> Correction:
    name, group = row.listed.name, row.listed.group
    if said is None:
        return Correction(code, name, operator, now(), group=group, undone=True)
    if not said.paper:
        return Correction(code, name, operator, now(), group=group, paper=False)
    return Correction(
        code,
        name,
        operator,
        now(),
        group=group,
        paper=True,
        titles=said.titles,
        form_numbers=said.form_numbers,
        condition=said.condition,
        required=said.required,
        count=said.count,
    )


def _for_log(correction: Correction | None) -> object:
    if correction is None:
        return None
    plain: dict[str, object] = msgspec.to_builtins(correction)
    return {name: value for name, value in plain.items() if name not in {"code", "row", "group", "by", "at"}}


def _append(folder: Path, line: bytes) -> None:
    """Add a line to the folder's corrections, on the disk when this returns. Raises OSError."""
    path = folder / "procedures" / CORRECTIONS
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())

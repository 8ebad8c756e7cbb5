"""The audit log as an auditor reads it: their agency's entries by person, dossier, time and kind."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from scanflow.archive.log.chain import Chained
from scanflow.archive.log.queries import LogQuery, find_of_agency
from scanflow.archive.logbook import (
    COMPARED,
    EXPORTED,
    FIELD_SET,
    FOUND,
    LISTED,
    LOG_READ,
    LOOKS,
    MOVED_IN,
    MOVED_OUT,
    SEARCHED,
    SESSION_ENDED,
    SIGN_IN_FAILED,
    SIGNED_IN,
    SIGNED_OUT,
    TEXT_CORRECTED,
    TYPE_SET,
    VIEWED,
    LogEntry,
)
from scanflow.archive.store.keys import decode_segment
from scanflow.clock import VIETNAM, in_vietnam
from scanflow.errors import DeniedError, UsageError
from scanflow.membership import Role
from scanflow.review.access import Reviewer
from scanflow.review.context import Review
from scanflow.text.dossier_numbers import normalise_dossier_number
from scanflow.text.spreadsheet import cell

SHOWN = 50
"""Entries on a page."""
MOST_ROWS = 50_000
"""Greatest number of entries in an exported file."""
CHANGES, ONLY_LOOKS = "changes", "looks"
KINDS = (
    CHANGES, ONLY_LOOKS, VIEWED, SEARCHED, FOUND, LISTED, EXPORTED, LOG_READ, "filed", "assigned",
    TEXT_CORRECTED, TYPE_SET, FIELD_SET, MOVED_OUT, MOVED_IN, COMPARED, SIGNED_IN, SIGN_IN_FAILED,
    SIGNED_OUT, SESSION_ENDED,
)  # fmt: skip
"""What can be chosen: all changes, all views, or one action."""


@dataclass(frozen=True, slots=True)
class LogFilter:
    """What an auditor chose; empty and None: everything. Both days are within."""

    person: str = ""
    dossier: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None

    def as_parameters(self) -> dict[str, str]:
        """What was chosen, by names, for the log and for addresses."""
        values = {
            "person": self.person,
            "dossier": self.dossier,
            "kind": self.kind,
            "from": self.first.isoformat() if self.first else "",
            "to": self.last.isoformat() if self.last else "",
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an entry is about: `dossiers`, `batches`, `users` … and the name; `no` of a document in a dossier,
    or of a page in a batch. The name is the whole subject where it has no such form.
    """

    kind: str
    name: str
    no: int | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries, the newest first, and the number before which the next page begins."""

    entries: list[Chained]
    before: int | None


def require_auditor(role: Role) -> None:
    """Raises DeniedError unless people of this role may read the log."""
    if role is not Role.AUDITOR:
        raise DeniedError(
            "only auditors read the log: ask the administrator for the role",
            "Chỉ người có vai trò giám sát mới được xem nhật ký. Hãy báo cho người quản trị hệ thống.",
        )


def entries(review: Review, who: Reviewer, asked: LogFilter, before: int | None = None) -> LogPage:
    """A page of the log of the auditor's agency. Raises UsageError."""
    return LogPage(*find_of_agency(review.catalog, _query(review, asked), who.agency, SHOWN, before))


def as_csv(review: Review, who: Reviewer, asked: LogFilter) -> str:
    """All of it as CSV that spreadsheets open in UTF-8, the newest first. Raises UsageError."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(("so", "thoi_gian", "nguoi", "viec", "doi_tuong", "truoc", "sau", "ma_bam"))
    question = _query(review, asked)
    before: int | None = None
    rows = 0
    while rows < MOST_ROWS:
        most = MOST_ROWS - rows
        found, before = find_of_agency(review.catalog, question, who.agency, most, before)
        for each in found:
            entry = each.entry
            texts = (entry.actor, entry.action, entry.subject, _json(entry.before), _json(entry.after))
            time = in_vietnam(entry.at).isoformat(timespec="seconds")
            writer.writerow([each.seq, time, *map(cell, texts), each.hash])
        rows += len(found)
        if before is None:
            break
    return "\ufeff" + file.getvalue()


def subject_of(entry: LogEntry) -> Subject:
    """What an entry is about."""
    kind, _, rest = entry.subject.partition("/")
    if not rest:
        return Subject("", entry.subject)
    name, _, no = rest.partition("/")
    return Subject(kind, decode_segment(name), int(no) if no.isascii() and no.isdigit() else None)


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _query(review: Review, asked: LogFilter) -> LogQuery:
    if asked.first and asked.last and asked.first > asked.last:
        raise UsageError("the first day is after the last", "Ngày đầu phải trước ngày cuối.")
    one = asked.kind if asked.kind not in ("", CHANGES, ONLY_LOOKS) else None
    return LogQuery(
        person=asked.person or None,
        dossier=_number(review, asked.dossier) if asked.dossier else None,
        action=one,
        among=LOOKS if asked.kind == ONLY_LOOKS else None,
        without=LOOKS if asked.kind == CHANGES else frozenset(),
        since=_midnight(asked.first) if asked.first else None,
        until=_midnight(asked.last + timedelta(days=1)) if asked.last else None,
    )


def _number(review: Review, typed: str) -> str:
    """A dossier's number in its own spelling; as typed where it fits none."""
    try:
        return normalise_dossier_number(typed, review.services.settings.codes.dossier_grammars)
    except UsageError:
        return typed.strip()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), VIETNAM)

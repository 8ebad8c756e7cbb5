"""The report of a run: counts, its cost, and examples; for the terminal, pages, JSON and HTML."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_items import NightItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.night.reocr import BETTER, KEPT, SAME, UNDONE
from scanflow.night.rework import RENEWED
from scanflow.night.runs.beginning import window_of
from scanflow.night.runs.document_item import CHANGED, GONE, UNREADABLE
from scanflow.night.runs.running import FAILED

_EXAMPLES = 20
_PORTION = 1000
RESULTS = (BETTER, RENEWED, SAME, KEPT, UNREADABLE, CHANGED, GONE, FAILED, UNDONE)
"""The results that a document may have, in the order of the report."""


@dataclass(frozen=True, slots=True)
class Example:
    """A document of a run: where it is filed, its result, and the numbers that decided."""

    subject: str
    result: str
    version_before: int | None
    version_after: int | None
    score: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run and its results so far.

    `counts` by result, and `waiting`, `in hand` (being worked on). `worse`: documents whose filed text is
    worse than before, by the score of each page that was taken. `pages` were read, in `seconds` of work and
    `read_seconds` CPU seconds of recognition. `gain`: expected number of additional right letters. `retyped`:
    documents whose type or rows changed. `to_check`: documents in the reviewers' queue. `examples`: those
    that improved most.
    """

    run: str
    kind: str
    state: str
    asked: Mapping[str, Any]
    agency: str | None
    window: str | None
    started_by: str
    started_at: datetime
    ended_at: datetime | None
    documents: int
    counts: Mapping[str, int]
    worse: int
    pages: int
    letters: int
    gain: float
    seconds: float
    read_seconds: float
    retyped: int
    to_check: int
    examples: Sequence[Example]

    @property
    def done(self) -> int:
        """Documents with which nothing more is to be done."""
        return sum(number for name, number in self.counts.items() if name in RESULTS)


def report_of(connection: Connection, run_id: str) -> RunReport:
    """A run's report. Raises NotFoundError."""
    run = night_runs.get_run(connection, run_id)
    sums = _Sums()
    after = 0
    while items := night_items.items_of(connection, run_id, after=after, limit=_PORTION):
        for item in items:
            sums.add(item)
        after = items[-1].id
    counts = night_items.counts(connection, run_id)
    best = sorted(sums.best, key=lambda each: -float((each.score or {}).get("gain", 0)))[:_EXAMPLES]
    return RunReport(
        run=run.id,
        kind=run.kind,
        state=run.state.value,
        asked=run.asked,
        agency=run.agency,
        window=str(window) if (window := window_of(run)) else None,
        started_by=run.started_by,
        started_at=run.started_at,
        ended_at=run.ended_at,
        documents=sum(counts.values()),
        counts={
            name: counts[name] for name in (*RESULTS, *sorted(counts.keys() - set(RESULTS))) if name in counts
        },
        worse=sums.worse,
        pages=sums.pages,
        letters=sums.letters,
        gain=round(sums.gain, 1),
        seconds=round(sums.seconds, 1),
        read_seconds=round(sums.read_seconds, 1),
        retyped=sums.retyped,
        to_check=sums.to_check,
        examples=[_example(each) for each in best],
    )


class _Sums:
    def __init__(self) -> None:
        self.pages = self.letters = self.worse = self.retyped = self.to_check = 0
        self.gain = self.seconds = self.read_seconds = 0.0
        self.best: list[NightItem] = []

    def add(self, item: NightItem) -> None:
        score = item.score or {}
        self.pages += int(score.get("pages", 0))
        self.letters += int(score.get("old", 0))
        self.seconds += item.seconds or 0.0
        self.read_seconds += item.read_seconds or 0.0
        self.to_check += item.to_check and item.checked_by is None
        if item.result not in (BETTER, RENEWED):
            return
        before, after = item.before or {}, item.after or {}
        self.retyped += any(before.get(name) != after.get(name) for name in ("type", "rows"))
        if item.result == RENEWED:
            return
        self.gain += float(score.get("gain", 0))
        self.worse += float(score.get("gain", 0)) <= 0
        self.best.append(item)
        if len(self.best) > _PORTION:
            self.best = sorted(self.best, key=lambda each: -float((each.score or {}).get("gain", 0)))[
                :_EXAMPLES
            ]


def _example(item: NightItem) -> Example:
    return Example(item.subject, item.result or "", item.version_before, item.version_after, item.score or {})


def runs_of(
    connection: Connection, agency: str | None, limit: int, kinds: Sequence[str] | None = None
) -> list[tuple[NightRun, dict[str, int]]]:
    """The newest runs with their counts; of one agency and of all, or of some kinds, where that is said."""
    found = night_runs.runs(connection, kind=kinds, agency=agency, limit=limit)
    return [(run, night_items.counts(connection, run.id)) for run in found]

"""Nightly runs as reviewers see them: how far each is, and examples from their own agency's papers.

An operator can stop a run, or undo it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scanflow.errors import DeniedError, NotFoundError
from scanflow.membership import Role
from scanflow.model.night_states import REOCR, REWORK
from scanflow.night.jobs.running import LastResult, last_results
from scanflow.night.reports.report import Example, RunReport, report_of, runs_of
from scanflow.night.reports.run_page import result_words, state_words
from scanflow.night.runs.beginning import stop_run
from scanflow.night.undo import undo
from scanflow.review.access import Reviewer
from scanflow.review.context import Review

__all__ = ["RunReport", "result_words", "state_words"]
_SHOWN = 50
_KINDS = (REOCR, REWORK)
"""Runs over documents; the other kinds are jobs of all agencies."""


@dataclass(frozen=True, slots=True)
class ShownRun:
    """A run in the list: its report's first lines."""

    id: str
    kind: str
    state: str
    started_by: str
    started_at: datetime
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class ShownExample:
    """An example of a run: a document, with its dossier's number."""

    number: str
    no: int
    example: Example


def runs(review: Review, who: Reviewer) -> list[ShownRun]:
    """The newest runs that read the reviewer's agency's papers again, or worked on them again."""
    with review.catalog.reading() as connection:
        found = runs_of(connection, who.agency, _SHOWN, _KINDS)
    return [
        ShownRun(run.id, run.kind, run.state.value, run.started_by, run.started_at, counts)
        for run, counts in found
    ]


def nightly_jobs(review: Review, role: Role) -> Sequence[LastResult]:
    """The last result of each nightly job, for operators only: it concerns all agencies."""
    return last_results(review.catalog) if may_steer(role) else ()


def run_report(review: Review, who: Reviewer, run_id: str) -> RunReport:
    """A run's report. Raises NotFoundError, also for a run of another agency alone."""
    with review.catalog.reading() as connection:
        report = report_of(connection, run_id)
    if report.kind not in _KINDS or report.agency not in (None, who.agency):
        raise NotFoundError(f"no run {run_id}", "Không có đợt xử lý này.")
    return report


def examples(review: Review, who: Reviewer, report: RunReport) -> Sequence[ShownExample]:
    """Those of a run's examples that are the reviewer's agency's."""
    shown = []
    for each in report.examples:
        number, _, no = each.subject.rpartition("/")
        if review.catalog.agency_of_dossier(number) == who.agency:
            shown.append(ShownExample(number, int(no), each))
    return shown


def may_steer(role: Role) -> bool:
    """Whether people of this role may stop and undo runs."""
    return role is Role.OPERATOR


def require_steering(role: Role) -> None:
    """Raises DeniedError unless people of this role may stop and undo runs."""
    if not may_steer(role):
        raise DeniedError(
            "only operators stop runs and take them back",
            "Chỉ người vận hành hệ thống mới được dừng hoặc hoàn tác đợt xử lý.",
        )


def stop(review: Review, who: Reviewer, run_id: str) -> None:
    """Stop a run on all machines. Raises NotFoundError, StateError."""
    run_report(review, who, run_id)
    stop_run(review.catalog, run_id, who.name)


def take_back(review: Review, who: Reviewer, run_id: str) -> None:
    """Undo a run; this takes long for a large one. Raises NotFoundError, StateError."""
    run_report(review, who, run_id)
    undo(review.services, run_id, who.name)

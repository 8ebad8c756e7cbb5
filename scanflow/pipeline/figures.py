"""The rules by which figures are counted, and all figures of a time, for pages, printing and files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.doubts import DoubtRules
from scanflow.archive.figures import backlog, daily
from scanflow.archive.figures.counting import bring_up_to_date
from scanflow.archive.figures.daily import CounterFigures, FiguresScope
from scanflow.archive.figures.facts import Figures, FiledPaper, Rules, sum_of
from scanflow.archive.figures.nights import Night, nights
from scanflow.classify.profiles import Profiles
from scanflow.model import BatchState
from scanflow.pipeline.filing.export import checklist_of
from scanflow.pipeline.filing.papers import CHOSEN, FOUND
from scanflow.settings import ClassifySettings

COUNTS = tuple(each.name for each in fields(Figures))
"""The names of all counts, in their order."""

SHARES: dict[str, tuple[str, str]] = {
    "complete": ("complete", "dossiers"),
    "met": ("met", "asked"),
    "electronic": ("electronic", "results"),
    "reused": ("reused", "held"),
    "doubtful": ("doubtful", "papers"),
    "right": ("right", "confirmed"),
}
"""The shares that a report has, each by the names of its numerator and its denominator."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share, as numerator and denominator."""

    name: str
    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """The share in per cent; None if the denominator is 0."""
        return 100 * self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class FiguresReport:
    """The figures of a time. `waiting` and `quarantined` are of now, whatever the time; `behind` is how many
    changes are not counted yet.
    """

    scope: FiguresScope
    total: Figures
    days: dict[date, Figures]
    procedures: dict[str, Figures]
    counters: list[CounterFigures]
    nights: list[Night]
    waiting: dict[BatchState, backlog.Waiting]
    quarantined: int
    behind: int

    @property
    def shares(self) -> list[Share]:
        return shares_of(self.total)


def shares_of(figures: Figures) -> list[Share]:
    """All shares of some figures."""
    return [
        Share(name, getattr(figures, part), getattr(figures, whole)) for name, (part, whole) in SHARES.items()
    ]


def rules_of(profiles: Profiles, settings: ClassifySettings) -> Rules:
    """The rules by which the figures are counted."""

    def rows(procedure: str | None, at: datetime, filed: Sequence[FiledPaper]) -> tuple[int, int] | None:
        checklist = checklist_of(profiles, procedure, at, filed)
        asked = [each for each in checklist.items if each.required] if checklist else []
        return (len(asked), sum(not each.missing for each in asked)) if asked else None

    return Rules(
        rows=rows,
        doubts=doubt_rules(settings),
        found=FOUND,
        results=frozenset(each.id for each in profiles.types.values() if each.role == "result"),
    )


def doubt_rules(settings: ClassifySettings) -> DoubtRules:
    """What is doubtful by the settings."""
    return DoubtRules(
        CHOSEN, settings.min_confidence, settings.min_row_confidence, settings.min_field_confidence
    )


def report(
    catalog: Catalog,
    rules: Rules,
    scope: FiguresScope,
    *,
    seconds: float | None = None,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> FiguresReport:
    """The figures of a time, after what has changed is counted, as far as `seconds` are enough for that."""
    behind = bring_up_to_date(catalog, rules, seconds=seconds, progress=progress)
    with catalog.reading() as connection:
        days = daily.by_day(connection, scope)
        return FiguresReport(
            scope=scope,
            total=sum_of(days.values()),
            days=days,
            procedures=daily.by_procedure(connection, scope),
            counters=daily.by_counter(connection, scope),
            nights=nights(connection, scope),
            waiting=backlog.open_batches(connection, scope.agency),
            quarantined=backlog.pages_in_quarantine(connection, scope.agency),
            behind=behind,
        )


def kept_rows(catalog: Catalog, scope: FiguresScope) -> list[tuple[str, date, str, Figures]]:
    """The counts by agency, day and procedure, as a file for a spreadsheet has them."""
    with catalog.reading() as connection:
        return daily.rows(connection, scope)

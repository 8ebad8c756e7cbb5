"""The input and the result of a nightly job."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanflow.archive.identity import Archive
from scanflow.classify.profiles import Profiles
from scanflow.night.reports.report_page import Bilingual, Table
from scanflow.settings import Settings

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a job may use. `before`: the value that the last job of its kind left (`Findings.next`)."""

    settings: Settings
    archive: Archive
    profiles: Profiles
    before: Mapping[str, Any]
    progress: Progress = lambda _done, _total: None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a job found. `verdict` is a sentence, `figures` are named numbers, `next` is a JSON value for the
    job of the next night.
    """

    ok: bool
    verdict: Bilingual
    figures: tuple[tuple[Bilingual, object], ...] = ()
    tables: tuple[Table, ...] = ()
    next: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NightlyJob:
    """A job by its name on the command line; `what` it does."""

    name: str
    what: Bilingual
    look: Callable[[Context], Findings]


def lines(title: Bilingual, found: list[str] | tuple[str, ...]) -> Table:
    """A table of one column."""
    return Table(title, [(each,) for each in found])

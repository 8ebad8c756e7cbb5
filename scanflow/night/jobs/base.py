"""What a job of a night is given, and what it gives back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanflow.archive.identity import Archive
from scanflow.classify.profiles import Profiles
from scanflow.night.report_page import Bilingual, Table
from scanflow.settings import Settings

Progress = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a job may look at. `before`: what the last job of its kind left for the next (`Findings.next`)."""

    settings: Settings
    archive: Archive
    profiles: Profiles
    before: Mapping[str, Any]
    progress: Progress = lambda _done, _total: None


@dataclass(frozen=True, slots=True)
class Findings:
    """What a job found. `verdict` says it in a sentence, `figures` are named numbers, `next` is for the job
    of the next night, as JSON can hold it.
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

"""Estimates what a run would do, from a few documents that are read and not changed: number, hours, gain."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Event
from time import monotonic
from typing import Any

from sqlalchemy import Connection

from scanflow.archive.documents.documents_again import placed_document
from scanflow.errors import InputError
from scanflow.ledger.nightly.night_documents import FiledDocument, last_document
from scanflow.night.intervals import interval_of
from scanflow.night.rereading import read_again
from scanflow.night.runs.choosing import Query, next_portion
from scanflow.night.runs.extending import QUERY
from scanflow.night.runs.pace import Pace
from scanflow.night.runs.window import Window
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import Reader

_SEED = 22
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """`better`: share of the documents that would improve, 0 to 1; `gain`: expected number of additional
    right letters, in all.

    Intervals contain 95 % of the results of other samples. `nights`: the number of windows that it would
    take; None without a window.
    """

    documents: int
    pages: int
    sampled: int
    hours: float
    hours_interval: tuple[float, float]
    nights: float | None
    better: float
    better_interval: tuple[float, float]
    gain: float
    gain_interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Sampled:
    pages: int
    seconds: float
    better: bool
    gain: float


def estimate(  # noqa: PLR0913, PLR0917 - what would be done, by which it is told, and to whom
    services: Services,
    asked: Mapping[str, Any],
    agency: str | None,
    reader: Reader,
    window: Window | None,
    sample: int,
    progress: Callable[[int, int], None],
) -> Estimate:
    """Count the documents that a run would choose, and read `sample` of them, drawn at random (the same ones
    each time).

    Changes nothing. Live work goes first.
    """
    with services.catalog.reading() as connection:
        chosen, documents, pages = _draw(connection, asked, agency, reader, sample)
    pace = Pace(services.catalog, None, Event())
    sampled: list[_Sampled] = []
    for done, document in enumerate(chosen, start=1):
        with services.catalog.reading() as connection:
            placed = placed_document(connection, document.id)
        if placed is None:
            continue
        begun, waited = monotonic(), pace.waited
        try:
            again = read_again(services, placed, pace)
        except InputError:
            continue
        seconds = monotonic() - begun - (pace.waited - waited)
        sampled.append(_Sampled(max(1, document.pages), seconds, again.is_better, again.gain))
        progress(done, len(chosen))
    return _estimated(sampled, documents, pages, services.settings.jobs, window)


def _draw(
    connection: Connection, asked: Mapping[str, Any], agency: str | None, reader: Reader, sample: int
) -> tuple[list[FiledDocument], int, int]:
    """A random sample of the chosen documents; and how many documents and pages are chosen in all."""
    rng = random.Random(_SEED)  # noqa: S311 - a sample, the same one again
    query = Query.from_json(asked.get(QUERY, {}))
    last, after = last_document(connection), 0
    drawn: list[FiledDocument] = []
    documents = pages = 0
    while after < last:
        found, after = next_portion(connection, query, agency, reader, after, last)
        for each in found:
            documents += 1
            pages += each.pages
            if len(drawn) < sample:
                drawn.append(each)
            elif (place := rng.randrange(documents)) < sample:
                drawn[place] = each
    return drawn, documents, pages


def _estimated(
    sampled: Sequence[_Sampled], documents: int, pages: int, jobs: int, window: Window | None
) -> Estimate:
    def hours(of: Sequence[_Sampled]) -> float:
        # One after the other, as they were read; a run reads `jobs` at once.
        seconds = sum(each.seconds for each in of) / sum(each.pages for each in of)
        return pages * seconds / jobs / _SECONDS_AN_HOUR

    def better(of: Sequence[_Sampled]) -> float:
        return sum(each.better for each in of) / len(of)

    def gain(of: Sequence[_Sampled]) -> float:
        return pages * sum(each.gain for each in of) / sum(each.pages for each in of)

    needed = hours(sampled) if sampled else 0.0
    return Estimate(
        documents=documents,
        pages=pages,
        sampled=len(sampled),
        hours=needed,
        hours_interval=interval_of(sampled, hours),
        nights=None if window is None else needed * 60 / window.minutes,
        better=better(sampled) if sampled else 0.0,
        better_interval=interval_of(sampled, better),
        gain=gain(sampled) if sampled else 0.0,
        gain_interval=interval_of(sampled, gain),
    )

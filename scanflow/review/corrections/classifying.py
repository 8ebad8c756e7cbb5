"""Classifies pages that were filed: their type and values, from the words that are kept."""

from collections.abc import Sequence
from dataclasses import replace

from scanflow.archive.documents.page_words import PageWords
from scanflow.classify.fields import with_fields
from scanflow.classify.separation import separate
from scanflow.model import Geometry, PageReading, Paper, Quality
from scanflow.review.context import Review

_DPI = (300.0, 300.0)


def classified(review: Review, pages: Sequence[PageWords], procedure: str | None) -> Paper:
    """The one paper that these pages are."""
    services = review.services
    readings = [_reading(page) for page in pages]
    together = dict.fromkeys(range(1, len(readings)), False)
    settings = services.settings.classify
    (paper,) = separate(
        readings,
        together,
        services.profiles,
        procedure=procedure,
        min_confidence=settings.min_confidence,
    )
    return with_fields(
        replace(paper, attested=None), readings, services.profiles.types, settings.min_field_confidence
    )


def _reading(page: PageWords) -> PageReading:
    """A page as it was read, as far as its words say."""
    return PageReading(
        geometry=Geometry(),
        size=page.size,
        dpi=_DPI,
        dpi_source="assumed",
        blank=False,
        quality=Quality(1.0, 1.0),
        fingerprint="",
        codes=(),
        words=page.words,
        engine=page.engine,
        unread=page.unread,
        seals=page.seals,
    )

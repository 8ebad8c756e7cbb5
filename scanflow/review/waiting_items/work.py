"""Backlog and progress for monitoring: numbers of all agencies together."""

from dataclasses import dataclass

from scanflow.archive.figures.work_figures import WorkFigures, work_figures
from scanflow.pipeline.intake.uploads import uploads_on_their_way
from scanflow.review.context import Review


@dataclass(frozen=True, slots=True)
class Work:
    """Numbers from the catalog, and those of this server alone: its search index, uploads to it."""

    figures: WorkFigures
    index_behind: int
    uploads: int


def work_now(review: Review) -> Work:
    """The present numbers. Raises CatalogError."""
    with review.catalog.reading() as connection:
        figures = work_figures(connection)
        behind = review.index.behind(connection, review.index.searcher())
    return Work(figures, behind, uploads_on_their_way(review.services.settings))

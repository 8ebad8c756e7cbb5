"""How much waits and how far the work is, for monitoring: of all agencies together, in numbers only."""

from dataclasses import dataclass

from scanflow.archive.work_figures import WorkFigures, work_figures
from scanflow.pipeline.intake.uploads import uploads_on_their_way
from scanflow.review.context import Review


@dataclass(frozen=True, slots=True)
class Work:
    """What the catalog says, and what is this server's own: its search index, uploads to it."""

    figures: WorkFigures
    index_behind: int
    uploads: int


def work_now(review: Review) -> Work:
    """What there is now. Raises CatalogError."""
    with review.catalog.reading() as connection:
        figures = work_figures(connection)
        behind = review.index.behind(connection, review.index.searcher())
    return Work(figures, behind, uploads_on_their_way(review.services.settings))

"""Learns types from the archive's confirmed papers; the model is kept in the home folder."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.confirmed_papers import confirmed_documents
from scanflow.archive.documents.page_words import PageWords, decode_words
from scanflow.archive.site_profiles import profiles_of
from scanflow.archive.store.base import ObjectStore
from scanflow.classify.learned import learned_types
from scanflow.classify.learned.learning import ConfirmedPaper, Learning, learn, require_scikit_learn
from scanflow.classify.page_view import PageView, view_of
from scanflow.clock import now
from scanflow.errors import StoreError, StoreUnavailableError
from scanflow.logs import get_logger
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.settings import Settings

log = get_logger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """The result of learning, and the model that is in use from now on.

    `unread` confirmed documents gave no words: an object is missing or damaged, or the page was not read.
    """

    learning: Learning
    unread: int
    in_use: bool


def learn_from_archive(
    settings: Settings,
    store: ObjectStore,
    catalog: Catalog,
    *,
    at_most: int,
    progress: Progress | None = None,
) -> Learned:
    """Learn from the newest `at_most` confirmed papers; keep the model if it is better, else remove it.

    Running programs take the new model when they start next. Raises MissingToolError without scikit-learn,
    UsageError where the home folder can't be written to, StoreUnavailableError.
    """
    require_scikit_learn()
    profiles = profiles_of(settings.classify, settings.home)
    papers = list(_papers(store, catalog, at_most, progress))
    read = [paper for paper in papers if paper is not None]
    result = learn(read, profiles, at=now(), min_confidence=settings.classify.min_confidence)
    if result.model is None:
        learned_types.forget(settings.home)
    else:
        learned_types.keep(settings.home, result.model)
    return Learned(result, len(papers) - len(read), result.model is not None)


def _papers(
    store: ObjectStore, catalog: Catalog, at_most: int, progress: Progress | None
) -> Iterator[ConfirmedPaper | None]:
    """The confirmed papers, None for each without words."""
    with catalog.reading() as connection:
        found = confirmed_documents(connection, CHOSEN, at_most)
    for done, document in enumerate(found, start=1):
        try:
            pages = decode_words(store.get(document.words.key, document.words.version_id))
        except StoreUnavailableError:
            raise
        except StoreError as error:
            log.warning("words left out", key=document.words.key, reason=error.code)
            pages = ()
        readable = bool(pages) and not pages[0].unread
        yield (
            ConfirmedPaper(document.dossier, document.type, document.procedure, _view(pages[0]))
            if readable
            else None
        )
        if progress:
            progress(done, len(found))


def _view(page: PageWords) -> PageView:
    return view_of(page.words, page.size, page.seals)

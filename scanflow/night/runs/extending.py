"""Adds the next documents to a run: a portion in a transaction, each document once."""

from collections.abc import Callable

from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_documents import FiledDocument
from scanflow.ledger.nightly.night_items import NewItem
from scanflow.ledger.nightly.night_runs import NightRun
from scanflow.night.runs.choosing import Query, next_portion
from scanflow.night.runs.document_item import subject_of
from scanflow.pipeline.services import Services
from scanflow.recognition.reader import Reader

QUERY = "query"
"""Where a run's `asked` has the query that chooses its documents."""


def extend_by_query(services: Services, reader: Reader | None) -> Callable[[NightRun], bool]:
    """A function that adds the next portion of documents that a run's query chooses
    (`running.Job.extend`).
    """

    def extend(run: NightRun) -> bool:
        with services.catalog.transaction() as connection:
            now = night_runs.lock_run(connection, run.id)
            if now.cursor >= now.last_document:
                return False
            query = Query.from_json(now.asked.get(QUERY, {}))
            chosen, cursor = next_portion(
                connection, query, now.agency, reader, now.cursor, now.last_document
            )
            night_items.add_items(connection, now.id, map(as_item, chosen))
            night_runs.move_cursor(connection, now.id, cursor)
        return True

    return extend


def as_item(document: FiledDocument) -> NewItem:
    """A document as an item of a run."""
    return NewItem(subject_of(document.number, document.no), document.id, document.pages)

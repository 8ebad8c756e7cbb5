"""The result of a batch, for its sender and for the people who may see the agency's papers."""

from scanflow.ledger.batches import get_batch, unknown_batch
from scanflow.ledger.documents import documents_of
from scanflow.model import BatchState
from scanflow.pipeline.batch_outcome import Outcome, outcome_of
from scanflow.review.context import Review


def batch_outcome(review: Review, name: str, agency: str, batch_id: str, *, others: bool) -> Outcome:
    """The result of an agency's batch; `others`: also if somebody else sent it. Raises NotFoundError."""
    with review.catalog.reading() as connection:
        row = get_batch(connection, batch_id)
        if row.agency != agency or not (others or row.operator == name):
            raise unknown_batch(batch_id)
        return outcome_of(connection, batch_id)


def is_searchable(review: Review, outcome: Outcome) -> bool:
    """Whether search on this server finds the present state of all that a closed batch filed."""
    if outcome.state is not BatchState.CLOSED:
        return False
    with review.catalog.reading() as connection:
        return not review.index.lacks(connection, documents_of(connection, outcome.batch_id))

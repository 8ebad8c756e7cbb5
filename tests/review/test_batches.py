"""The event of a closed batch: its counts, and when search finds all of it."""

from pathlib import Path

import pytest

from scanflow.archive.programs.events import events_after, make_events
from scanflow.archive.search.index import SearchIndex
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState
from scanflow.review.batches import batch_outcome, is_searchable
from scanflow.review.context import Review
from tests.pipeline.archives import open_archive
from tests.pipeline.live_archive import NUMBER, page, process, take_batch


def test_a_closed_batch_tells_its_counts_and_when_search_finds_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with open_archive(tmp_path, request, "folder") as services:
        review = Review(services, services.children, SearchIndex(services.catalog, None))
        batch = take_batch(services, [page("001", lines=2)], number=NUMBER)
        process(services, batch)
        outcome = batch_outcome(review, "", DEFAULT_AGENCY, batch, others=True)
        assert outcome.state is BatchState.CLOSED and not is_searchable(review, outcome)
        review.index.update()
        assert is_searchable(review, outcome)
        make_events(services.catalog)
        events = events_after(services.catalog, DEFAULT_AGENCY, 0, 100)
        assert [each.kind for each in events] == ["batch.taken", "document.filed", "batch.closed"]
        counts = {"captured": 1, "filed": 1, "set_aside": 0, "quarantined": 0}
        assert (events[-1].batch, events[-1].data) == (batch, counts)

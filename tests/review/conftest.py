"""An archive for reviewers, on either pair of backends."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.search.index import SearchIndex
from scanflow.review.context import Review
from tests.pipeline.archives import open_archive


@pytest.fixture(params=["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])])
def review(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Review]:
    with open_archive(tmp_path / "home", request, request.param) as services:
        yield Review(services, services.children, SearchIndex(services.catalog, None))

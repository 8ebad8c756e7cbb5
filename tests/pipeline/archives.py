"""An archive that several tests use, each with a dossier of its own, on either pair of backends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest

from scanflow.ledger.batches import Intake
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services, open_services
from scanflow.sections import SecretStr
from scanflow.settings import Settings
from tests.pipeline.live_archive import process

NUMBER = "H13.42-260804-{:04}"
EITHER = ["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])]
"""Parameters of a fixture, for `store` of `archive_settings`."""
_serial = count(1)


@dataclass
class Archive:
    """An archive that several tests use, each with a dossier of its own."""

    services: Services
    folder: Path
    number: str = field(default_factory=lambda: NUMBER.format(next(_serial)))

    def take(self, *files: tuple[str, bytes], number: str | None = "") -> str:
        folder = self.folder / str(next(_serial))
        folder.mkdir()
        for name, data in files:
            (folder / name).write_bytes(data)
        intake = Intake("test", "", self.number if number == "" else number)
        paths = [folder / name for name, _ in files]
        (batch_id,) = take(self.services, paths, Path.read_bytes, intake).batches
        return batch_id

    def file(self, *files: tuple[str, bytes], number: str | None = "") -> Outcome:
        return process(self.services, self.take(*files, number=number))

    def document(self, no: int) -> bytes:
        """The file of a document of this test's dossier."""
        dossier = self.services.catalog.dossier(self.number)
        assert dossier is not None
        (document,) = [each for each in dossier.documents if each.no == no]
        return self.services.store.get(document.versions[-1].pdf.key)


def archive_settings(home: Path, request: pytest.FixtureRequest, store: str) -> Settings:
    """Settings of a new archive on folder and SQLite, or on S3 and PostgreSQL."""
    settings = Settings(home=home, jobs=2)
    settings = settings.model_copy(update={"ocr": settings.ocr.model_copy(update={"fast": True})})
    if store == "s3":
        cluster = request.getfixturevalue("postgresql_cluster")
        template = request.getfixturevalue("postgresql_template")
        bucket = f"scanflow-{uuid4().hex[:12]}"  # processes share the server
        s3 = request.getfixturevalue("s3_server").model_copy(update={"bucket": bucket})
        url = SecretStr(cluster.url(cluster.new_database(template)))
        catalog = settings.catalog.model_copy(update={"url": url})
        settings = settings.model_copy(update={"store": s3, "catalog": catalog})
    return settings


@contextmanager
def open_archive(home: Path, request: pytest.FixtureRequest, store: str) -> Iterator[Services]:
    """A new archive on folder and SQLite, or on S3 and PostgreSQL."""
    with open_services(archive_settings(home, request, store)) as services:
        yield services

"""A catalog that can be backed up and restored, while its store keeps what comes later."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.postgresql import Cluster


@dataclass
class Copied:
    """An archive, and last night's copy of its catalog. Close the catalog before either."""

    settings: Settings
    cluster: Cluster | None = None
    database: str = ""
    _copy: str = ""
    _made: list[str] = field(default_factory=list)

    def back_up(self) -> None:
        """Copy the catalog as it is now."""
        if self.cluster is None:
            target = self.settings.home / "last-night.db"
            target.unlink(missing_ok=True)
            with (
                closing(sqlite3.connect(self.settings.home / "catalog.db")) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
            return
        self._copy = self.cluster.new_database(self.database)
        self._made.append(self._copy)

    def restore(self) -> Settings:
        """Put the copy in the catalog's place; settings that reach it."""
        if self.cluster is None:
            for suffix in ("", "-wal", "-shm"):
                (self.settings.home / f"catalog.db{suffix}").unlink(missing_ok=True)
            shutil.copy(self.settings.home / "last-night.db", self.settings.home / "catalog.db")
            return self.settings
        restored = self.cluster.new_database(self._copy)
        self._made.append(restored)
        url = CatalogSettings(url=SecretStr(self.cluster.url(restored)))
        return self.settings.model_copy(update={"catalog": url})


@contextmanager
def copying(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Copied]:
    """On a folder and SQLite, or on S3 and PostgreSQL, by the fixture's parameter. No object is locked."""
    home = tmp_path / "home"
    home.mkdir()
    if request.param == "folder":
        yield Copied(Settings(home=home, jobs=1, store=StoreSettings(lock_mode="off")))
        return
    cluster: Cluster = request.getfixturevalue("postgresql_cluster")
    store: StoreSettings = request.getfixturevalue("s3_settings")
    database = cluster.new_database(request.getfixturevalue("postgresql_template"))
    copied = Copied(
        Settings(
            home=home,
            jobs=1,
            store=store.model_copy(update={"lock_mode": "off"}),
            catalog=CatalogSettings(url=SecretStr(cluster.url(database))),
        ),
        cluster,
        database,
    )
    try:
        yield copied
    finally:
        for name in (database, *copied._made):
            cluster.drop_database(name)

"""The catalog's database: opening it, migrating its schema, and its errors.

The differences between the embedded and the shared database are in `sqlite` and `postgresql`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    InterfaceError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from scanflow.archive.database import new_sqlite, postgresql, sqlite
from scanflow.archive.presence import prepare_home
from scanflow.errors import CatalogError, CatalogUnavailableError, SettingsError
from scanflow.settings import Settings

_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}

_PASSING = (OperationalError, InterfaceError, InternalError)
"""Unavailable, locked, full, or read-only during a fail-over: such errors may end by themselves.
"""


class _Backend(Protocol):
    """The functions of both modules."""

    def connect(self, url: URL) -> Engine: ...
    def describe(self, url: URL) -> str: ...
    def read_only(self, engine: Engine) -> Engine: ...
    def explain(self, error: BaseException | None) -> str: ...
    def plain(self, error: BaseException | None) -> str: ...


_BACKENDS: dict[str, _Backend] = {"sqlite": sqlite, "postgresql": postgresql}


def open_database(settings: Settings) -> Engine:
    """Connect and migrate. Raises SettingsError, MissingToolError or CatalogError, with the remedy."""
    url = database_url(settings)
    engine = _BACKENDS[url.get_backend_name()].connect(url)
    try:
        with explained(engine):
            migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return engine


def database_url(settings: Settings) -> URL:
    """Where the catalog is, with the driver that we use: SQLite in HOME/catalog.db, or what is set."""
    if settings.catalog.url is None:
        prepare_home(settings)
        return URL.create("sqlite", database=str(settings.home / "catalog.db"))
    try:
        url = make_url(settings.catalog.url.get_secret_value())
        return url.set(drivername=_DRIVERS[url.drivername])
    except (ArgumentError, ValueError, KeyError):
        # Without a cause: its text might hold the password.
        raise SettingsError(
            "[catalog] url: not a URL of SQLite or PostgreSQL (postgresql://USER:PASSWORD@HOST/DATABASE)"
        ) from None


def describe(engine: Engine) -> str:
    """Which database it is, without its password."""
    return _BACKENDS[engine.dialect.name].describe(engine.url)


def read_only(engine: Engine) -> Engine:
    """The same database for read-only transactions: one consistent state, without waiting for writers."""
    return _BACKENDS[engine.dialect.name].read_only(engine)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn the database's errors into CatalogErrors. Never with parameters: those hold people's data.

    CatalogUnavailableError for problems that may end by themselves: no server, a full disk, a held lock.
    A violated constraint, or a value that can't be stored, is for the caller, not for the operator:
    IntegrityError and DataError are raised as they are, without their details.
    """
    backend = _BACKENDS[engine.dialect.name]
    try:
        yield
    except (IntegrityError, DataError) as error:
        raise type(error)(None, None, Exception(backend.plain(error.orig))) from None
    except DBAPIError as error:
        kind = CatalogUnavailableError if isinstance(error, _PASSING) else CatalogError
        raise kind(f"{describe(engine)}: {backend.explain(error.orig)}") from None
    except PoolTimeoutError as error:
        raise CatalogUnavailableError(f"{describe(engine)}: all connections are busy; try again") from error


def keep_writers_out(connection: Connection) -> None:
    """Let nobody else change the catalog until the transaction ends; others may read.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        postgresql.keep_writers_out(connection)


def insert_of_dialect(connection: Connection, table: Any) -> Any:
    """The dialect's own insert, which supports conflict clauses (ON CONFLICT)."""
    if connection.dialect.name == "sqlite":
        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - only where it is loaded anyway

    return insert(table)


def migrate(engine: Engine) -> None:
    """Bring the schema up to date, one process at a time; an up-to-date schema needs no lock."""
    with read_only(engine).begin() as connection:
        if engine.dialect.name == "postgresql":
            postgresql.check(connection)
        if _revision(connection) == newest_revision():
            return
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            postgresql.take_migration_lock(connection)
        elif new_sqlite.make(connection, newest_revision()):
            return
        # Alembic takes longer to import than all the rest, and is needed once a release.
        from scanflow.archive.database.migrations import upgrade  # noqa: PLC0415

        upgrade(connection)


def newest_revision() -> str:
    """The last migration, from the files' names: asking Alembic would mean importing it."""
    names = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(path.name.partition("_")[0] for path in names)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()

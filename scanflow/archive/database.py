"""The engine under the catalog: how a database is opened, brought to the newest schema, and locked.

SQLite runs with a write-ahead log and full syncing, so that what is committed survives a power cut; a
writing transaction takes the write lock at its start, so that it never fails half-way for having read
first.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError

from scanflow.archive.canonical import dumps
from scanflow.errors import CatalogError, MissingToolError, SettingsError
from scanflow.settings import Settings

NEWEST = "0002"
"""The last of the migrations."""

_BUSY_SECONDS = 30
_OLDEST_SQLITE = (3, 43)  # the first with contentless_delete
_MIGRATION_LOCK = 0x5CAF10  # any number that no other program takes on the same database


def open_engine(settings: Settings) -> Engine:
    """Connect and migrate. Raises SettingsError, MissingToolError or CatalogError that says what to do."""
    url = _url(settings)
    if url.get_backend_name() != "sqlite":
        # The tables are ready for PostgreSQL, the search index isn't yet.
        raise SettingsError("[catalog] url: only SQLite is supported so far")
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        raise MissingToolError(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.43 or later is needed (Debian 13 has 3.46)"
        )
    engine = _sqlite_engine(url)
    with explained(describe(engine)):
        migrate(engine)
    return engine


def describe(engine: Engine) -> str:
    """Which database it is, without its password."""
    if engine.url.get_backend_name() == "sqlite":
        return f"SQLite {sqlite3.sqlite_version} at {engine.url.database}"
    return engine.url.render_as_string(hide_password=True)


def read_only(engine: Engine) -> Engine:
    """The same database for transactions that only read: they don't wait for writers."""
    return engine.execution_options(sqlite_begin="DEFERRED")


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Turn the database's errors into CatalogErrors. Never with parameters: those hold people's data."""
    try:
        yield
    except IntegrityError:
        raise  # a rule of the tables was broken: that is for the caller, not for the operator
    except DBAPIError as error:
        raise CatalogError(f"{place}: {error.orig}") from error


def migrate(engine: Engine) -> None:
    """Bring the schema up to date, one process at a time; nothing is locked when it is already."""
    with read_only(engine).begin() as connection:
        if _revision(connection) == newest_revision():
            return
    # Alembic takes longer to import than all the rest, and is needed once a release.
    from scanflow.archive.migrations import upgrade  # noqa: PLC0415

    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})
        upgrade(connection)


def newest_revision() -> str:
    """The last of the migrations, told by their files' names: asking Alembic would mean importing it."""
    names = (Path(__file__).parent / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(path.name.partition("_")[0] for path in names)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def _url(settings: Settings) -> URL:
    if settings.catalog.url is None:
        path = settings.home / "catalog.db"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogError(f"{path.parent}: cannot be made ({error.strerror})") from error
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(settings.catalog.url.get_secret_value())
        url.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError("[catalog] url: not a database URL that SQLAlchemy understands") from error
    return url


def _sqlite_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        json_serializer=dumps,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # Python's driver would begin transactions by its own rules; `_begin_sqlite` does it by ours.
    connection.isolation_level = None
    # Going over to the write-ahead log doesn't wait for other connections by itself.
    _patiently(partial(connection.execute, "PRAGMA journal_mode=WAL"))
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _patiently(action: Callable[[], object]) -> None:
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            action()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.05)

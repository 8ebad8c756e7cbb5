"""The shared catalog: PostgreSQL 15 or later through psycopg 3.

Writers run in parallel (READ COMMITTED) and take row locks where only one may write; readers see one
consistent state (REPEATABLE READ). Connections are tested before use, so that the restart of a server costs
at most the transactions that it interrupted.
"""

import json
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL

from scanflow.archive.database.tables import complete_for_postgresql
from scanflow.archive.store.canonical_json import dumps
from scanflow.errors import CatalogError

_OLDEST = 15
_MIGRATION_LOCK = 0x5CAF10  # any number that no other program takes on the same database

# Both sides must notice within a minute that the other host is switched off: its session may hold locks.
_PARAMETERS: dict[str, str | int] = {
    "application_name": "scanflow",
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
# Milliseconds where no unit stands. A transaction may wait for the object store, but not for ever.
_SESSION = {
    "lock_timeout": "30s",
    "idle_in_transaction_session_timeout": "10min",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}

_UNREACHABLE = (
    "check that PostgreSQL runs and lets scanflow in ([catalog] url); "
    "nothing of this step was kept, and it is done again when the database is back"
)
_ADVICE = {
    "25006": "this server only reads: name the primary in [catalog] url",
    "40001": "two steps got into each other's way: try again",
    "40P01": "two steps got into each other's way: try again",
    "42501": "the role of [catalog] url must own the database, see docs/operating.md",
    "53100": "make room on the database server's disk",
    "53300": "raise max_connections on the server, or run fewer workers",
    "55P03": "another process holds the same rows for long: try again",
}


def connect(url: URL) -> Engine:
    """An engine for this database; options in the URL override our defaults."""
    given = dict(url.query)
    options = " ".join(f"-c {name}={value}" for name, value in _SESSION.items())
    parameters: dict[str, Any] = {name: value for name, value in _PARAMETERS.items() if name not in given}
    complete_for_postgresql()
    engine = create_engine(
        url.difference_update_query(["options"]),
        json_serializer=dumps,
        json_deserializer=_loads,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args=parameters | {"options": f"{options} {given.get('options', '')}".strip()},
    )
    event.listen(engine, "connect", _prepare)
    return engine


def describe(url: URL) -> str:
    """Which database it is, without its password."""
    host = url.host or url.query.get("host") or "this machine"
    return f"PostgreSQL at {host}/{url.database or url.username or ''}"


def read_only(engine: Engine) -> Engine:
    """The same database for read-only transactions: one consistent state."""
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def check(connection: Connection) -> None:
    """Check the server's version, its encoding, and that commits are durable. Raises CatalogError."""
    query = (
        "SELECT name, setting FROM pg_settings WHERE name IN ('server_version', 'server_encoding', 'fsync')"
    )
    found = {row.name: row.setting for row in connection.execute(text(query))}
    if int(found["server_version"].partition(".")[0]) < _OLDEST:
        raise CatalogError(
            f"PostgreSQL {found['server_version']} is too old: upgrade it to {_OLDEST} or later"
        )
    if found["server_encoding"] != "UTF8":
        raise CatalogError(
            f"the database's encoding is {found['server_encoding']}: make it anew with "
            "createdb --encoding=UTF8 --template=template0"
        )
    if found["fsync"] != "on":
        raise CatalogError("the server runs with fsync = off, which loses what was committed: set it on")


def take_migration_lock(connection: Connection) -> None:
    """Wait for other processes that migrate, without a limit; the lock ends with the transaction."""
    connection.execute(text("SET LOCAL lock_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MIGRATION_LOCK})


def keep_writers_out(connection: Connection) -> None:
    """Lock the tables of papers, waiting without a limit. Others can't take row locks either."""
    for name in ("lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(text(f"SET LOCAL {name} = 0"))
    connection.execute(
        text(
            "LOCK TABLE batches, dossiers, documents, versions, sources, files, pages, objects "
            "IN EXCLUSIVE MODE"
        )
    )


def explain(error: BaseException | None) -> str:
    """The server's message and the remedy; without its details, which hold people's data."""
    state = getattr(error, "sqlstate", None) or "08000"  # without a server there is no state
    reached = not state.startswith(("08", "28", "3D", "57P"))
    return f"{plain(error)}; {_ADVICE.get(state, 'see the log of the server' if reached else _UNREACHABLE)}"


def plain(error: BaseException | None) -> str:
    """The first line of the server's message: the others may quote rows."""
    diagnosis = getattr(error, "diag", None)
    return (diagnosis and diagnosis.message_primary) or str(error).partition("\n")[0]


def _prepare(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        # Whatever the settings of role or server: a commit must be on disk.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) "
            "WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def _loads(data: str | bytes) -> Any:
    """JSONB keeps no order of keys; as on SQLite, they come in the alphabet's."""
    return json.loads(data, object_pairs_hook=lambda pairs: dict(sorted(pairs)))

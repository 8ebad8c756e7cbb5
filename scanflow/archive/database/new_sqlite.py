"""A new embedded catalog in one step: what all migrations make together, kept as one script.

Loading Alembic and running every migration takes a fifth of a second on an empty archive. The script names
its revision; if there is a newer one, Alembic is used. To write the script anew after a new migration:

    python -m scanflow.archive.database.new_sqlite
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, create_engine

SCRIPT = Path(__file__).parent / "migrations" / "new_sqlite.sql"

_REVISION = "-- revision "
_NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'"
"""This moment, as `UtcDateTime` is stored."""


def make(connection: Connection, revision: str) -> bool:
    """Make all tables in an empty database; False if the script is of another revision, or there
    are tables.
    """
    # Another process may have made it: the caller's transaction has held the lock since its beginning.
    if connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one():
        return False
    first, _, script = SCRIPT.read_text(encoding="utf-8").partition("\n")
    if first != _REVISION + revision:
        return False
    for statement in _statements(script):
        connection.exec_driver_sql(statement)
    return True


def dump(connection: Connection) -> str:
    """The script that makes a database like this one, which was just migrated."""
    rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    made = list(rows)
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    lines = [_REVISION + revision, *(f"{sql.strip()};" for _, sql in made)]
    tables = [name for name, sql in made if sql.startswith("CREATE TABLE")]
    for table in tables:
        found = connection.exec_driver_sql(f'SELECT * FROM "{table}"')  # noqa: S608 - a table of ours
        columns = list(found.keys())
        for row in found:
            values = ", ".join(map(_literal, columns, row))
            lines.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values});")  # noqa: S608 - the same
    return "\n".join(lines) + "\n"


def migrated_anew() -> str:
    """The right content of `SCRIPT`: the migrations are run on a database in memory."""
    from scanflow.archive.database.migrations import upgrade  # noqa: PLC0415 - Alembic, see above

    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection)
        return dump(connection)


def _literal(column: str, value: object) -> str:
    """A value in SQL; the moment of a migration is that of the script's run."""
    if column.endswith("_at"):
        return _NOW
    if value is None or isinstance(value, int | float):
        return "NULL" if value is None else str(value)
    return "'" + str(value).replace("'", "''") + "'"


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; those that make triggers hold semicolons."""
    begun = ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            yield begun
            begun = ""


def main() -> None:
    """Write `SCRIPT`."""
    SCRIPT.write_text(migrated_anew(), encoding="utf-8")


if __name__ == "__main__":
    main()

"""Tries of files and of pages are counted apart, also where they have the same number."""

from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database import backends, sqlite
from scanflow.archive.database.migrations import configuration
from scanflow.archive.database.tables import batches, file_attempts, readings
from scanflow.clock import now
from scanflow.ledger.attempts import Tried, begin_attempt, forget_attempts, give_back_attempt
from scanflow.ledger.lease import Held, lock
from scanflow.ledger.readings import forget
from scanflow.settings import Settings


def a_batch(connection: Connection) -> Held:
    at = now()
    own = {"id": "b", "origin": "inbox", "operator": "", "state": "taken"}
    connection.execute(insert(batches).values(created_at=at, updated_at=at, **own))
    return lock(connection, "b")


def test_tries_of_files_and_pages_are_counted_apart(tmp_path: Path) -> None:
    with open_catalog(Settings(home=tmp_path)) as catalog, catalog.transaction() as connection:
        held = a_batch(connection)
        assert [begin_attempt(held, Tried.FILE, 1) for _ in range(3)] == [1, 2, 3]
        assert begin_attempt(held, Tried.PAGE, 1) == 1
        give_back_attempt(held, Tried.FILE, 1)
        assert begin_attempt(held, Tried.FILE, 1) == 3
        forget_attempts(held, Tried.FILE, 1)
        assert (begin_attempt(held, Tried.FILE, 1), begin_attempt(held, Tried.PAGE, 1)) == (1, 2)
        forget(held)
        assert not connection.execute(select(file_attempts)).all()
        assert not connection.execute(select(readings)).all()


def test_what_was_counted_of_files_among_pages_is_moved(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    engine = sqlite.connect(backends.database_url(settings))
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        (moved,) = (
            script
            for script in ScriptDirectory.from_config(config).walk_revisions()
            if "file_attempts" in script.path
        )
        command.upgrade(config, str(moved.down_revision))
        at = now()
        row = "INSERT INTO batches (id, origin, operator, state, created_at, updated_at)"
        connection.execute(text(f"{row} VALUES ('b', 'inbox', '', 'taken', :at, :at)"), {"at": at})
        tried = "INSERT INTO readings (batch_id, no, attempts) VALUES ('b', :no, :attempts)"
        connection.execute(text(tried), [{"no": -2, "attempts": 3}, {"no": 2, "attempts": 1}])
    engine.dispose()
    with open_catalog(settings) as catalog, catalog.transaction() as connection:
        assert connection.execute(select(file_attempts)).all() == [("b", 2, 3)]
        assert connection.execute(select(readings.c.no, readings.c.attempts)).all() == [(2, 1)]

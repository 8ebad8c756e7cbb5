"""The schema, its migrations, and what the database itself enforces."""

import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import new_sqlite
from scanflow.archive.database.backends import newest_revision
from scanflow.archive.database.migrations import configuration
from scanflow.archive.database.tables import batches, documents, log, metadata
from scanflow.errors import CatalogError, SettingsError
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.archive.filing import environment_of
from tests.conftest import NewSettings

NOW = datetime(2026, 8, 4, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=7)))


def test_the_migrations_make_the_tables_that_the_code_knows(catalog: Catalog) -> None:
    with catalog.reading() as c:
        found = compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), metadata)
        assert found == []
        assert set(inspect(c).get_table_names()) >= set(metadata.tables)


def test_the_code_knows_its_newest_migration() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [newest_revision()]


def test_the_script_of_a_new_sqlite_catalog_is_what_the_migrations_make() -> None:
    """After a new migration: `python -m scanflow.archive.database.new_sqlite`."""
    assert new_sqlite.SCRIPT.read_text(encoding="utf-8") == new_sqlite.migrated_anew()


def test_an_older_script_leaves_a_new_catalog_to_the_migrations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, _, script = new_sqlite.SCRIPT.read_text(encoding="utf-8").partition("\n")
    older = tmp_path / "older.sql"
    older.write_text("-- revision 0001\n" + script, encoding="utf-8")
    monkeypatch.setattr(new_sqlite, "SCRIPT", older)
    with open_catalog(Settings(home=tmp_path)) as catalog, catalog.reading() as c:
        assert c.scalar(text("SELECT version_num FROM alembic_version")) == newest_revision()
        assert new_sqlite.dump(c) == new_sqlite.migrated_anew()


def test_what_is_committed_to_sqlite_is_safe(tmp_path: Path) -> None:
    with open_catalog(Settings(home=tmp_path)) as catalog, catalog.reading() as c:
        pragmas = {
            name: c.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_many_processes_may_open_a_new_catalog_at_once(new_settings: NewSettings) -> None:
    settings = new_settings("home", migrated=False)
    program = (
        "import sys; from pathlib import Path; from scanflow.settings import load_settings\n"
        "from scanflow.archive.catalog import open_catalog\n"
        "with open_catalog(load_settings(Path(sys.argv[1]))) as c: c.ensure_dossier(sys.argv[2])"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(settings.home), f"N{n}"],
            stderr=subprocess.PIPE,
            env=environment_of(settings),
        )
        for n in range(3)
    ]
    outcomes = [(process.communicate()[1].decode(), process.returncode) for process in running]
    assert outcomes == [("", 0)] * 3
    with open_catalog(settings) as catalog:
        assert {each.number for each in catalog.dossiers()} == {"N0", "N1", "N2"}


def test_opening_again_changes_nothing(settings: Settings) -> None:
    for _ in range(2):
        with open_catalog(settings) as catalog:
            catalog.ensure_dossier("N1")
            assert len(catalog.dossiers()) == 1


def test_a_catalog_of_a_newer_release_is_left_alone(settings: Settings) -> None:
    with open_catalog(settings) as catalog, catalog.transaction() as c:
        c.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CatalogError, match="newer release"):
        open_catalog(settings)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database at all, but long enough to look" * 50)
    with pytest.raises(CatalogError, match="not a database"):
        open_catalog(Settings(home=tmp_path))


@pytest.mark.parametrize(
    "url", ["nonsense", "mysterydb://host/x", "mysql://host/x", "postgresql+asyncpg://u:secret@host/x"]
)
def test_wrong_urls_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"\[catalog\] url") as caught:
        open_catalog(Settings(home=tmp_path, catalog=CatalogSettings(url=SecretStr(url))))
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_home_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="cannot be written to"):
        open_catalog(Settings(home=tmp_path / "file" / "home"))


@pytest.mark.parametrize("statement", ["UPDATE log SET actor = 'x'", "DELETE FROM log"])
def test_the_log_is_append_only(catalog: Catalog, statement: str) -> None:
    row = {"at": NOW, "actor": "tester", "action": "did", "subject": "s", "after": {"a": "ă"}}
    row |= {"seq": 1, "hash": "0"}
    with catalog.transaction() as c:
        c.execute(insert(log).values(row))
    with pytest.raises(IntegrityError, match="append-only"), catalog.transaction() as c:
        c.execute(text(statement))
    with catalog.reading() as c:
        found = c.execute(select(log)).one()
        assert (found.actor, found.at, found.after, found.before) == ("tester", NOW, {"a": "ă"}, None)


def test_times_come_back_aware_and_naive_ones_are_refused(catalog: Catalog) -> None:
    catalog.ensure_dossier("N1", created_at=NOW)
    dossier = catalog.dossier("N1")
    assert dossier is not None
    assert (dossier.created_at, dossier.created_at.tzinfo) == (NOW, UTC)
    with pytest.raises(StatementError, match="without a zone"):
        catalog.ensure_dossier("N2", created_at=NOW.replace(tzinfo=None))


def test_rows_that_refer_to_missing_rows_are_refused(catalog: Catalog) -> None:
    row = {"dossier_id": 99, "no": 1, "type": "x", "confidence": 1.0, "title": "", "evidence": []}
    more = {"fields": {}, "batch_id": "b", "first_page": 1, "created_at": NOW}
    with pytest.raises(IntegrityError), catalog.transaction() as c:
        c.execute(insert(documents).values(row | more))


def test_a_page_has_one_of_five_states(catalog: Catalog) -> None:
    with pytest.raises(IntegrityError), catalog.transaction() as c:
        batch = {"id": "b", "origin": "", "operator": "", "state": "taken"}
        c.execute(insert(batches).values(created_at=NOW, updated_at=NOW, **batch))
        values = "('b', 1, '', 'image/png', 'lost')"  # as another program might write it
        c.execute(text(f"INSERT INTO pages (batch_id, no, sha256, media_type, state) VALUES {values}"))  # noqa: S608 - the values stand above


def test_a_state_is_one_of_the_known_words(catalog: Catalog) -> None:
    with pytest.raises(StatementError, match="lost"), catalog.transaction() as c:
        batch = {"id": "b", "origin": "", "operator": "", "state": "lost"}
        c.execute(insert(batches).values(created_at=NOW, updated_at=NOW, **batch))


def test_a_transaction_is_all_or_nothing(catalog: Catalog) -> None:
    with pytest.raises(ZeroDivisionError), catalog.transaction() as c:
        catalog.ensure_dossier("N1", connection=c)
        assert catalog.dossier_known("N1", c)
        raise ZeroDivisionError
    assert not catalog.dossier_known("N1")


def test_readers_do_not_wait_for_a_writer(catalog: Catalog) -> None:
    with catalog.transaction() as c:
        catalog.ensure_dossier("N1", connection=c)
        assert catalog.dossiers() == []
    assert len(catalog.dossiers()) == 1

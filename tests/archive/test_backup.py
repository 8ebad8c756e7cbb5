"""A backup holds what is not in the bucket: both together restore the archive on an empty machine."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import zstandard
from sqlalchemy import func, insert, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches, counters, metadata, orders, sessions, users
from scanflow.archive.identity import pair
from scanflow.archive.log import segments
from scanflow.archive.manifest import write_batch_manifest
from scanflow.archive.people import accounts, counter_accounts, user_sessions
from scanflow.archive.repair import backup
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.clock import add_years, now
from scanflow.errors import CatalogError, DeniedError, UsageError
from scanflow.ledger.desk_work.counters import remember_choice
from scanflow.settings import Settings
from tests import commands
from tests.archive.contents import content_of, fill
from tests.archive.filing import add_batch
from tests.conftest import NewSettings

PASSWORD = "một mật khẩu dài"
ORDER = 1_700_000_000_000_000


def populate(store: ObjectStore, catalog: Catalog) -> str:
    """A real archive: people, a counter with an order, dossiers, a stack at the desk; the counter's token."""
    pair(store, catalog)
    accounts.add_user(catalog, "lan", "Trần Thị Lan", PASSWORD)
    accounts.add_user(catalog, "cu", "Đã nghỉ", PASSWORD)
    accounts.disable_user(catalog, "cu")
    token = counter_accounts.make_counter(catalog, "Quầy 1")
    with catalog.transaction() as connection:
        remember_choice(connection, "Quầy 1", "máy quét", "papers")
    user_sessions.begin_session(catalog, "lan", "Quầy 1")
    fill(store, catalog)
    add_batch(catalog, "desk", 1)
    with catalog.transaction() as connection:
        mine = batches.update().where(batches.c.id == "desk")
        connection.execute(mine.values(state="desk", operator="lan", counter="Quầy 1"))
        order = {"id": ORDER, "counter": "Quầy 1", "batch_id": "desk", "kind": "scan", "state": "running"}
        connection.execute(insert(orders).values(**order, created_at=now(), updated_at=now()))
    write_batch_manifest(store, catalog, "desk")
    segments.anchor(store, catalog, add_years(now(), 1))
    return token


def compared(catalog: Catalog) -> dict[str, Any]:
    """Every table except those that another machine has no use for."""
    passing = {table.name for table in backup.PASSING}
    return {name: rows for name, rows in content_of(catalog).items() if name not in passing}


def test_bucket_and_backup_make_the_archive_again(
    store: ObjectStore, catalog: Catalog, new_settings: NewSettings, tmp_path: Path
) -> None:
    token = populate(store, catalog)
    before = compared(catalog)
    path = backup.write_backup(catalog, tmp_path)
    with open_catalog(new_settings("anew")) as anew:
        assert rebuild(store, anew).problems == []
        assert backup.restore_backup(anew, path).problems == ()
        after = compared(anew)
        for table, rows in before.items():
            if table == "search_changes":
                continue  # each catalog counts its own, with tokens that say whose they are
            assert after[table] == rows, table
            assert rows or table not in {each.name for each in (users, counters, orders)}
        assert accounts.check_password(anew, "lan", PASSWORD).display_name == "Trần Thị Lan"
        with pytest.raises(DeniedError):
            accounts.check_password(anew, "cu", PASSWORD)
        assert counter_accounts.counter_of_token(anew, token) == "Quầy 1"
        assert verify(store, anew).ok
        with anew.reading() as connection:
            assert connection.scalar(select(func.count()).select_from(sessions)) == 0


def test_every_table_is_in_the_backup_or_is_rebuilt(catalog: Catalog) -> None:
    """Unless another machine has no use for it. That is decided for each new table."""
    kept = {table.name for table in backup.kept_tables()}
    sorted_in = {table.name for table in (*backup.REBUILT, *backup.PASSING)}
    assert kept.isdisjoint(sorted_in)
    assert kept | sorted_in == set(metadata.tables)
    assert {"users", "counters", "orders"} <= kept


def test_only_its_owner_may_read_a_backup(catalog: Catalog, tmp_path: Path) -> None:
    accounts.add_user(catalog, "lan", "Lan", PASSWORD)
    path = backup.write_backup(catalog, tmp_path / "x.backup")
    again = backup.write_backup(catalog, path)
    assert path == again and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["x.backup"]


def test_a_folder_is_made_where_it_is_not_there(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "srv" / "backup"
    path = backup.write_backup(catalog, folder)
    assert path.parent == folder
    assert backup.write_backup(catalog, folder).parent == folder


def test_what_a_killed_backup_left_is_removed_a_day_later(catalog: Catalog, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    program = (
        "import os, pathlib, scanflow.disk\n"
        f"path = pathlib.Path({str(folder / 'killed.backup')!r})\n"
        "scanflow.disk.write_whole(path, (os.kill(os.getpid(), 9) for _ in range(1)))\n"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], check=False)
    old, young = folder.iterdir()
    foreign = folder / ".unfinished-notes"
    foreign.touch()
    two_days_ago = time.time() - 2 * 86_400
    for path in (old, foreign):
        os.utime(path, (two_days_ago, two_days_ago))
    made = backup.write_backup(catalog, folder)
    assert set(folder.iterdir()) == {young, foreign, made}


def test_a_name_with_an_ending_is_the_file(catalog: Catalog, tmp_path: Path) -> None:
    assert backup.write_backup(catalog, tmp_path / "today.bak") == tmp_path / "today.bak"
    assert (tmp_path / "today.bak").is_file()


def test_a_file_in_place_of_the_folder_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("", encoding="utf-8")
    with pytest.raises(UsageError, match="backup"):
        backup.write_backup(catalog, tmp_path / "backup")


def test_what_is_there_is_not_overwritten(catalog: Catalog, tmp_path: Path) -> None:
    accounts.add_user(catalog, "lan", "Lan", PASSWORD)
    path = backup.write_backup(catalog, tmp_path)
    accounts.set_password(catalog, "lan", "ein anderes Kennwort")
    with pytest.raises(CatalogError, match="users"):
        backup.restore_backup(catalog, path)
    assert accounts.check_password(catalog, "lan", "ein anderes Kennwort")


def test_orders_of_unknown_batches_are_reported(
    store: ObjectStore, catalog: Catalog, new_settings: NewSettings, tmp_path: Path
) -> None:
    populate(store, catalog)
    path = backup.write_backup(catalog, tmp_path)
    with open_catalog(new_settings("anew")) as anew:
        [problem] = backup.restore_backup(anew, path).problems
        assert "orders: 1 of 1" in problem and "rebuild" in problem
        assert accounts.check_password(anew, "lan", PASSWORD)


def test_a_backup_of_another_archive_is_refused(
    store: ObjectStore, catalog: Catalog, new_settings: NewSettings, tmp_path: Path
) -> None:
    pair(store, catalog)
    path = backup.write_backup(catalog, tmp_path)
    with open_catalog(new_settings("anew")) as anew:
        pair(FolderStore(tmp_path / "elsewhere"), anew)
        with pytest.raises(UsageError, match="of archive"):
            backup.restore_backup(anew, path)


@pytest.mark.parametrize("damage", ["cut", "bit", "other", "newer"])
def test_what_is_damaged_is_refused(catalog: Catalog, tmp_path: Path, damage: str) -> None:
    accounts.add_user(catalog, "lan", "Lan", PASSWORD)
    path = backup.write_backup(catalog, tmp_path / "x.backup")
    data = path.read_bytes()
    raw = zstandard.ZstdDecompressor().decompress(data)
    match damage:
        case "cut":
            path.write_bytes(data[:-9])
        case "bit":
            path.write_bytes(zstandard.compress(raw.replace(b'"lan"', b'"lam"')))
        case "other":
            path.write_bytes(b"PK\x03\x04")
        case "newer":
            path.write_bytes(zstandard.compress(raw.replace(b'"schema":1', b'"schema":9')))
    with pytest.raises(UsageError):
        backup.read_backup(path)


def test_by_command_on_an_empty_machine(tmp_path: Path) -> None:
    """Backup, then a new home with the old bucket: rebuild, restore; the log says so, and it verifies."""

    def run(home: str, *arguments: str | Path) -> str:
        ended = commands.run("--home", tmp_path / home, *arguments, input=f"{PASSWORD}\n")
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    with open_catalog(Settings(home=tmp_path / "one")) as catalog:
        populate(FolderStore(tmp_path / "one" / "objects"), catalog)
    run("one", "backup", tmp_path / "b")
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "objects").rename(tmp_path / "two" / "objects")
    run("two", "rebuild")
    assert "users: 2" in run("two", "restore", tmp_path / "b")
    run("two", "verify")
    assert "Trần Thị Lan" in run("two", "user", "list")
    said = run("two", "log")
    assert "rebuilt" in said and "restored" in said and "user disabled" in said

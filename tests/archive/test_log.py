"""The audit log: one chain also with many writers, anchored in the bucket, so that a superuser can't hide a
change.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, text

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.migrations import configuration
from scanflow.archive.database.tables import log
from scanflow.archive.log import chain, segments
from scanflow.archive.log.chain import Chained
from scanflow.archive.log.check import check_log
from scanflow.archive.log.hashing import entry_line, line_hash
from scanflow.archive.log.restoring import restore_segments
from scanflow.archive.log.segments import anchor, is_due, read_segment
from scanflow.archive.logbook import LogEntry
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.store.keys import LOG
from scanflow.errors import ObjectLockedError
from scanflow.settings import Settings
from tests.archive.filing import environment_of
from tests.conftest import NewSettings

LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def anew(new_settings: NewSettings) -> Iterator[Catalog]:
    with open_catalog(new_settings("anew")) as opened:
        yield opened


def note(catalog: Catalog, *subjects: str, action: str = "viewed") -> None:
    for subject in subjects:
        catalog.append_log(LogEntry(datetime.now(UTC), "lan", action, subject, None, {"á": [1, None, "b"]}))


def rows(catalog: Catalog) -> list[Chained]:
    with catalog.reading() as connection:
        return list(chain.entries_from(connection, 1))


def drop_guards(connection: Connection) -> None:
    """Remove the triggers that keep the log append-only, as a superuser of the database can."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER log_append_only ON log"))
        return
    for event in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER log_no_{event}"))


GUARDS = "log: the triggers that keep it append-only are gone from the database"


def test_each_entry_has_the_next_number_and_a_hash_over_the_one_before(catalog: Catalog) -> None:
    note(catalog, "a", "b", "c")
    previous = "0" * 64
    kept = rows(catalog)
    assert [each.entry.subject for each in kept[-3:]] == ["a", "b", "c"]
    for seq, each in enumerate(kept, start=1):
        assert each.seq == seq
        previous = line_hash(previous, entry_line(seq, each.entry))
        assert each.hash == previous


def test_what_is_rolled_back_is_not_in_the_log_and_leaves_no_gap(catalog: Catalog) -> None:
    note(catalog, "a")
    with pytest.raises(RuntimeError), catalog.transaction() as connection:
        catalog.append_log(LogEntry(datetime.now(UTC), "lan", "did", "b"), connection=connection)
        raise RuntimeError
    note(catalog, "c")
    assert [(each.seq, each.entry.subject) for each in rows(catalog)] == [(1, "a"), (2, "c")]


@pytest.mark.parametrize("odd", ["a\0b", "\udcff\udcfeodd.jpg", "\u2028", "Nguyễn\n", "😀"])
def test_any_text_comes_back_as_it_was_hashed(catalog: Catalog, store: ObjectStore, odd: str) -> None:
    catalog.append_log(LogEntry(datetime.now(UTC), odd, "searched", odd, None, {odd: [odd, 2**60]}))
    anchor(store, catalog, LATER)
    assert check_log(store, catalog).problems == ()


def test_a_float_is_refused(catalog: Catalog) -> None:
    with pytest.raises(TypeError, match="float"):
        catalog.append_log(LogEntry(datetime.now(UTC), "lan", "did", "a", None, 1e16))


PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from scanflow.archive.catalog import open_catalog
from scanflow.archive.logbook import LogEntry
from scanflow.settings import load_settings
with open_catalog(load_settings(Path(sys.argv[1]))) as catalog:
    for n in range(40):
        catalog.append_log(LogEntry(datetime.now(UTC), sys.argv[2], "viewed", str(n)))
"""


def test_many_processes_make_one_chain(settings: Settings, catalog: Catalog, folder: FolderStore) -> None:
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(settings.home), f"p{n}"], env=environment_of(settings)
        )
        for n in range(3)
    ]
    while any(
        process.poll() is None for process in running
    ):  # and they are anchored meanwhile, twice at once
        anchor(folder, catalog, LATER)
    assert [process.returncode for process in running] == [0, 0, 0]
    anchor(folder, catalog, LATER)
    found = rows(catalog)
    assert [each.seq for each in found] == list(range(1, 121))
    for n in range(3):
        mine = [each.entry.subject for each in found if each.entry.actor == f"p{n}"]
        assert mine == [str(each) for each in range(40)]
    checked = check_log(folder, catalog)
    assert (checked.entries, checked.anchored, checked.problems) == (120, 120, ())


def test_the_log_is_anchored_once_and_locked(catalog: Catalog, store: ObjectStore) -> None:
    assert not is_due(catalog, 1, timedelta(0))
    note(catalog, "a", "b")
    assert is_due(catalog, 2, timedelta(days=1)) and is_due(catalog, 99, timedelta(0))
    assert not is_due(catalog, 3, timedelta(days=1))
    assert anchor(store, catalog, LATER) == 2
    assert anchor(store, catalog, LATER) == 0
    note(catalog, "c")
    assert anchor(store, catalog, LATER) == 1
    first, second = store.list(LOG)
    assert [each.entry.subject for each in read_segment(store, first.key).entries] == ["a", "b"]
    assert read_segment(store, second.key).previous == read_segment(store, first.key).entries[-1].hash
    if store.retains():
        with pytest.raises(ObjectLockedError):
            store.delete(first.key, first.version_id)
    report = verify(store, catalog)
    assert report.ok and report.log.anchored == 3 and report.unknown == ()


def test_a_long_log_is_anchored_in_portions(
    catalog: Catalog, folder: FolderStore, anew: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(segments, "_MOST_ENTRIES", 4)
    note(catalog, *map(str, range(10)))
    anchor(folder, catalog, LATER)
    assert len(list(folder.list(LOG))) == 3
    rebuild(folder, anew)
    assert rows(anew) == rows(catalog)


def tamper(connection: Connection, what: str) -> None:
    drop_guards(connection)
    match what:
        case "changed":
            connection.execute(text("UPDATE log SET actor = 'minh' WHERE seq = 3"))
        case "removed":
            connection.execute(text("DELETE FROM log WHERE seq = 3"))
        case "tail":
            connection.execute(text("DELETE FROM log WHERE seq >= 4"))
        case "all":
            connection.execute(text("DELETE FROM log"))
        case "rehashed":  # with a valid hash
            kept = [each for each in chain.entries_from(connection, 1) if each.seq != 3]
            connection.execute(text("DELETE FROM log"))
            previous = "0" * 64
            for seq, each in enumerate(kept, start=1):
                previous = line_hash(previous, entry_line(seq, each.entry))
                connection.execute(insert(log).values(**chain.row_of(Chained(seq, previous, each.entry))))


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("nothing", []),
        ("changed", ["log: entry 3 changed, or the one before it was replaced"]),
        ("removed", ["log: entry 3 removed",
                     "log: entry 3 not as anchored in the bucket (changed or removed)"]),
        ("tail", ["log: entries 4 to 5 cut off: the bucket has them, the catalog doesn't"]),
        ("all", ["log: entries 1 to 5 cut off: the bucket has them, the catalog doesn't"]),
        ("rehashed", ["log: entries 3 to 4 not as anchored in the bucket (changed or removed)",
                      "log: entry 5 cut off: the bucket has them, the catalog doesn't"]),
    ],
)  # fmt: skip
def test_what_a_superuser_does_to_the_log_is_named(
    catalog: Catalog, folder: FolderStore, what: str, found: list[str]
) -> None:
    note(catalog, *"abcde")
    anchor(folder, catalog, LATER)
    with catalog.transaction() as connection:
        tamper(connection, what)
    report = verify(folder, catalog)
    assert set(report.log.problems) >= {GUARDS, *found}
    assert not report.ok


def test_a_cut_tail_that_was_written_over_is_found(catalog: Catalog, folder: FolderStore) -> None:
    note(catalog, *"abcde")
    anchor(folder, catalog, LATER)
    with catalog.transaction() as connection:
        tamper(connection, "tail")
    note(catalog, *"xyz")
    assert "log: entries 4 to 5 not as anchored in the bucket (changed or removed)" in (
        check_log(folder, catalog).problems
    )


def test_a_segment_that_is_gone_or_damaged_is_named(catalog: Catalog, folder: FolderStore) -> None:
    note(catalog, "a")
    anchor(folder, catalog, LATER)
    note(catalog, "b")
    anchor(folder, catalog, LATER)
    one, two = folder.list(LOG)
    (folder.root / one.key).write_bytes(b"x")
    (folder.root / two.key).unlink()
    problems = check_log(folder, catalog).problems
    assert len(problems) == 2 and one.key in problems[0] and two.key in problems[1]


def test_the_whole_log_comes_back_and_goes_on(store: ObjectStore, catalog: Catalog, anew: Catalog) -> None:
    note(catalog, *"abc")
    anchor(store, catalog, LATER)
    note(catalog, "d", action="user added")
    anchor(store, catalog, LATER)
    assert rebuild(store, anew).problems == []
    assert rows(anew) == rows(catalog)
    note(anew, "e")
    anchor(store, anew, LATER)
    assert check_log(store, anew).problems == ()


def test_a_catalog_of_yesterday_gets_what_came_since(
    folder: FolderStore, catalog: Catalog, anew: Catalog
) -> None:
    """`anew` is yesterday's catalog: it has the first two entries, and later ones that were made with it."""
    note(catalog, "a", "b")
    anchor(folder, catalog, LATER)
    rebuild(folder, anew)
    note(catalog, "c", "d")
    anchor(folder, catalog, LATER)
    note(anew, "verified")
    anchor(folder, anew, LATER)
    assert check_log(folder, anew).problems != ()
    with anew.transaction() as connection:
        assert restore_segments(connection, _segments(folder)) == 2
    assert [each.entry.subject for each in rows(anew)] == ["a", "b", "verified", "c", "d", "log"]
    assert check_log(folder, anew).problems == ()
    with anew.transaction() as connection:
        assert restore_segments(connection, _segments(folder)) == 0


def test_rebuild_reports_a_lost_segment(folder: FolderStore, catalog: Catalog, anew: Catalog) -> None:
    for subject in "abc":
        note(catalog, subject)
        anchor(folder, catalog, datetime.now(UTC))
    _, second, _ = folder.list(LOG)
    folder.delete(second.key)
    assert rebuild(folder, anew).problems == ["log: entries 2 to 2 are in no segment"]
    assert [each.entry.subject for each in rows(anew)][:2] == ["a", "c"]


def _segments(store: ObjectStore) -> list[Any]:
    return [read_segment(store, each.key) for each in store.list(LOG)]


def test_what_is_in_the_log_before_the_upgrade_is_chained(new_settings: NewSettings) -> None:
    from alembic import command  # noqa: PLC0415  slow to import, and only needed here

    from scanflow.archive.database import backends  # noqa: PLC0415  as above

    settings = new_settings("old", migrated=False)
    url = backends.database_url(settings)
    engine = backends._BACKENDS[url.get_backend_name()].connect(url)
    config = configuration()
    old = (
        "INSERT INTO log (at, actor, action, subject, after) "
        "VALUES ('2026-08-04 02:30:00.5', :a, 'did', 's', :b)"
    )
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
        for actor, after in (("lan", '{"x": 1}'), ("minh", None)):
            connection.execute(text(old), {"a": actor, "b": after})
    engine.dispose()
    with open_catalog(settings) as catalog:
        found = rows(catalog)
        assert [(each.seq, each.entry.actor, each.entry.after) for each in found] == [
            (1, "lan", {"x": 1}),
            (2, "minh", None),
        ]
        note(catalog, "a")
        with catalog.reading() as connection:
            assert len(connection.execute(select(log)).fetchall()) == 3
        with catalog.transaction() as connection:
            assert chain.head(connection)[0] == 3
        assert check_log(FolderStore(settings.home / "objects"), catalog).problems == ()

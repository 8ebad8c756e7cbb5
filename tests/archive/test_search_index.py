"""The search index on the disk: fed, killed, shared by processes, made anew."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import delete, func, insert, select, update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import backends
from scanflow.archive.database.migrations import configuration
from scanflow.archive.database.tables import documents, dossiers, page_texts, search_changes, versions
from scanflow.archive.search import query as finding
from scanflow.archive.search.changes import mark_changed, newest_change
from scanflow.archive.search.feeding import feeding
from scanflow.archive.search.index import SearchIndex, open_index
from scanflow.archive.search.question import Question
from scanflow.archive.store.folder import FolderStore
from scanflow.clock import now
from scanflow.settings import Settings
from tests.archive.filing import NUMBER, add_version, environment_of, file_paper
from tests.archive.searching import ask
from tests.conftest import NewSettings
from tests.patience import wait_until

MANY = 20
"""Documents; the feeding process that is killed commits them one at a time."""

FEED = """
import sys
from pathlib import Path
from scanflow.archive.catalog import open_catalog
from scanflow.archive.search import index
from scanflow.settings import load_settings
index._PORTION = index._COMMIT = 1
settings = load_settings(Path(sys.argv[1]))
with open_catalog(settings) as catalog, index.open_index(settings, catalog) as opened:
    opened.update(lambda done, all: print(done, flush=True))
"""


def file_many(folder: FolderStore, catalog: Catalog, count: int = MANY) -> None:
    for no in range(count):
        file_paper(folder, catalog, [f"tờ thứ{no} chung"], batch_id=f"many{no}")


def total(index: SearchIndex, typed: str) -> int:
    return finding.search(index, Question(typed, None)).total


def test_what_is_filed_is_found_while_a_server_runs(
    settings: Settings, catalog: Catalog, folder: FolderStore
) -> None:
    with open_index(settings, catalog) as index, feeding(index):
        ref = file_paper(folder, catalog, ["chữ đọc nhầm"])
        assert wait_until(lambda: total(index, "nhầm") == 1)
        add_version(folder, catalog, ref, ["chữ đọc đúng"], version=2)
        assert wait_until(lambda: total(index, "đúng") == 1)
        assert total(index, "nhầm") == 0
        with catalog.transaction() as connection:
            connection.execute(update(documents).values(title="Tên mới"))
            mark_changed(connection, [ref.id])
        assert wait_until(lambda: total(index, 'tieu_de:"tên mới"') == 1)


def test_a_killed_feeding_goes_on(settings: Settings, catalog: Catalog, folder: FolderStore) -> None:
    file_many(folder, catalog)
    with subprocess.Popen(
        [sys.executable, "-c", FEED, str(settings.home)],
        stdout=subprocess.PIPE, text=True, env=environment_of(settings),
    ) as killed:  # fmt: skip
        assert killed.stdout is not None
        for _ in range(5):
            killed.stdout.readline()
        os.kill(killed.pid, signal.SIGKILL)
    with open_index(settings, catalog) as index:
        begun = index.state().seq
        assert begun >= 4
        assert index.update()
        assert total(index, "chung") == MANY
        with catalog.reading() as connection:
            assert index.behind(connection, index.searcher()) == 0


def test_one_process_writes_and_others_read(
    settings: Settings, catalog: Catalog, folder: FolderStore
) -> None:
    file_paper(folder, catalog, ["một"])
    with open_index(settings, catalog) as one, open_index(settings, catalog) as other:
        assert one.update(keep=True)
        assert total(other, "một") == 1
        file_paper(folder, catalog, ["hai"], batch_id="b2")
        assert not other.update()
        with catalog.reading() as connection:
            assert other.behind(connection, other.searcher()) == 1
        assert finding.search(other, Question("một", None)).behind == 1
        assert one.update(keep=True)
        assert total(other, "hai") == 1
        one.close()
        file_paper(folder, catalog, ["ba"], batch_id="b3")
        assert other.update()
        assert total(one, "ba") == 1


def test_an_index_of_another_catalog_is_made_anew(
    settings: Settings, catalog: Catalog, folder: FolderStore
) -> None:
    """As after a restore: numbers that were given again, or are not there any more."""
    file_many(folder, catalog, 3)
    with open_index(settings, catalog) as index:
        assert index.update()
        last = index.state().seq
        with catalog.transaction() as connection:
            connection.execute(
                update(search_changes).where(search_changes.c.seq == last).values(token="khac")
            )
            gone = select(func.max(documents.c.id)).scalar_subquery()
            connection.execute(
                update(search_changes).where(search_changes.c.seq == 1).values(document_id=gone)
            )
        assert index.update()
        assert total(index, "chung") == 2, "the first document isn't among the changes any more"
        with catalog.transaction() as connection:
            connection.execute(delete(search_changes).where(search_changes.c.seq > 2))
        assert index.update()
        assert (total(index, "chung"), index.state().seq) == (2, 2)


@pytest.mark.parametrize("damage", ["cut", "gone", "nonsense"])
def test_a_damaged_index_is_made_anew(
    settings: Settings, catalog: Catalog, folder: FolderStore, damage: str
) -> None:
    file_many(folder, catalog, 3)
    with open_index(settings, catalog) as index:
        index.update()
    [made] = (settings.home / "search").glob("v*")
    for path in [made / "meta.json"] if damage == "nonsense" else sorted(made.glob("*.idx")):
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(b"{" if damage == "nonsense" else path.read_bytes()[:9])
    with open_index(settings, catalog) as index:
        assert index.update()
        assert total(index, "chung") == 3


def test_an_index_of_another_release_is_removed(
    settings: Settings, catalog: Catalog, folder: FolderStore
) -> None:
    file_paper(folder, catalog, ["một"])
    old: Path = settings.home / "search" / "v0-00000000"
    old.mkdir(parents=True)
    (old / "meta.json").write_text("{}")
    with open_index(settings, catalog) as index:
        assert index.update()
        assert total(index, "một") == 1
    assert not old.exists()


def test_an_index_made_anew_answers_the_same(
    settings: Settings, catalog: Catalog, folder: FolderStore
) -> None:
    ref = file_paper(folder, catalog, ["đăng ký khai sinh", "trang hai"])
    file_many(folder, catalog, 5)
    add_version(folder, catalog, ref, ["đăng ký khai sinh lại"], version=2)
    with open_index(settings, catalog) as index, SearchIndex(catalog, None) as anew:
        assert index.update()
        file_paper(folder, catalog, ["đăng ký muộn"], batch_id="late")
        assert index.update()
        assert anew.update()
        for typed in ("đăng ký", "chung", '"khai sinh lại"', f"ma_ho_so:{NUMBER}", "t*"):
            first, second = ask(index, typed), ask(anew, typed)
            assert first
            assert {hit.document_id for hit in first} == {hit.document_id for hit in second}


def test_changes_are_numbered_in_the_order_of_commits(catalog: Catalog) -> None:
    with catalog.transaction() as connection:
        mark_changed(connection, [7, 8, 7])
    with pytest.raises(ZeroDivisionError), catalog.transaction() as connection:
        mark_changed(connection, [9])
        _ = 1 / 0
    with catalog.transaction() as connection:
        mark_changed(connection, [10])
    with catalog.reading() as connection:
        rows = connection.execute(select(search_changes).order_by(search_changes.c.seq)).all()
        assert [(row.seq, row.document_id) for row in rows] == [(1, 7), (2, 8), (3, 10)]
        assert len({row.token for row in rows}) == 3
        assert newest_change(connection).seq == 3


def test_what_was_filed_before_is_found_after_the_upgrade(new_settings: NewSettings) -> None:
    settings = new_settings("old", migrated=False)
    url = backends.database_url(settings)
    engine = backends._BACKENDS[url.get_backend_name()].connect(url)
    values = dict.fromkeys(("pdf_key", "pdf_sha256", "words_key", "words_sha256"), "")
    made = {"created_at": now(), "confidence": 0.9}
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        command.upgrade(config, "0016")
        connection.execute(insert(dossiers).values(number=NUMBER, created_at=now()))
        for no in (1, 2):
            paper = {"dossier_id": 1, "no": no, "type": "don", "title": "Đơn", **made}
            batch: dict[str, object] = {"batch_id": "b1", "first_page": no, "evidence": [], "fields": {}}
            connection.execute(insert(documents).values(**paper, **batch))
            version = {"document_id": no, "version": 1, "pdf_size": 0, "words_size": 0, "pages": 1}
            connection.execute(insert(versions).values(**version, made_by={}, **values, **made))
            page = {"version_id": no, "page_no": 1, "text": f"thửa đất số {no}"}
            connection.execute(insert(page_texts).values(page))
    engine.dispose()
    with open_catalog(settings) as catalog, open_index(settings, catalog) as index:
        assert index.update()
        assert [hit.document for hit in ask(index, '"so 2"')] == [2]
        assert total(index, "thửa đất") == 2
        file_paper(FolderStore(settings.home / "objects"), catalog, ["thửa đất số 3"], batch_id="b3")
        assert index.update()
        assert total(index, "thửa đất") == 3

"""PostgreSQL alone: away, restarted, set up wrongly, and with writers that wait for each other."""

import signal
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread

import pytest
from psycopg import sql
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import dossiers
from scanflow.archive.store.folder import FolderStore
from scanflow.errors import CatalogError
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.archive.filing import file_paper
from tests.archive.searching import search
from tests.postgresql import Cluster, find_postgresql, postgresql
from tests.tools import missing

pytestmark = pytest.mark.postgresql


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of this module, to be stopped and set up wrongly."""
    if find_postgresql() is None:
        missing("no PostgreSQL here: apt-get install postgresql")
    with postgresql() as started:
        yield started


def settings_for(home: Path, url: str) -> Settings:
    return Settings(home=home, catalog=CatalogSettings(url=SecretStr(url)))


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, cluster.url(cluster.new_database()))


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    with open_catalog(settings) as opened:
        yield opened


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_restart_in_the_middle_of_a_transaction(
    cluster: Cluster, catalog: Catalog, how: signal.Signals
) -> None:
    catalog.ensure_dossier("N1")
    with pytest.raises(CatalogError, match="done again"), catalog.transaction() as c:
        catalog.ensure_dossier("N2", connection=c)
        cluster.stop(how)
        cluster.start()
        catalog.ensure_dossier("N3", connection=c)
    assert [each.number for each in catalog.dossiers()] == ["N1"]
    catalog.ensure_dossier("N2")
    assert catalog.dossier_known("N2")


def test_a_restart_just_before_the_commit(cluster: Cluster, catalog: Catalog) -> None:
    with pytest.raises(CatalogError), catalog.transaction() as c:
        catalog.ensure_dossier("N1", connection=c)
        cluster.stop()
        cluster.start()
    assert catalog.dossiers() == []


def test_a_crash_while_others_file(cluster: Cluster, catalog: Catalog, folder: FolderStore) -> None:
    """What was said to be filed is there, and filing goes on on the same catalog."""
    filed: list[int] = []

    def file_on() -> None:
        while True:
            try:
                file_paper(folder, catalog, [f"tờ khai thứ{len(filed)}"], batch_id=f"b{len(filed)}")
            except CatalogError:
                return
            filed.append(len(filed))
            if len(filed) == 5:
                enough.wait()

    enough = Barrier(2)
    filing = Thread(target=file_on)
    filing.start()
    enough.wait()
    cluster.stop(signal.SIGQUIT)
    filing.join()
    cluster.start()
    for n in filed:
        assert len(search(catalog, f"thứ{n}")) == 1
    file_paper(folder, catalog, [f"tờ khai thứ{len(filed)}"], batch_id=f"b{len(filed)}")
    assert len(search(catalog, f"thứ{len(filed)}")) == 1


def test_a_server_that_is_away(cluster: Cluster, settings: Settings) -> None:
    with open_catalog(settings) as catalog:
        cluster.stop()
        try:
            with pytest.raises(CatalogError, match="check that PostgreSQL runs") as caught:
                catalog.dossiers()
            with pytest.raises(CatalogError, match="check that PostgreSQL runs"):
                open_catalog(settings)
        finally:
            cluster.start()
        assert cluster.password not in "".join(traceback.format_exception(caught.value))
        assert catalog.dossiers() == []


def test_a_wrong_password_and_a_database_that_is_not_there(cluster: Cluster, tmp_path: Path) -> None:
    for url in (cluster.url("postgres").replace(cluster.password, "wr0ng"), cluster.url("nowhere")):
        with pytest.raises(CatalogError, match=r"\[catalog\] url") as caught:
            open_catalog(settings_for(tmp_path, url))
        shown = "".join(traceback.format_exception(caught.value))
        assert "wr0ng" not in shown
        assert cluster.password not in shown


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_scheme_of_urls_is_taken_and_no_password_is_shown(
    cluster: Cluster, tmp_path: Path, scheme: str
) -> None:
    name = cluster.new_database()
    for url in (cluster.url(name), cluster.socket_url(name)):
        with open_catalog(settings_for(tmp_path, url.replace("postgresql", scheme, 1))) as catalog:
            assert catalog.dossiers() == []
            assert catalog.describe().startswith("PostgreSQL at ")
            assert cluster.password not in catalog.describe()


def test_settings_of_our_database_sessions(cluster: Cluster, settings: Settings, tmp_path: Path) -> None:
    """What is committed is on disk, no statement waits for ever, and the URL's options go before our
    defaults.
    """
    assert settings.catalog.url is not None
    url = settings.catalog.url.get_secret_value()
    cluster.run(sql.SQL("ALTER ROLE scanflow SET synchronous_commit = off"))
    try:
        with open_catalog(settings) as catalog, catalog.transaction() as c:
            names = ("synchronous_commit", "lock_timeout", "application_name", "transaction_isolation")
            found = {name: c.scalar(text(f"SHOW {name}")) for name in names}
        assert list(found.values()) == ["on", "30s", "scanflow", "read committed"]
        own = settings_for(tmp_path, f"{url}?application_name=quay-1&options=-c%20lock_timeout%3D7s")
        with open_catalog(own) as catalog, catalog.transaction() as c:
            assert c.scalar(text("SHOW lock_timeout")) == "7s"
            assert c.scalar(text("SHOW application_name")) == "quay-1"
    finally:
        cluster.run(sql.SQL("ALTER ROLE scanflow RESET synchronous_commit"))


def test_servers_that_would_lose_commits_are_refused(
    cluster: Cluster, settings: Settings, tmp_path: Path
) -> None:
    cluster.run(sql.SQL("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0"))
    with pytest.raises(CatalogError, match=r"LATIN1.*createdb"):
        open_catalog(settings_for(tmp_path, cluster.url("latin")))
    cluster.run(sql.SQL("ALTER SYSTEM SET fsync = off"))
    cluster.stop()
    cluster.start()
    try:
        with pytest.raises(CatalogError, match="fsync"):
            open_catalog(settings)
    finally:
        cluster.run(sql.SQL("ALTER SYSTEM RESET fsync"))
        cluster.stop()
        cluster.start()


def test_a_role_without_rights_is_reported(cluster: Cluster, settings: Settings, tmp_path: Path) -> None:
    assert settings.catalog.url is not None
    cluster.run(sql.SQL("CREATE ROLE guest LOGIN PASSWORD 'guest'"))
    url = settings.catalog.url.get_secret_value().replace(f"scanflow:{cluster.password}", "guest:guest")
    with pytest.raises(CatalogError, match="must own the database"):
        open_catalog(settings_for(tmp_path, url))


def test_a_long_held_lock_is_reported(catalog: Catalog, settings: Settings, tmp_path: Path) -> None:
    assert settings.catalog.url is not None
    url = f"{settings.catalog.url.get_secret_value()}?options=-c%20lock_timeout%3D100ms"
    with open_catalog(settings_for(tmp_path, url)) as hasty, catalog.transaction() as c:
        catalog.ensure_dossier("N1", connection=c)
        with pytest.raises(CatalogError, match="holds the same rows"):
            hasty.ensure_dossier("N1")


def test_a_deadlock_ends_one_of_two_transactions(catalog: Catalog) -> None:
    """One of them is told to try again, the other goes on."""
    for number in ("N1", "N2"):
        catalog.ensure_dossier(number)
    both = Barrier(2)

    def lock(first: str, second: str) -> str:
        try:
            with catalog.transaction() as c:
                c.execute(select(dossiers).where(dossiers.c.number == first).with_for_update())
                both.wait()
                c.execute(select(dossiers).where(dossiers.c.number == second).with_for_update())
        except CatalogError as error:
            return error.message.rpartition(": ")[2]
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(lock, ("N1", "N2"), ("N2", "N1"))) == ["done", "try again"]


def test_no_error_quotes_what_is_in_the_tables(catalog: Catalog) -> None:
    """The server's own messages quote the row that broke a rule."""
    catalog.ensure_dossier("H13.42-260901-0105")
    row = {"number": "H13.42-260901-0105", "created_at": "2026-08-04T09:30:00+07:00"}
    statement = insert(dossiers).values({**row, "created_at": text("now()")})
    with pytest.raises(IntegrityError, match="uq_dossiers_number") as caught, catalog.transaction() as c:
        c.execute(statement)
    assert row["number"] not in "".join(traceback.format_exception(caught.value))


def test_a_reader_sees_one_state_of_the_database(catalog: Catalog) -> None:
    with catalog.reading() as c:
        assert not catalog.dossier_known("N1", c)
        catalog.ensure_dossier("N1")
        assert not catalog.dossier_known("N1", c)
    assert catalog.dossier_known("N1")

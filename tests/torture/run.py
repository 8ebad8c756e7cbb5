"""One torture run from beginning to end."""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches
from tests.postgresql import postgresql
from tests.servers import seaweedfs_server, variables_of
from tests.torture.accounts import Account, embedded, examine, jobs_left
from tests.torture.scanning import scanning
from tests.torture.site import Plan, Site
from tests.torture.sources import Delivery, delivery, stack

Say = Callable[[str], None]


def _silent(_what: str) -> None:
    """Say nothing."""


_OUTSTANDING = 4
_WAIT_FOR_PROCESS = 2.0
_STANDSTILL_SECONDS = 150


@dataclass(frozen=True)
class Result:
    """What happened in a torture run, and what was found afterwards."""

    mode: str
    seed: int
    events: Mapping[str, int]
    deliveries: int
    seconds: float
    account: Account

    @property
    def happened(self) -> int:
        """How many events there were."""
        return sum(self.events.values())


@contextmanager
def embedded_site(folder: Path) -> Iterator[Site]:
    """One machine: SQLite and a folder; a watcher that works, a worker, and clerks at a counter."""
    roles = {"watcher": ("watch", str(folder / "inbox")), "worker": ("worker",)}
    site = Site(folder, roles)
    try:
        yield site
    finally:
        site.abandon()


@contextmanager
def shared_site(folder: Path) -> Iterator[Site]:
    """Servers: PostgreSQL and S3; a watcher, two workers, and clerks at a counter."""
    roles = {
        "watcher": ("watch", "--no-work", str(folder / "inbox")),
        "worker-1": ("worker",),
        "worker-2": ("worker",),
    }
    with postgresql() as cluster, seaweedfs_server() as server:
        variables = {
            "SCANFLOW_CATALOG__URL": cluster.url(cluster.new_database()),
            **variables_of(server.settings),
            "SCANFLOW_STORE__BUCKET": "tortured",
        }
        site = Site(folder, roles, variables, server)
        try:
            yield site
        finally:
            site.abandon()


@contextmanager
def station_site(folder: Path) -> Iterator[Site]:
    """A counter with a scanner: SQLite and a folder; the web pages' server, and the counter's agent."""
    made = Site(folder, {})
    with scanning(folder, made.settings()) as (scanner, variables, port):
        made.scanner = scanner
        made.roles = {"web": ("web", "--port", str(port)), "station": ("station",)}
        made.of_role = {"station": variables}
        try:
            yield made
        finally:
            made.abandon()


MODES: Mapping[str, tuple[Callable[[Path], AbstractContextManager[Site]], Mapping[str, float], float]] = {
    "embedded": (
        embedded_site,
        {
            "child": 60,
            "process": 10,
            "group": 15,
            "stop": 8,
            "unmounted share": 4,
            "yesterday's catalog": 3,
        },
        0.7,
    ),
    "station": (station_site, {"child": 50, "process": 15, "group": 15, "stop": 8, "HTML": 12}, 1.0),
    "shared": (shared_site, {"child": 67, "process": 10, "group": 13, "store": 2, "stop": 8}, 0.7),
}
"""How a site is made, how often each kind of event comes (in per cent), and the mean pause between two."""


def torture(  # noqa: PLR0917 - what, how much, where
    mode: str, seed: int, events: int, folder: Path, say: Say = _silent, keep: Path | None = None
) -> Result:
    """Let so many events happen while deliveries come in, finish the work, and account for every page.
    `keep`: the folder to which the site's files are copied if anything was wrong.
    """
    make, kinds, pause = MODES[mode]
    started = time.monotonic()
    with make(folder) as site, open_catalog(site.settings()) as catalog:
        site.before_restore = catalog.engine.dispose
        site.keep_running()
        deliveries = _trigger_events(site, catalog, Plan(seed, kinds, pause), events, say)
        _finish(site, catalog, say)
        site.stop()
        account = examine(site.settings(), deliveries, embedded(site.settings(), "rebuilt"))
        account.problems += site.crashes
        if keep is not None and account.problems:
            shutil.copytree(folder, keep / f"{mode}-{seed}", dirs_exist_ok=True)
    return Result(mode, seed, dict(site.events), len(deliveries), time.monotonic() - started, account)


def _trigger_events(
    site: Site,
    catalog: Catalog,
    plan: Plan,
    events: int,
    say: Say,
) -> list[Delivery]:
    deliveries: list[Delivery] = []
    step = plan.steps()
    pause, kind, choice = step()
    due, told = time.monotonic() + pause, 0
    while site.events.total() < events:
        if len(deliveries) - _settled(catalog) < _OUTSTANDING:
            make = delivery if site.scanner is None else stack
            deliveries.append(make(plan.seed, len(deliveries)))
            site.deliver(deliveries[-1])
        late = time.monotonic() - due
        if late >= 0 and (site.trigger(kind, choice) or late > _WAIT_FOR_PROCESS):
            pause, kind, choice = step()
            due = time.monotonic() + pause
        site.keep_running()
        if site.is_lost:
            return deliveries
        if site.events.total() >= told + 50:
            told = site.events.total()
            say(f"{told} events, {len(deliveries)} deliveries, {_settled(catalog)} batches settled")
        time.sleep(0.05)
    return deliveries


def _finish(site: Site, catalog: Catalog, say: Say) -> None:
    """Let no more events happen: wait until everything is done, or until nothing changes any more."""
    before, since = None, time.monotonic()
    while not site.end_events():
        site.keep_running()
    while (
        (site.waiting() and not (site.scanner and site.crashes))
        or _unsettled(catalog)
        or "counter" in site.running
    ):
        site.keep_running()
        state = (site.waiting(), _unsettled(catalog), _settled(catalog))
        if state != before:
            before, since = state, time.monotonic()
        if time.monotonic() - since > _STANDSTILL_SECONDS:
            site.crashes.append(f"nothing happens any longer: {state}, {_states(catalog)}")
            say(f"{jobs_left(site.settings())} {site.dump()}")
            return
        time.sleep(0.2)


def _states(catalog: Catalog) -> dict[str, int]:
    with catalog.reading() as connection:
        query = select(batches.c.state, func.count().label("number")).group_by(batches.c.state)
        return {row.state: row.number for row in connection.execute(query)}


def _settled(catalog: Catalog) -> int:
    states = _states(catalog)
    return states.get("closed", 0) + states.get("unassigned", 0)


def _unsettled(catalog: Catalog) -> int:
    return sum(_states(catalog).values()) - _settled(catalog)

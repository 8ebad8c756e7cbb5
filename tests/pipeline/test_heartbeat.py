"""Heartbeats: which workers count as dead, on this host and on others, on both databases."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import workers
from scanflow.ledger.workers import remove_workers, worker_ids
from scanflow.pipeline.queue import heartbeat
from scanflow.pipeline.queue.heartbeat import Observer, Worker, this_worker
from scanflow.settings import Settings

SILENCE = 30.0


@pytest.fixture
def catalog(new_settings: Callable[[str], Settings]) -> Iterator[Catalog]:
    with open_catalog(new_settings("home")) as opened:
        yield opened


_UNSHARE = ("unshare", "--pid", "--fork", "--mount-proc")
_IN_ITS_NAMESPACE = """
import dataclasses, json, sys
from scanflow.pipeline.queue.heartbeat import Worker, this_worker
other = Worker(*json.loads(sys.stdin.readline()))
me = this_worker()
print(json.dumps(dataclasses.astuple(me)), flush=True)
print(json.dumps({"here": other.place == me.place}), flush=True)
"""


def _may_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode == 0


def _free_pid() -> int:
    """The number of a process that has just ended."""
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


class Clock:
    """A clock that the test sets forward."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def elsewhere(name: str) -> Worker:
    return Worker(name, "another-host", 1, "1", "another place")


def enter(catalog: Catalog, *workers: Worker) -> None:
    with catalog.transaction() as connection:
        for worker in workers:
            heartbeat.announce(connection, worker)


def dead(catalog: Catalog, observer: Observer) -> list[str]:
    with catalog.transaction() as connection:
        return observer.dead(connection)


def test_worker_elsewhere_is_dead_after_its_silence_and_not_before(catalog: Catalog) -> None:
    clock = Clock()
    observer = Observer(this_worker(), SILENCE, clock)
    enter(catalog, observer.worker, elsewhere("silent"), elsewhere("lively"))
    assert dead(catalog, observer) == []
    for _ in range(5):
        clock.now += SILENCE / 5 - 0.1
        with catalog.transaction() as connection:
            heartbeat.beat(connection, elsewhere("lively"))
        assert dead(catalog, observer) == []
    clock.now += 1
    assert dead(catalog, observer) == ["silent"]


def test_observer_measures_silence_from_when_it_first_looked(catalog: Catalog) -> None:
    """The clocks of hosts need not agree: silence before that does not count."""
    clock = Clock()
    enter(catalog, elsewhere("other"))
    clock.now += 10 * SILENCE
    observer = Observer(this_worker(), SILENCE, clock)
    assert dead(catalog, observer) == []
    clock.now += SILENCE
    assert dead(catalog, observer) == ["other"]


def test_a_process_that_has_ended_on_this_host_is_dead_at_once(catalog: Catalog) -> None:
    me = this_worker()
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = replace(me, id="other", pid=process.pid, born=heartbeat._born(process.pid))
    assert other.born
    enter(catalog, me, other)
    observer = Observer(me, SILENCE)
    assert dead(catalog, observer) == []
    process.kill()
    process.communicate()
    assert dead(catalog, observer) == ["other"]


def test_another_process_under_the_same_pid_is_not_the_worker(catalog: Catalog) -> None:
    me = this_worker()
    enter(catalog, me, replace(me, id="before", born=str(int(me.born) - 1)))
    assert dead(catalog, Observer(me, SILENCE)) == ["before"]


def test_a_worker_elsewhere_is_not_judged_by_our_processes(catalog: Catalog) -> None:
    """Two containers with one host name: each has its own process 1 and can't see the other's processes."""
    me = this_worker()
    nobody = replace(me, id="nobody here", pid=_free_pid(), place=f"{me.place} other")
    somebody = replace(me, id="somebody else here", pid=1, born="1", place=f"{me.place} other")
    enter(catalog, me, nobody, somebody)
    clock = Clock()
    observer = Observer(me, SILENCE, clock)
    assert dead(catalog, observer) == []
    clock.now += SILENCE
    assert sorted(dead(catalog, observer)) == ["nobody here", "somebody else here"]


def test_worker_of_an_older_release_is_dead_after_its_silence_only(catalog: Catalog) -> None:
    me = this_worker()
    enter(catalog, me, replace(me, id="older", pid=_free_pid()))
    with catalog.transaction() as connection:
        connection.execute(update(workers).where(workers.c.id == "older").values(place=None))
    clock = Clock()
    observer = Observer(me, SILENCE, clock)
    assert dead(catalog, observer) == []
    clock.now += SILENCE
    assert dead(catalog, observer) == ["older"]


@pytest.mark.skipif(not _may_unshare(), reason="needs the right to make a pid namespace (root)")
def test_two_pid_namespaces_with_one_host_name_leave_each_other_alone(
    catalog: Catalog,
) -> None:
    """Neither sees the other's process, nor takes a process with the same number for it."""
    me = this_worker()
    enter(catalog, me)
    child = subprocess.Popen(
        [*_UNSHARE, sys.executable, "-c", _IN_ITS_NAMESPACE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin and child.stdout
    with catalog.reading() as connection:
        (row,) = connection.execute(select(workers)).fetchall()
    child.stdin.write(json.dumps([row.id, row.host, row.pid, row.born, row.place]) + "\n")
    child.stdin.flush()
    inside = Worker(*json.loads(child.stdout.readline()))
    judged = json.loads(child.stdout.readline())
    assert inside.host == me.host
    assert inside.pid == 1  # as in every container
    assert judged == {"here": False}
    enter(catalog, inside)
    assert dead(catalog, Observer(me, SILENCE)) == []
    # Processes in its own namespace see at once that it is gone.
    child.communicate()


def test_process_that_proc_hides_from_us_is_not_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another user's process, where /proc is mounted with hidepid, isn't gone; one that has ended is."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = heartbeat._born(process.pid)
    monkeypatch.setattr(heartbeat, "_born", lambda _pid: "")
    assert not heartbeat._is_gone(process.pid, born)
    process.kill()
    process.communicate()
    assert heartbeat._is_gone(process.pid, born)


def test_worker_that_was_given_up_too_early_enters_itself_again(catalog: Catalog) -> None:
    me = this_worker()
    enter(catalog, me)
    with catalog.transaction() as connection:
        remove_workers(connection, [me.id])
        assert worker_ids(connection) == set()
        heartbeat.beat(connection, me)
        assert worker_ids(connection) == {me.id}

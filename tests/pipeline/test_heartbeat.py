"""Signs of life: who is dead, on this host and on others, on both databases."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.pipeline import heartbeat
from scanflow.pipeline.heartbeat import Observer, Worker, this_worker
from scanflow.settings import Settings

SILENCE = 30.0


@pytest.fixture
def catalog(new_settings: Callable[[str], Settings]) -> Iterator[Catalog]:
    with open_catalog(new_settings("home")) as opened:
        yield opened


class Clock:
    """Seconds that pass when we say so."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def elsewhere(name: str) -> Worker:
    return Worker(name, "another-host", 1, "1")


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
    """However long a worker was silent before: the clocks of hosts need not agree."""
    clock = Clock()
    enter(catalog, elsewhere("other"))
    clock.now += 10 * SILENCE
    observer = Observer(this_worker(), SILENCE, clock)
    assert dead(catalog, observer) == []
    clock.now += SILENCE
    assert dead(catalog, observer) == ["other"]


def test_process_that_is_gone_from_this_host_is_dead_at_once(catalog: Catalog) -> None:
    me = this_worker()
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = Worker("other", me.host, process.pid, heartbeat._born(process.pid))
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


def test_worker_that_was_given_up_too_early_enters_itself_again(catalog: Catalog) -> None:
    me = this_worker()
    enter(catalog, me)
    with catalog.transaction() as connection:
        heartbeat.leave(connection, [me.id])
        assert heartbeat.entered(connection) == set()
        heartbeat.beat(connection, me)
        assert heartbeat.entered(connection) == {me.id}

"""PostgreSQL and SeaweedFS, one of each for all worker processes of a test run.

Under xdist the process that hands out the tests holds the servers. A worker asks it over a socket, and the
first that asks for PostgreSQL has it started. They end with the run, whatever became of the workers.
Databases and buckets are each test's own. Without xdist the test process has servers of its own.

with server(config, "s3") as settings: ...
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Client, Listener
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Thread
from typing import Any

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.postgresql import Cluster, postgresql
from tests.servers import seaweedfs

_FAMILY = "AF_UNIX"
_INPUT = "shared_servers"


@dataclass(frozen=True)
class Databases:
    """A PostgreSQL, and the name of a database in it with an empty catalog, to be copied."""

    cluster: Cluster
    template: str


@contextmanager
def _databases() -> Iterator[Databases]:
    with postgresql() as cluster:
        template = cluster.new_database()
        url = CatalogSettings(url=SecretStr(cluster.url(template)))
        with TemporaryDirectory() as home:
            open_catalog(Settings(home=Path(home), catalog=url)).close()
        # It may be sent to another process, of which the server isn't a child.
        yield Databases(replace(cluster, process=None), template)


_SERVERS: dict[str, Callable[[], AbstractContextManager[Any]]] = {"postgresql": _databases, "s3": seaweedfs}


class _Held:
    """A server and the thread that started it: the kernel ends the server when that thread ends."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._thread = ThreadPoolExecutor(1, name)
        self._opened = ExitStack()
        self._asking = Lock()
        self._reached: Future[Any] | None = None

    def start(self) -> "Future[Any]":
        """Start the server unless it was; the future has what reaches it, or what went wrong."""
        with self._asking:
            if self._reached is None:
                self._reached = self._thread.submit(self._enter)
            return self._reached

    def end(self) -> None:
        self._thread.submit(self._opened.close).result()
        self._thread.shutdown()

    def _enter(self) -> Any:
        return self._opened.enter_context(_SERVERS[self._name]())


class SharedServers:
    """The servers of a run, in the process that hands out its tests."""

    def __init__(self) -> None:
        self._listener = Listener(family=_FAMILY)
        self._held = {name: _Held(name) for name in _SERVERS}
        self._held["s3"].start()  # it does next to nothing for six seconds, while workers collect the tests
        Thread(target=self._listen, daemon=True).start()

    def tell(self, workerinput: dict[str, Any]) -> None:
        """Let a worker know where to ask."""
        workerinput[_INPUT] = self._listener.address

    def end(self) -> None:
        self._listener.close()
        for held in self._held.values():
            held.end()

    def _listen(self) -> None:
        while True:
            try:
                asking = self._listener.accept()
            except OSError:  # closed
                return
            Thread(target=self._answer, args=(asking,), daemon=True).start()

    def _answer(self, asking: Any) -> None:
        with closing(asking):
            try:
                asking.send(self._held[asking.recv()].start().result())
            except Exception as error:  # the worker's test is to fail with it
                asking.send(error)


@contextmanager
def server(config: pytest.Config, name: str) -> Iterator[Any]:
    """What reaches the server of that name: the run's, or this process's own where it has no workers."""
    told: dict[str, Any] = getattr(config, "workerinput", {})
    if _INPUT not in told:
        with _SERVERS[name]() as own:
            yield own
        return
    with Client(told[_INPUT], _FAMILY) as connection:
        connection.send(name)
        reached = connection.recv()
    if isinstance(reached, Exception):
        raise reached
    yield reached

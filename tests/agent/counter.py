"""A counter with all that belongs to it: a scanner, its PC with the agent, and the server elsewhere."""

import io
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import Row, select

from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.capture.scanner.spool import Spool
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.ledger.files import batch_files
from scanflow.settings import load_settings
from tests import commands
from tests.patience import PATIENCE, wait_for
from tests.pipeline import procs
from tests.ports import free_port
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration
from tests.web.serving import opened_desk

CLERK = "an"
COUNTER = "Quầy 1"
ROOT = Path(__file__).parents[2]
ENDED = ("done", "failed", "stopped")

# Pages as the virtual scanner holds them: it needn't work on them.
_PROFILES = """
[scanner.profiles.papers]
resolution = 150

[scanner.profiles.duplex]
resolution = 150
duplex = true
"""


@dataclass
class Central:
    """The server, a process that may be killed; `limits` go to it as variables."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        variables = {**os.environ, **self.variables}
        self._process = commands.start(self.home, str(self.port), program="tests.web.serving", env=variables)
        wait_for(self._answers)

    def start_if_down(self) -> None:
        if self._process is None:
            self.start()

    def kill(self) -> None:
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "the server does not start"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@dataclass
class Agent:
    """`scanflow station` on the counter's PC."""

    home: Path
    variables: dict[str, str]
    _process: subprocess.Popen[bytes] | None = None

    @property
    def said(self) -> str:
        """All that it wrote to stderr."""
        return self._log.read_text(encoding="utf-8")

    @property
    def spool(self) -> Spool:
        return Spool(self.home / "station")

    def start(self, **variables: str) -> None:
        environment = {**os.environ, **self.variables, **variables}
        with self._log.open("ab") as log:
            self._process = commands.start("--home", self.home, "station", env=environment, stderr=log)

    def kill(self) -> None:
        """Kill the agent and the scanner's driver, which would feed another sheet meanwhile."""
        if self._process:
            drivers = procs.descendants(self._process.pid)
            self._process.kill()
            self._process.wait()
            for pid in drivers:
                procs.kill(pid)
            wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in drivers))

    def terminate(self) -> int:
        """SIGTERM; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait()

    def ended(self) -> int:
        """Its exit code when it ends by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE)

    @property
    def _log(self) -> Path:
        return self.home / "stderr"


@dataclass
class Counter:
    """A counter's parts, as the clerk and an operator see them. `device` is the scanner's SANE name."""

    virtual: VirtualScanner
    device: str
    sane: SaneConfiguration
    central: Central
    agent: Agent
    desk: Desk
    token: str
    name: str

    def stack(self) -> str:
        return stacks.open_stack(self.desk, clerk=CLERK, counter=self.name, number=None, procedure=None)

    def order(
        self, batch_id: str, *, profile: str = "papers", device: str = "", replaces: int | None = None
    ) -> int:
        return orders.scan(
            self.desk, batch_id, CLERK, device=device or self.device, profile=profile, replaces=replaces
        )

    def state(self, order_id: int) -> Row[Any]:
        with self.desk.services.catalog.reading() as connection:
            return connection.execute(select(orders_table).where(orders_table.c.id == order_id)).one()

    def ended(self, order_id: int) -> Row[Any]:
        """Wait for an order's end."""
        wait_for(lambda: self.state(order_id).state in ENDED)
        return self.state(order_id)

    def names(self, batch_id: str) -> list[str]:
        """The names of the files that the server has stored."""
        with self.desk.services.catalog.reading() as connection:
            return [row.name for row in batch_files(connection, batch_id) if row.state == "taken"]

    def pages(self, batch_id: str) -> list[int]:
        """The number on each page that the server has stored, from the bytes in the store."""
        with self.desk.services.catalog.reading() as connection:
            rows = [row for row in batch_files(connection, batch_id) if row.state == "taken"]
        return [number_in(self.desk.services.store.get(row.stored_key)) for row in rows]

    def wait_for_pages(self, batch_id: str, count: int) -> None:
        wait_for(lambda: len(self.names(batch_id)) >= count)

    def wait_for_spooled(self, count: int) -> None:
        """Wait until so many pages lie at the PC, in all stacks together."""
        wait_for(lambda: sum(len(stack.pages) for stack in self.agent.spool.stacks()) >= count)

    def wait_for_empty_spool(self) -> None:
        wait_for(lambda: not self.agent.spool.stacks())


def number_in(data: bytes) -> int:
    """The number of bars on a marked page."""
    with Image.open(io.BytesIO(data)) as image:
        column = np.asarray(image.convert("L"))[:, image.width // 2] < 128
    return int(np.count_nonzero(column[1:] & ~column[:-1]))


@dataclass
class Centre:
    """A server that several counters share, and its archive; each counter has a different name."""

    central: Central
    desk: Desk
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def counter(
        self, folder: Path, virtual: VirtualScanner, device: str, sane: SaneConfiguration
    ) -> Iterator[Counter]:
        """A new counter: the server is up, as it is by default, and the agent is not started yet."""
        self.central.start_if_down()
        agent = Agent(folder / "pc", {})
        agent.home.mkdir()
        (agent.home / "scanflow.toml").write_text(_PROFILES)
        name = f"Quầy {next(self._numbers)}"
        token = make_counter(self.desk.services.catalog, name)
        agent.variables = {
            "SCANFLOW_STATION__SERVER": self.central.address,
            "SCANFLOW_STATION__TOKEN": token,
            "SCANFLOW_STATION__POLL_SECONDS": "2",
            "SCANFLOW_SCANNER__GRACE": "0.5",
            "SCANFLOW_SCANNER__PAGE_SECONDS": "60",
        }
        try:
            yield Counter(virtual, device, sane, self.central, agent, self.desk, token, name)
        finally:
            agent.kill()
            if self.central.variables:
                self.central.kill()
                self.central.variables.clear()


@contextmanager
def opened_centre(folder: Path) -> Iterator[Centre]:
    central = Central(folder)
    with opened_desk(load_settings(central.home)) as desk:
        try:
            yield Centre(central, desk)
        finally:
            central.kill()

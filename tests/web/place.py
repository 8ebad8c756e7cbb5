"""A centre for the browser tests: `scanflow web`, a counter with a virtual scanner, and its real agent.

with Place(folder) as place:
    place.scanner.load(pages)
    ...
    place.kill_web()
    place.start_web()
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
from sqlalchemy import func, select, update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import counters, files
from scanflow.archive.people import accounts, counter_accounts
from scanflow.model import Dossier
from scanflow.settings import Settings
from tests import commands
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration

ROOT = Path(__file__).parents[2]
COUNTER = "Quầy 1"
PASSWORD = "một mật khẩu dài"
CLERKS = {"lan": "Trần Thị Lan", "minh": "Lê Văn Minh"}
PAGE_SECONDS = 0.2

_VARIABLES = {
    "OMP_THREAD_LIMIT": "1",
    "SCANFLOW_JOBS": "2",
    "SCANFLOW_LOG_LEVEL": "debug",
    "SCANFLOW_OCR__FAST": "true",
    "SCANFLOW_WORK__BACKOFF": "0.1",
    "SCANFLOW_WORK__HEARTBEAT": "1",
    # A server that was killed has left its batches behind: its next life takes them over soon.
    "SCANFLOW_WORK__SILENCE": "2",
}


class Place:
    """Processes end with the context. `output` of web and agent is in the folder, for when a test fails."""

    def __init__(self, folder: Path, *, variables: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.scanner = VirtualScanner(PAGE_SECONDS)
        self._sane = SaneConfiguration(folder / "sane.d")
        self._variables = {**os.environ, **_VARIABLES, **(variables or {})}
        self._port = free_port()
        self._web: subprocess.Popen[bytes] | None = None
        self._agent: subprocess.Popen[bytes] | None = None
        self._opened = ExitStack()
        self._token = ""

    def __enter__(self) -> Self:
        self.home.mkdir(parents=True)
        self._opened.enter_context(self.scanner)
        self._sane.add_escl("Quầy 1", self.scanner.url)
        with self.catalog() as catalog:
            for name, display_name in CLERKS.items():
                accounts.add_user(catalog, name, display_name, PASSWORD)
            self._token = counter_accounts.make_counter(catalog, COUNTER)
        self.start_web()
        self.start_agent()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_agent()
        self.stop_web()
        self._opened.close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def catalog(self) -> Catalog:
        return open_catalog(Settings(home=self.home))

    def dossier(self, number: str) -> Dossier:
        """A dossier as it is in the archive."""
        with self.catalog() as catalog:
            found = catalog.dossier(number)
        assert found is not None, number
        return found

    def start_web(self) -> None:
        """Start, and wait until it answers."""
        # Dozens of clerks sign in: their passwords' hashes are cheap here, too.
        command = ("--home", self.home, "web", "--port", str(self._port))
        self._web = self._start("web", *command, program="tests.cheap_hasher")
        self._wait_for(self._answers, self._web)

    def stop_web(self) -> int:
        """SIGTERM, as systemd does; the exit code."""
        process, self._web = self._web, None
        return _ended(process)

    def kill_web(self) -> None:
        """SIGKILL the server and its children, as when the power fails."""
        process, self._web = self._web, None
        assert process is not None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def start_agent(self) -> None:
        """Start, and wait until the server knows its scanners."""
        home = self.folder / "counter"
        self._agent = self._start(
            "agent", "--home", home, "station", SANE_CONFIG_DIR=str(self._sane.folder),
            SCANFLOW_STATION__SERVER=self.address, SCANFLOW_STATION__TOKEN=self._token,
        )  # fmt: skip
        self._wait_for(self._has_scanners, self._agent)

    def stop_agent(self) -> None:
        process, self._agent = self._agent, None
        _ended(process)

    def send_page(self, page: bytes, order: int = 17) -> None:
        """Send a page as the agent does; with an unknown order it counts as late."""
        headers = {
            "Authorization": f"Bearer {self._token}",
            "Content-Type": "image/jpeg",
            "X-Scanflow-Sha256": sha256(page).hexdigest(),
        }
        address = f"{self.address}/api/counter/orders/{order}/pages/1"
        httpx.put(address, content=page, headers=headers, timeout=PATIENCE).raise_for_status()

    def pages_arrived(self, pages: int) -> Callable[[], bool]:
        """Whether so many more pages have come from the counter; for `VirtualScanner.fail_after`."""
        count = select(func.count()).select_from(files)

        def arrived() -> int:
            with self.catalog() as catalog, catalog.reading() as connection:
                return connection.scalar(count) or 0

        wanted = arrived() + pages
        return lambda: arrived() >= wanted

    def age_agent(self) -> None:
        """Remove the agent's last heartbeat, instead of waiting until it is too old."""
        with self.catalog() as catalog, catalog.transaction() as connection:
            connection.execute(update(counters).values(seen_at=None))

    @property
    def logs(self) -> str:
        """The output of web and agent so far."""
        return "\n".join(path.read_text("utf-8") for path in sorted(self.folder.glob("*.log")))

    def run(self, *arguments: str | Path) -> None:
        """A command at the server."""
        commands.run("--home", self.home, *arguments, env=self._variables, timeout=PATIENCE)

    def _start(
        self, name: str, *arguments: str | Path, program: str = "scanflow.cli", **variables: str
    ) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as output:
            return commands.start(
                *arguments, program=program, env={**self._variables, **variables}, start_new_session=True,
                stdout=output, stderr=output,
            )  # fmt: skip

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/sign-in", timeout=PATIENCE).status_code == 200
        return False

    def _has_scanners(self) -> bool:
        with self.catalog() as catalog, catalog.reading() as connection:
            found = connection.scalar(select(counters.c.scanners))
        return bool(found and found.get("scanners"))

    def _wait_for(self, condition: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE
        while not condition():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"does not come up:\n{self.logs[-6000:]}")
            time.sleep(0.05)


def _ended(process: subprocess.Popen[bytes] | None) -> int:
    if process is None:
        return 0
    process.send_signal(signal.SIGTERM)
    try:
        return process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise

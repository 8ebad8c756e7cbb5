"""`scanflow web` as a process of its own, on a free port of loopback."""

import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanflow.settings import Settings
from tests import commands
from tests.archive.filing import environment_of
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_SERVING = re.compile(r"serving http://127\.0\.0\.1:(\d+)")


@dataclass(frozen=True)
class WebProcess:
    """A server; `log` is its output."""

    port: int
    pid: int
    log: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def memory(self) -> int:
        """Bytes that it has in memory (RSS)."""
        status = Path(f"/proc/{self.pid}/status").read_text("utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found
        return int(found[1]) * 1024

    @property
    def most_memory(self) -> int:
        """The most bytes that it has had in memory."""
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.pid}/status").read_text("utf-8"))
        assert found
        return int(found[1]) * 1024


@contextmanager
def web_process(
    settings: Settings, folder: Path, *, program: str = "scanflow.cli", **variables: str
) -> Iterator[WebProcess]:
    """Start a server with these settings' home and catalog, wait until it serves; `folder` gets its log.

    `program`: the module that is the command line.
    """
    folder.mkdir(exist_ok=True)
    log = folder / f"web-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = commands.start(
            "--home", settings.home, "web", "--port", "0", program=program, stdout=output, stderr=output,
            env={**environment_of(settings), "SCANFLOW_JOBS": "1", "OMP_THREAD_LIMIT": "1", **variables},
        )  # fmt: skip
    try:
        yield WebProcess(_port(process, log), process.pid, log)
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            process.kill()


def _port(process: subprocess.Popen[bytes], log: Path) -> int:
    until = time.monotonic() + PATIENCE
    while True:
        found = _SERVING.search(log.read_text("utf-8"))
        if found:
            return int(found[1])
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"does not come up:\n{log.read_text('utf-8')[-4000:]}")
        time.sleep(0.05)

"""Real SANE devices for tests, in a configuration folder of their own: nothing of /etc/sane.d is used.

configuration = SaneConfiguration(folder)
configuration.add_test_devices()             # SANE's own `test` backend, A4 at any resolution
configuration.add_escl("Quầy 1", scanner.url)
configuration.add_saned(address)             # a `saned` elsewhere
with configuration.in_force():               # SANE_CONFIG_DIR, for this process's children
    ...
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.patience import PATIENCE

SANED_PORT = 6566  # SANE's network backend knows no other

TEST_DEVICE = "test:0"
_AIRSCAN_OFF = "[options]\ndiscovery = disable\n"


class SaneConfiguration:
    """A folder for `SANE_CONFIG_DIR`. A device that is added twice is listed twice."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "dll.conf").write_text("")
        self._escl: list[str] = []

    def add_test_devices(self, size_mm: int = 300, **defaults: str) -> None:
        """Two devices, `test:0` and `test:1`; `defaults` are settings of test.conf (read_status_code="…")."""
        stated = {"geometry_max": f"{size_mm}.0", "number_of_devices": "2", **defaults}
        lines = [f"{name.replace('_', '-') if name in _HYPHENED else name} {v}" for name, v in stated.items()]
        (self.folder / "test.conf").write_text("\n".join(lines) + "\n")
        self._enable("test")

    def add_escl(self, name: str, url: str) -> str:
        """A driverless network scanner; gives its SANE name."""
        self._escl.append(f'"{name}" = {url}, eSCL')
        devices = "[devices]\n" + "\n".join(self._escl)
        (self.folder / "airscan.conf").write_text(f"{devices}\n{_AIRSCAN_OFF}", encoding="utf-8")
        self._enable("airscan")
        return f"airscan:e{len(self._escl) - 1}:{name}"

    def add_saned(self, address: str) -> str:
        """The devices of a `saned`; gives the SANE name of its first test device."""
        (self.folder / "net.conf").write_text(f"connect_timeout = 3\n{address}\n")
        self._enable("net")
        return f"net:{address}:{TEST_DEVICE}"

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """Set SANE_CONFIG_DIR for all that this process starts."""
        before = os.environ.get("SANE_CONFIG_DIR")
        os.environ["SANE_CONFIG_DIR"] = str(self.folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ["SANE_CONFIG_DIR"]
            else:
                os.environ["SANE_CONFIG_DIR"] = before

    def _enable(self, backend: str) -> None:
        enabled = (self.folder / "dll.conf").read_text().split()
        (self.folder / "dll.conf").write_text("\n".join(dict.fromkeys([*enabled, backend])) + "\n")


_HYPHENED = {"read_status_code", "read_delay", "read_delay_duration", "read_limit", "test_picture"}


def find_airscan() -> Path | None:
    """SANE's driver for AirScan devices, None if sane-airscan isn't installed."""
    return next(Path("/usr/lib").glob("*/sane/libsane-airscan.so.1"), None)


def find_saned() -> str | None:
    """The server's path, None if sane-utils isn't installed."""
    return shutil.which("saned", path=f"{os.environ['PATH']}:/usr/sbin")


def own_address() -> str:
    """An address of loopback that no other test process uses: saned's port is always the same."""
    return f"127.{os.getpid() >> 16 & 255}.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"


def processes_under(configuration: SaneConfiguration) -> list[str]:
    """The commands of all other processes that run with this configuration."""
    mark = f"SANE_CONFIG_DIR={configuration.folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.name != str(os.getpid()) and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


class Saned:
    """A `saned` on loopback that offers the test devices; may be stopped and started again."""

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self._configuration = SaneConfiguration(folder)
        self._configuration.add_test_devices()
        (folder / "saned.conf").write_text("127.0.0.0/8\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        program = find_saned()
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-l", "-b", self.address, "-e"],
            env={**os.environ, "SANE_CONFIG_DIR": str(self._configuration.folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while not self._takes_connections():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"saned does not start on {self.address}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Kill it and the children that serve connections, as if the power had gone."""
        process, self._process = self._process, None
        if process:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _takes_connections(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex((self.address, SANED_PORT)) == 0

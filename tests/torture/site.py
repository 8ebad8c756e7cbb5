"""A site that is tortured: its processes, its inbox and its counter; who is killed and started again."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from scanflow.settings import Settings, load_settings
from tests.pipeline import procs
from tests.servers import SeaweedFs
from tests.torture.sources import Delivery

ROOT = Path(__file__).parents[2]
MARK = "LC_SCANFLOW_TORTURED"  # of the names that children inherit too

# Quick, so that much happens between two kills. No number of kills makes a good page a bad one here.
_QUICK = {
    "SCANFLOW_JOBS": "2",
    "SCANFLOW_WORK__HEARTBEAT": "0.5",
    "SCANFLOW_WORK__SILENCE": "10",
    "SCANFLOW_WORK__BACKOFF": "0.2",
    "SCANFLOW_WORK__ATTEMPTS": "1000",
    "SCANFLOW_LIMITS__ATTEMPTS": "1000",
    "SCANFLOW_LIMITS__RETRY_SECONDS": "0.05",
    "SCANFLOW_INBOX__SETTLE": "0.1",
    "SCANFLOW_INBOX__BATCH_GAP": "0.2",
    "SCANFLOW_INBOX__PATIENCE": "0.5",
    "SCANFLOW_INBOX__RESCAN": "1",
    "SCANFLOW_STORE__TIMEOUT": "5",
    "OMP_THREAD_LIMIT": "1",
}
_STOP_SECONDS = 60
_ENDS_OF_INGEST = (0, 5, 6)  # all filed; something in quarantine; no number
_AWAY = (7, 8)  # store or database could not be reached when it started


@dataclass
class Site:
    """`roles` are the commands that are kept running; deliveries come through the inbox or the counter."""

    folder: Path
    roles: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str] = field(default_factory=dict)
    server: SeaweedFs | None = None
    mark: str = field(default_factory=lambda: uuid4().hex)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    queue: deque[Path] = field(default_factory=deque)
    kills: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    store_returns: float | None = None

    def __post_init__(self) -> None:
        for name in ("inbox", "counter", "logs", "home"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("SCANFLOW_")}
        return {
            **kept,
            **_QUICK,
            **self.variables,
            "SCANFLOW_HOME": str(self.folder / "home"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONFAULTHANDLER": "1",  # for `dump`
            MARK: self.mark,
        }

    def settings(self) -> Settings:
        """As the processes have them, for whoever looks at their work."""
        before = dict(os.environ)
        os.environ.update(self.environment)
        try:
            return load_settings()
        finally:
            os.environ.clear()
            os.environ.update(before)

    def deliver(self, delivery: Delivery) -> None:
        """Files appear in the inbox one after another, or all at once at the counter."""
        folder = self.folder / delivery.way / delivery.folder
        folder.mkdir()
        for source in delivery.sources:
            (folder / source.name).write_bytes(source.data)
        if delivery.way == "counter":
            self.queue.append(folder)

    def waiting(self) -> int:
        """Files that nobody has released yet, and stacks at the counter."""
        inbox = [p for p in (self.folder / "inbox").rglob("*") if p.is_file() and "done" not in p.parts]
        return len(inbox) + len(self.queue)

    # --- processes ---------------------------------------------------------------------------------------

    def keep_running(self) -> None:
        """Start what is missing; a process that ended by itself, and not well, is written down."""
        for role, process in list(self.running.items()):
            if (code := process.poll()) is not None:
                self._ended(role, code)
        for role, command in self.roles.items():
            if role not in self.running:
                self._start(role, command)
        if self.queue and "counter" not in self.running:
            self._start("counter", ("ingest", str(self.queue[0])))
        if self.store_returns is not None and time.monotonic() >= self.store_returns:
            self.store_returns = None
            assert self.server is not None
            self.server.spawn()

    def _start(self, role: str, command: tuple[str, ...]) -> None:
        with (self.folder / "logs" / role).open("ab") as log:
            self.running[role] = subprocess.Popen(
                [sys.executable, "-m", "scanflow.cli", "--quiet", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=ROOT,
                start_new_session=True,
            )

    def _ended(self, role: str, code: int) -> None:
        del self.running[role]
        if role == "counter" and code in _ENDS_OF_INGEST:
            self.queue.popleft()
        elif code != -signal.SIGKILL and not (code in _AWAY and self.server is not None):
            self.crashes.append(f"{role} ended with {code}:\n{self.log(role)}")

    def log(self, role: str, size: int = 3000) -> str:
        """The end of what a role said."""
        return (self.folder / "logs" / role).read_text(encoding="utf-8", errors="replace")[-size:]

    # --- killing -----------------------------------------------------------------------------------------

    def kill(self, kind: str, choice: float) -> bool:
        """SIGKILL one of a kind (`child`, `process`, `group`, `store`); whether there was one."""
        if kind == "store":
            return self._kill_store(choice)
        pids = [process.pid for process in self.running.values() if process.poll() is None]
        if kind == "child":
            pids = [child for pid in pids for child in procs.pool_children(pid)]
        if not pids:
            return False
        victim = pids[int(choice * len(pids))]
        family = procs.descendants(victim) if kind == "group" else []
        done = procs.kill(victim)
        for pid in family:
            procs.kill(pid)
        self.kills[kind] += done
        return done

    def _kill_store(self, choice: float) -> bool:
        if self.server is None or self.store_returns is not None:
            return False
        self.server.kill()
        self.kills["store"] += 1
        self.store_returns = time.monotonic() + 3 * choice
        return True

    def stop(self) -> None:
        """End everybody in good order."""
        for process in self.running.values():
            process.terminate()
        for role, process in list(self.running.items()):
            try:
                code = process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.crashes.append(f"{role} did not stop:\n{self.log(role)}")
                process.kill()
                code = process.wait()
            if code not in (0, -signal.SIGKILL):
                self.crashes.append(f"{role} stopped with {code}:\n{self.log(role)}")
        self.running.clear()
        if not procs.wait_until(lambda: not self.leftovers(), 20):
            self.crashes.append(f"processes left over: {self.leftovers()}")

    def dump(self) -> str:
        """End everybody, and tell where each of their threads was."""
        for pid in self.leftovers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGABRT)
        time.sleep(2)
        return "\n".join(f"--- {role}\n{self.log(role, 20_000)}" for role in self.running)

    def leftovers(self) -> list[int]:
        """Processes of this site that are still alive."""
        return procs.with_variable(MARK, self.mark)

    def abandon(self) -> None:
        """Leave nothing behind, whatever happened."""
        for pid in self.leftovers():
            procs.kill(pid)
        for process in self.running.values():
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Plan:
    """Who is killed when, from a seed: seconds to wait, a kind of victim, which of them (0 to 1)."""

    seed: int
    kinds: Mapping[str, float]
    pause: float

    def steps(self) -> "Callable[[], tuple[float, str, float]]":
        dice = random.Random(self.seed)  # noqa: S311  no secret
        names, weights = list(self.kinds), list(self.kinds.values())

        def step() -> tuple[float, str, float]:
            return dice.expovariate(1 / self.pause), dice.choices(names, weights)[0], dice.random()

        return step

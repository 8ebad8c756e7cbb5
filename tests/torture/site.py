"""A site that is tortured: its processes, its inbox and its counter; events that happen to them; restarts."""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import uuid4

from scanflow.settings import Settings
from tests import commands
from tests.patience import wait_until
from tests.pipeline import procs
from tests.pipeline.procs import settings_in
from tests.servers import SeaweedFs
from tests.torture.scanning import Scanning
from tests.torture.sources import Delivery

ROOT = Path(__file__).parents[2]
MARK = "LC_SCANFLOW_TORTURED"  # of the names that children inherit too

SILENCE = 5
"""Seconds without a heartbeat after which a worker counts as dead; a stopped process is continued later than
that.
"""

# Quick, so that much happens between two kills. No number of kills makes a good page a bad one here.
_QUICK = {
    "SCANFLOW_JOBS": "2",
    "SCANFLOW_WORK__HEARTBEAT": "0.5",
    "SCANFLOW_WORK__SILENCE": str(SILENCE),
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
_ALONE = 0.5
"""The share of stopped processes whose children go on."""
_ENDS_OF_INGEST = (0, 5, 6)  # all filed; something in quarantine; no number
_AWAY = (7, 8)  # store or database could not be reached when it started
_LOADED_SECONDS = 60
_DATABASES = ("catalog.db", "jobs.db")
_BETWEEN_COPIES = 15
"""Seconds from one copy of the catalog to the next."""


@dataclass(frozen=True)
class _Stopped:
    """Stopped processes, and when they are continued."""

    pids: tuple[int, ...]
    until: float


@dataclass
class Site:
    """`roles` are the commands that are kept running, with `of_role` their own variables; deliveries come
    through the inbox or the counter, or where there is a `scanner`, through that. `before_restore` is called
    before the catalog's file is exchanged: whoever has it open must close it.
    """

    folder: Path
    roles: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str] = field(default_factory=dict)
    server: SeaweedFs | None = None
    of_role: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    scanner: Scanning | None = None
    mark: str = field(default_factory=lambda: uuid4().hex)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    queue: deque[Path] = field(default_factory=deque)
    events: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    store_returns: float | None = None
    before_restore: Callable[[], None] = lambda: None
    _stopped: _Stopped | None = None
    _unmounted: bool = False
    _copied_at: float = 0.0

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
            "PYTHONFAULTHANDLER": "1",  # for `dump`
            MARK: self.mark,
        }

    def settings(self) -> Settings:
        """The same that the processes have."""
        return settings_in(self.environment)

    def deliver(self, delivery: Delivery) -> None:
        """Files appear in the inbox one by one, at the counter all at once; or sheets at the scanner."""
        if self.scanner is not None:
            self.scanner.waiting.append(delivery)
            return
        folder = self.folder / delivery.way / delivery.folder
        folder.mkdir()
        for source in delivery.sources:
            (folder / source.name).write_bytes(source.data)
        self.events["odd name"] += sum(source.is_odd for source in delivery.sources)
        if delivery.way == "counter":
            self.queue.append(folder)

    def waiting(self) -> int:
        """Files that are not released yet, and stacks at the counter."""
        inbox = [p for p in (self.folder / "inbox").rglob("*") if p.is_file() and "done" not in p.parts]
        return len(inbox) + len(self.queue) + (len(self.scanner.waiting) if self.scanner else 0)

    @property
    def is_lost(self) -> bool:
        """Whether the scanning thread has ended."""
        return self.scanner is not None and bool(self.crashes)

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
            self._bring_store_back()
        if self._stopped is not None and time.monotonic() >= self._stopped.until:
            self._continue_stopped()
        # A stopped process may hold a lock on the file: a copy would wait for it, and nothing would continue
        # it.
        if self._stopped is None and time.monotonic() - self._copied_at > _BETWEEN_COPIES:
            self._copy_catalog()
        if self.scanner is not None:
            self.scanner.tick()
            self.crashes += self.scanner.problems
            self.scanner.problems.clear()

    def _start(self, role: str, command: tuple[str, ...]) -> None:
        with (self.folder / "logs" / role).open("ab") as log:
            self.running[role] = commands.start(
                "--quiet",
                *command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**self.environment, **self.of_role.get(role, {})},
                cwd=ROOT,
                start_new_session=True,
            )

    def _ended(self, role: str, code: int) -> None:
        del self.running[role]
        if role == "counter" and code in _ENDS_OF_INGEST:
            self.queue.popleft()
        elif code != -signal.SIGKILL and not (code in _AWAY and self._store_is_shaky):
            self.crashes.append(f"{role} ended with {code}:\n{self.log(role)}")

    @property
    def _store_is_shaky(self) -> bool:
        """Whether a program that finds no store at its start may report that and end."""
        return self.server is not None or self._unmounted

    def log(self, role: str, size: int = 3000) -> str:
        """The last part of a role's output."""
        return (self.folder / "logs" / role).read_text(encoding="utf-8", errors="replace")[-size:]

    # --- events ------------------------------------------------------------------------------------------

    def trigger(self, kind: str, choice: float) -> bool:
        """Let an event happen; `choice` (0 to 1) selects the process. False where it can't happen now."""
        ways = {
            "store": self._kill_store,
            "stop": self._stop_process,
            "unmounted share": self._unmount,
            "HTML": self._answer_html,
            "yesterday's catalog": self._restore_catalog,
        }
        done = ways[kind](choice) if kind in ways else self._kill(kind, choice)
        self.events[kind] += done
        return done

    def _kill(self, kind: str, choice: float) -> bool:
        """SIGKILL one of a kind: `child`, `process`, `group`."""
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
        return done

    def _kill_store(self, choice: float) -> bool:
        if self.server is None or self.store_returns is not None:
            return False
        self.server.kill()
        self.store_returns = time.monotonic() + 3 * choice
        return True

    def _unmount(self, choice: float) -> bool:
        """Replace the store's folder by an empty one for a while, as where a share is not mounted."""
        if self.server is not None or self.store_returns is not None or not self._store_folder.exists():
            return False
        self._store_folder.rename(self.folder / "share")
        self._store_folder.mkdir()
        self._unmounted = True
        self.store_returns = time.monotonic() + 3 * choice
        return True

    def _bring_store_back(self) -> None:
        if self.server is not None:
            self.server.spawn()
            return
        nowhere = self.folder / "nowhere" / str(time.monotonic_ns())
        nowhere.parent.mkdir(exist_ok=True)
        self._store_folder.rename(nowhere)
        (self.folder / "share").rename(self._store_folder)

    @property
    def _store_folder(self) -> Path:
        return self.folder / "home" / "objects"

    def _copy_catalog(self) -> None:
        """Copy the catalog, as a nightly backup does."""
        self._copied_at = time.monotonic()
        if self.server is not None or self.scanner is not None:
            return
        folder = self.folder / "yesterday"
        folder.mkdir(exist_ok=True)
        for name in _DATABASES:
            if (self.folder / "home" / name).exists():
                with (
                    closing(sqlite3.connect(self.folder / "home" / name)) as source,
                    closing(sqlite3.connect(folder / f"{name}.new")) as target,
                ):
                    source.backup(target)
                (folder / f"{name}.new").replace(folder / name)

    def _restore_catalog(self, _choice: float) -> bool:
        """The machine dies, its catalog is restored from the last copy, and `scanflow repair` is run."""
        copies = [self.folder / "yesterday" / name for name in _DATABASES]
        if not all(copy.exists() for copy in copies) or self.store_returns is not None:
            return False
        self._continue_stopped()
        for pid in self.leftovers():
            procs.kill(pid)
        for process in self.running.values():
            process.wait()
        self.running.clear()
        self.before_restore()
        for copy in copies:
            for old in (self.folder / "home").glob(f"{copy.name}*"):
                old.unlink()
            shutil.copy(copy, self.folder / "home" / copy.name)
        done = commands.run("repair", env=self.environment)
        if done.returncode:
            self.crashes.append(f"repair ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        self._copied_at = time.monotonic()
        return True

    def _stop_process(self, choice: float) -> bool:
        """SIGSTOP a process, or one with all that it started, for longer than `SILENCE`."""
        pids = [process.pid for process in self.running.values() if process.poll() is None]
        if self._stopped is not None or not pids:
            return False
        which, alone = divmod(choice * len(pids), 1)
        victim = pids[int(which)]
        family = (victim,) if alone < _ALONE else (victim, *procs.descendants(victim))
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        self._stopped = _Stopped(family, time.monotonic() + SILENCE + 1 + 2 * choice)
        return True

    def _answer_html(self, choice: float) -> bool:
        return self.scanner is not None and self.scanner.answer_html(1 + 4 * choice)

    def _continue_stopped(self) -> None:
        stopped, self._stopped = self._stopped, None
        for pid in stopped.pids if stopped else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def end_events(self) -> bool:
        """End the events that still last; whether none lasts any more."""
        if self.store_returns is not None:
            self.store_returns = min(self.store_returns, time.monotonic())
        if self.scanner is not None:
            self.scanner.html_until = self.scanner.html_until and time.monotonic()
        self._continue_stopped()
        return self.store_returns is None

    def stop(self) -> None:
        """End all processes by SIGTERM, at any moment after their own program has begun."""
        self._continue_stopped()
        for process in self.running.values():
            # Before that Python itself is loading, and any signal ends it.
            wait_until(partial(self._can_be_told, process), _LOADED_SECONDS)
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
        if not wait_until(lambda: not self.leftovers()):
            self.crashes.append(f"processes left over: {self.leftovers()}")

    def _can_be_told(self, process: "subprocess.Popen[bytes]") -> bool:
        return process.poll() is not None or procs.handles(process.pid, signal.SIGTERM)

    def dump(self) -> str:
        """End all processes, and log where each of their threads was."""
        for pid in self.leftovers():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGABRT)
        time.sleep(2)
        return "\n".join(f"--- {role}\n{self.log(role, 20_000)}" for role in self.running)

    def leftovers(self) -> list[int]:
        """Processes of this site that are still alive."""
        return procs.with_variable(MARK, self.mark)

    def abandon(self) -> None:
        """End all processes and leave nothing behind."""
        for pid in self.leftovers():
            procs.kill(pid)
        for process in self.running.values():
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True)
class Plan:
    """A plan of events from a seed: seconds to wait, the kind of event, and the choice of a process."""

    seed: int
    kinds: Mapping[str, float]
    pause: float

    def steps(self) -> "Callable[[], tuple[float, str, float]]":
        dice = random.Random(self.seed)  # noqa: S311  no secret
        names, weights = list(self.kinds), list(self.kinds.values())

        def step() -> tuple[float, str, float]:
            return dice.expovariate(1 / self.pause), dice.choices(names, weights)[0], dice.random()

        return step

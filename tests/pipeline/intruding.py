"""`python -m tests.pipeline.intruding HOME PORT`: child processes that a malicious file has taken over.

In children of the fork server (`__mp_main__`) the task `picture` tries what an attacker would, and gives back
what came of it. The parent prints that as JSON, and whether ordinary work went on afterwards.
"""

import ctypes
import importlib
import json
import os
import pickle
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

from scanflow.capture.files.unpacked import Unpacked
from scanflow.errors import InputError
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.settings import load_settings
from tests.pipeline.live_archive import page

_PTRACE_ATTACH, _CLONE_NEWUSER, _KEYCTL = 16, 0x10000000, 250


def _came_of(attempt: Callable[[], object]) -> str:
    """The name of the error that an attempt ended with, or `done: ` and its result."""
    try:
        return f"done: {attempt()!r:.200}"
    except OSError as error:
        return type(error).__name__
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _call(name: str, *arguments: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    result: int = getattr(libc, name)(*arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def _tcp(port: int) -> object:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        return connection.getpeername()


def _unix(path: str) -> object:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        return path


def _run_own_program() -> object:
    program = Path(tempfile.mkdtemp()) / "program"
    program.write_text("#!/bin/sh\necho ran\n", encoding="ascii")
    program.chmod(0o700)
    return subprocess.run([program], capture_output=True, check=True).stdout


def _intrude(_data: bytes, told: str, *_rest: Any) -> bytes:
    know = json.loads(told)
    home, parent = Path(know["home"]), know["parent"]
    attempts: dict[str, Callable[[], object]] = {
        "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "read the fork server's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
        "list the home": lambda: os.listdir(home),  # noqa: PTH208  strings, for the answer
        "read the home's settings": lambda: (home / "scanflow.toml").read_text(encoding="utf-8"),
        "write to the home": lambda: (home / "planted").write_text("x", encoding="ascii"),
        "list everybody's temporary files": lambda: os.listdir(home.parent),  # noqa: PTH208  the same
        "read the machine's passwords": lambda: Path("/etc/shadow").read_bytes(),
        "change this program": (Path(know["program"]) / "planted.py").touch,
        "connect by TCP": lambda: _tcp(know["port"]),
        "send by UDP": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
        "ask the fork server": lambda: _unix(know["listener"]),
        "signal the parent": lambda: os.kill(parent, signal.SIGCONT),
        "look into the parent": lambda: _call("ptrace", _PTRACE_ATTACH, parent, 0, 0),
        "be root elsewhere": lambda: _call("unshare", _CLONE_NEWUSER),
        "read keys": lambda: _call("syscall", _KEYCTL, 0, 0, 0),
        "run a program of one's own": _run_own_program,
    }
    found = {what: _came_of(attempt) for what, attempt in attempts.items()}
    found["environment"] = " ".join(sorted(os.environ))
    found["temporary"] = _came_of(lambda: (Path(tempfile.gettempdir()) / "own").write_text("x"))
    return json.dumps(found).encode()


def _send_bomb(_data: bytes, told: str, *_rest: Any) -> bytes:
    """Send a pickle that runs code when it is loaded, instead of an answer."""

    class Bomb:
        def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
            return os.mkdir, (told,)

    channel: Any = importlib.import_module("scanflow.pipeline.sandbox.channel")
    channel.pack_result = lambda _value: pickle.dumps((True, Bomb()))
    return b""


def _break_in() -> None:
    tasks: Any = importlib.import_module("scanflow.pipeline.sandbox.tasks")
    real = tasks._TASKS["picture"]

    def picture(data: bytes, *rest: Any) -> bytes:
        result: bytes = {b"intrude": _intrude, b"bomb": _send_bomb}.get(data, real)(data, *rest)
        return result

    tasks._TASKS = {**tasks._TASKS, "picture": picture}


def main() -> None:
    home, port = Path(sys.argv[1]), int(sys.argv[2])
    exploded = home / "exploded"
    with ChildProcesses(load_settings(home)) as children:
        first = outcome(children.unpack(page("A"), "a.png"), "a.png")
        told = {
            "home": str(home),
            "port": port,
            "parent": os.getpid(),
            "program": str(Path(forkserver.__file__).parent),
            "listener": forkserver._forkserver._forkserver_address,  # type: ignore[attr-defined]  # private
        }
        report = outcome(children.picture(b"intrude", json.dumps(told), 1, None, 1), "")
        layers: tuple[str, ...] | InputError = outcome(children.confinement(), "")
        # The first task sends the pickle, which is read as the answer to the second.
        bombs = [children.picture(b"bomb", str(exploded), 1, None, 1) for _ in range(2)]
        answers: list[bytes | InputError] = []
        for future in bombs:
            answer: bytes | InputError = outcome(future, "")
            answers.append(answer)
        again = outcome(children.unpack(page("B"), "b.png"), "b.png")
    assert isinstance(report, bytes), report
    said = {
        "attempts": json.loads(report),
        "confinement": layers if isinstance(layers, tuple) else str(layers),
        "bomb": str(answers[1]),
        "exploded": exploded.exists(),
        "works": isinstance(first, Unpacked) and isinstance(again, Unpacked),
    }
    print(json.dumps(said))  # noqa: T201  the answer to the test


if __name__ == "__mp_main__":
    _break_in()
elif __name__ == "__main__":
    main()

"""The process that commands are forked from (see `tests.commands`); it has loaded what they load."""

import atexit
import ctypes
import faulthandler
import gc
import importlib
import io
import json
import os
import pkgutil
import runpy
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from multiprocessing import forkserver, util
from pathlib import Path
from types import ModuleType
from typing import Any

import scanflow.cli
from scanflow.cli import main as run_command

PROGRAM = str(Path(scanflow.cli.__file__).with_name("__main__.py"))
_MOST_BYTES = 200_000
_WHOLE = ("archive", "capture", "cli", "desk", "ledger", "night", "pdf", "pipeline", "review", "web")
_NOT_TO_IMPORT = ("__main__", "child_process", "migrations", "new_sqlite", "sandbox.tasks", "windows")
"""Parts of names of modules that are programs, or are for children only."""
_OTHERS = (
    "alembic.command", "alembic.runtime.migration", "rich.console", "rich.table", "typer.main",
    "uvicorn", "uvicorn.lifespan.on", "uvicorn.loops.auto", "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
    "sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg",
    # What a command's own fork server loads.
    "scanflow.pipeline.sandbox.preload",
)  # fmt: skip


def load() -> None:
    """Import what commands import, now or when they need it."""
    for name in _WHOLE:
        package = importlib.import_module(f"scanflow.{name}")
        for found in pkgutil.walk_packages(package.__path__, f"scanflow.{name}."):
            if not any(part in found.name for part in _NOT_TO_IMPORT):
                importlib.import_module(found.name)
    for name in _OTHERS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()


def serve(asked: socket.socket) -> dict[str, Any] | None:
    """Fork a process for each request. Returns its request in such a process, and None at the end."""
    while True:
        message, streams, _, _ = socket.recv_fds(asked, _MOST_BYTES, 3)
        if not message:
            return None
        telling, told = os.pipe()
        between = os.fork()
        if not between:
            # This one ends at once, so that the command becomes a child of the process that asked.
            if pid := os.fork():
                os.write(told, str(pid).encode())
                os._exit(0)
            asked.close()
            os.close(telling)
            os.close(told)
            request: dict[str, Any] = json.loads(message)
            _become(request, streams)
            return request
        os.waitpid(between, 0)
        asked.send(os.read(telling, 100))
        for each in (telling, told, *streams):
            os.close(each)


def _become(request: dict[str, Any], streams: list[int]) -> None:
    """Make this process one as Python starts it."""
    if request["session"]:
        os.setsid()
    if request["umask"] != -1:
        os.umask(request["umask"])
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    _show([sys.executable, "-m", request["program"], *request["arguments"]])
    for name in ("stdin", "stdout", "stderr"):
        _open_again(name)
    if os.environ.get("PYTHONFAULTHANDLER"):
        faulthandler.enable()
    if request["program"] == "scanflow.cli":
        main = ModuleType("__main__")
        main.__file__, main.__package__ = PROGRAM, "scanflow.cli"  # of which Click makes the program's name
        main.__spec__ = find_spec("scanflow.cli.__main__")
        sys.modules["__main__"] = main  # what a fork server's children look at
    sys.path[0] = request["folder"]
    util.spawnv_passfds = _start_fork_server  # type: ignore[assignment] # of what multiprocessing gives
    gc.enable()


def _show(command: list[str]) -> None:
    """Let /proc/self/cmdline and /proc/self/environ show the command and variables of this process, as far as
    they fit.

    They show the memory into which the kernel put both when the server was started. Nothing uses that memory
    any more: each variable that stood in it has been removed.
    """
    numbers = Path("/proc/self/stat").read_text("ascii").rpartition(")")[2].split()
    arguments, arguments_end, environment, environment_end = map(int, numbers[45:49])  # see proc(5)
    variables = [f"{name}={value}" for name, value in os.environ.items()]
    _put(command, arguments, arguments_end)
    _put(variables, environment, environment_end)


def _put(texts: list[str], start: int, end: int) -> None:
    """Write texts, each with a zero behind it, to a place in memory."""
    block = b"".join(os.fsencode(each) + b"\0" for each in texts)[: end - start - 1]
    ctypes.memmove(start, block.ljust(end - start, b"\0"), end - start)


def _open_again(name: str) -> None:
    """Put a new stream in the place of one of Python's three, as Python makes them."""
    old: io.TextIOWrapper = getattr(sys, name)
    reads = name == "stdin"
    file = open(old.fileno(), "rb" if reads else "wb", closefd=False)  # noqa: SIM115 - until the end
    new = io.TextIOWrapper(
        file, encoding=old.encoding, errors=old.errors, write_through=old.write_through,
        line_buffering=not reads and (name == "stderr" or file.isatty()),
    )  # fmt: skip
    new.mode = "r" if reads else "w"  # type: ignore[misc] # Python does it, too
    setattr(sys, name, new)
    setattr(sys, f"__{name}__", new)


_spawn = util.spawnv_passfds


def _start_fork_server(path: bytes, arguments: list[str], passed: list[int]) -> int:
    """Fork the process that decoding children are forked from: this one has loaded what it loads."""
    program = arguments[-1]
    if threading.active_count() > 1 or "forkserver" not in program:
        return _spawn(path, arguments, passed)
    pid = os.fork()
    if pid:
        return pid
    code = 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    try:
        _close_all_but(passed)
        _show(arguments)
        _forget_fork_server()
        exec(compile(program, "<string>", "exec"), {})  # noqa: S102 - multiprocessing's own line
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _close_all_but(passed: list[int]) -> None:
    """Close what a program that is started doesn't inherit."""
    low = 3
    for number in sorted(passed):
        if low < number:
            os.closerange(low, number)
        low = number + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _forget_fork_server() -> None:
    """Forget the fork server that this process inherited: it is its parent's."""
    vars(forkserver)["_forkserver"].__init__()


def _end(code: object) -> None:
    """End as Python does, but without taking apart all that has been loaded, as long as a command takes."""
    shut_down: Callable[[], None] = vars(threading)["_shutdown"]  # no public name has it
    shut_down()
    atexit._run_exitfuncs()
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code & 0xFF if isinstance(code, int) else int(code is not None))


def _run(request: dict[str, Any]) -> object:
    """Run a command; gives what it ended with, as `sys.exit` has it."""
    try:
        if request["program"] == "scanflow.cli":
            sys.argv = [PROGRAM, *request["arguments"]]
            run_command()
        else:
            sys.argv = [request["program"], *request["arguments"]]
            runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code
    except KeyboardInterrupt:
        traceback.print_exc()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    load()
    asked = socket.socket(fileno=int(sys.argv[1]))
    asked.set_inheritable(False)
    if (request := serve(asked)) is not None:
        _end(_run(request))


if __name__ == "__main__":
    main()

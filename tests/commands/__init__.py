"""`scanflow ...` as real processes that need not load the program first: each is forked from one that has.

done = run("--home", home, "batches", "--json")
with start("--home", home, "web", "--port", "0", cwd=ROOT, stdout=log) as process:
    ...

A start of Python with all that a command loads takes half a second of CPU, and the tests start hundreds.
Such a process is a child of the test's own process with its own directory, variables, streams, session and
exit code, receives signals as any other and is found by /proc. A test whose subject is the start, or the
memory that a process has, uses `subprocess`; tests/cli/test_startup.py starts each command once from nothing.

Variables that Python or a library reads when it is loaded make it a start from nothing, too.
"""

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, AnyStr

ROOT = Path(__file__).parents[2]
_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
_MOST_BYTES = 150_000
"""Of a request: more doesn't go into one message of a socket."""
_ROOM = 8_000
"""Bytes for the arguments and the variables that /proc shows of a forked process."""
_READ_AT_START = (
    "PYTHON", "LC_ALL", "LC_CTYPE", "LANG", "LD_", "OMP_", "OPENBLAS_", "MALLOC_", "TZ", "TESSDATA",
    "NO_COLOR", "FORCE_COLOR", "TTY_", "TERM", "TYPER", "_TYPER", "_SCANFLOW", "SSLKEYLOG", "OPENSSL",
)  # fmt: skip
"""How the names of variables begin that are read once, when something is loaded."""

_READ_LATER = {"PYTHONFAULTHANDLER"}
"""Those of these variables that also take effect in a forked process."""


def run(
    *arguments: str | bytes | Path,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    timeout: float = 600,
    umask: int = -1,
) -> "subprocess.CompletedProcess[str]":
    """Run `scanflow` to its end; never raises for its exit code."""
    process = start(
        *arguments, cwd=cwd, env=env, umask=umask, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        stdin=None if input is None else subprocess.PIPE,
    )  # fmt: skip
    with process:
        try:
            said = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    return subprocess.CompletedProcess(process.args, process.returncode, *said)


def start(
    *arguments: str | bytes | Path, program: str = "scanflow.cli", cwd: Path = ROOT, **options: Any
) -> "subprocess.Popen[Any]":
    """Start it; `options` are those of `subprocess.Popen`, `program` the module that is the command line."""
    command = [sys.executable, "-m", program, *(os.fsdecode(each) for each in arguments)]
    return _Forked(command, cwd=cwd, **options)


class _Forked(subprocess.Popen[AnyStr]):
    """A process that is forked from one that has loaded the program, instead of started."""

    def _execute_child(self, args: Sequence[str], *more: Any) -> None:  # called by `Popen.__init__`
        _executable, before, _, passed, cwd, env, _, _, shell = more[:9]
        p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite = more[9:15]
        _, gid, gids, uid, umask, new_session, group = more[15:]
        environment = dict(os.environ if env is None else env)
        plain = (before, shell, gid, gids, uid) == (None, False, None, None, None) and group in (-1, None)
        request = json.dumps({
            "program": args[2], "arguments": args[3:], "environment": environment, "umask": umask,
            "folder": os.fsdecode(cwd or Path.cwd()), "session": bool(new_session),
        }).encode()  # fmt: skip
        if not plain or passed or len(request) > _MOST_BYTES or not _server.serves(environment):
            super()._execute_child(args, *more)  # type: ignore[misc] # typeshed doesn't show it
            return
        streams = [
            given if given != -1 else usual for usual, given in enumerate((p2cread, c2pwrite, errwrite))
        ]
        try:
            self.pid = _server.fork(request, streams)
            self._child_created = True
        finally:
            self._close_pipe_fds(  # type: ignore[attr-defined] # typeshed doesn't show it
                p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite
            )


class _Server:
    """The process that commands are forked from: started by the first."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._socket: socket.socket | None = None
        self._variables: dict[str, str] = {}

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a process with these variables would have loaded the same in the same way."""
        with self._asking:
            if self._socket is None:
                self._start()
        return _read_at_start(environment) == self._variables

    def fork(self, request: bytes, streams: Sequence[int]) -> int:
        """A new child of this process; its pid."""
        assert self._socket is not None
        with self._asking:
            # Its parent ends at once, and orphans among our descendants become our children meanwhile.
            _adopt_orphans(True)
            try:
                socket.send_fds(self._socket, [request], streams)
                return int(self._socket.recv(100))
            finally:
                _adopt_orphans(False)

    def _start(self) -> None:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._variables = _read_at_start(os.environ)
        with its:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.commands.server", str(its.fileno()), " " * _ROOM],
                pass_fds=[its.fileno()],
                cwd=ROOT,
                env={**os.environ, "LC_ROOM": " " * _ROOM},
            )
        self._socket = ours

        def end() -> None:
            ours.close()
            process.wait()

        atexit.register(end)


_server = _Server()
_prctl = ctypes.CDLL(None, use_errno=True).prctl


def _adopt_orphans(adopt: bool) -> None:
    if _prctl(_SUBREAPER, int(adopt), 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_AT_START) and name not in _READ_LATER
    }

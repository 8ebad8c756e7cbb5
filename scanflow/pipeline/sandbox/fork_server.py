"""The process that child processes are forked from: it has loaded all that they need, and holds no secret.

It needs more time to load than most commands need to begin, so a command that will use children starts it
first (`scanflow.cli.early`). This module itself imports very little.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver, resource_tracker
from multiprocessing.context import ForkServerContext
from typing import Any

from scanflow.environment import plain_environment

TASKS = "scanflow.pipeline.sandbox.tasks"
"""The module that only children import."""
_PRELOAD = "scanflow.pipeline.sandbox.preload"

_changing_environment = threading.Lock()
_changing_tracker = threading.Lock()


def start() -> ForkServerContext:
    """Start it, unless it runs already; don't wait until it is ready. Returns what starts its children."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_PRELOAD])
    with _without_secrets():
        _do_without_tracker()
        forkserver.ensure_running()
    return context


def _do_without_tracker() -> None:
    """Start no process that cleans up shared memory and named semaphores: we use none.

    multiprocessing starts such a Python process with every fork server. It starts none if it has the pipe to
    one already, as in a process that it has spawned.
    """
    tracker: Any = resource_tracker._resource_tracker  # it has no public name
    with _changing_tracker:
        if tracker._fd is None:
            tracker._fd = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)


@contextmanager
def _without_secrets() -> Iterator[None]:
    """Remove secrets from the environment while the fork server is started: it inherits the environment, and
    /proc shows it as long as the fork server runs.
    """
    with _changing_environment:
        before = dict(os.environ)
        secret = before.keys() - plain_environment().keys()
        for name in secret:
            del os.environ[name]
        try:
            yield
        finally:
            for name in secret:
                os.environ.setdefault(name, before[name])

"""The process that child processes are forked from: it has loaded all that they need, and holds no secret.

Loading takes it longer than most commands need to begin, so a command that will want children starts it
first of all (`scanflow.cli.early`). This module loads next to nothing.
"""

import multiprocessing
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

from scanflow.environment import plain_environment

TASKS = "scanflow.pipeline.sandbox.tasks"
"""The module that only children import."""
_PRELOAD = "scanflow.pipeline.sandbox.preload"

_changing_environment = threading.Lock()


def start() -> ForkServerContext:
    """Start it, unless it runs already, and don't wait until it is ready; what starts its children."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([TASKS, _PRELOAD])
    with _without_secrets():
        forkserver.ensure_running()
    return context


@contextmanager
def _without_secrets() -> Iterator[None]:
    """While the fork server is started (it is only once, but may have died): it inherits what stands here,
    and /proc shows it for as long as it lives.
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

"""For commands that run until a signal."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_LOOK_SECONDS = 1.0


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """An event that SIGTERM or Ctrl-C sets; a second signal ends the program at once.

    A thread sets it when it reads from a socket that the signal writes to. A Python signal handler runs in
    the main thread only. This thread may continue to sleep, because the kernel may give the signal to another
    one (as after SIGCONT), or it may hold the lock that the handler needs.
    """
    import socket

    stop = threading.Event()
    told, telling = socket.socketpair()
    telling.setblocking(False)

    def handle(number: int, _frame: object) -> None:
        signal.signal(number, signal.SIG_DFL)

    def listen() -> None:
        while said := told.recv(1):
            if said[0] in before:
                stop.set()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    descriptor = signal.set_wakeup_fd(telling.fileno(), warn_on_full_buffer=False)
    listener = threading.Thread(target=listen, name="signals", daemon=True)
    listener.start()
    try:
        yield stop
    finally:
        signal.set_wakeup_fd(descriptor)
        for number, handler in before.items():
            signal.signal(number, handler)
        telling.close()
        listener.join()
        told.close()


def ends_with_parent(stop: threading.Event) -> None:
    """Set `stop` when the process that started this one has ended.

    It starts a thread, which ends with `stop`.
    """
    parent = os.getppid()

    def watch() -> None:
        while not stop.wait(_LOOK_SECONDS):
            if os.getppid() != parent:
                stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()

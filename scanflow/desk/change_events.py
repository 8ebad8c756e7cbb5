"""Events within this process when a stack or a counter has changed."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]
"""Called with the batch's id or the counter's name, in the thread that made the change: it must not block."""


class ChangeEvents:
    """Tells listeners of changes. Threads may share it."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._changing = threading.Lock()

    def publish(self, changed: str) -> None:
        """Tell all listeners that a stack (its batch's id) or a counter (its name) has changed."""
        with self._changing:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(changed)

    @contextmanager
    def subscribed(self, listener: Listener) -> Iterator[None]:
        """Have `listener` called during the context."""
        with self._changing:
            self._listeners.add(listener)
        try:
            yield
        finally:
            with self._changing:
                self._listeners.discard(listener)

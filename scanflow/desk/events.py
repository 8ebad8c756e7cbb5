"""A bell that rings when a stack has changed, for whoever shows it in this process."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]
"""Called with the batch's id, in the thread that made the change: it must not wait for anything."""


class Bell:
    """Threads may share it."""

    def __init__(self) -> None:
        self._listeners: set[Listener] = set()
        self._changing = threading.Lock()

    def ring(self, batch_id: str) -> None:
        """Tell all listeners that a stack has changed."""
        with self._changing:
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(batch_id)

    @contextmanager
    def heard_by(self, listener: Listener) -> Iterator[None]:
        """Have `listener` called during the context."""
        with self._changing:
            self._listeners.add(listener)
        try:
            yield
        finally:
            with self._changing:
                self._listeners.discard(listener)

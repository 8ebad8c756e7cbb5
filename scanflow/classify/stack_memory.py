"""A cache of what was found out about the pages of stacks that people work on.

A stack is evaluated again each time it is shown. For pages that have not changed the earlier results are
used: their readings, facts, kinds, rows and fields. So a change costs only what it affects.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

Made = TypeVar("Made")

# Enough for some 200 pages with a few entries each; about 60 MB at most.
MOST_ENTRIES = 700


class StackMemory:
    """Values by the objects that they were made from, `most` at a time; the least recently used are dropped.

    Any number of threads may use it. Objects are compared by identity, not by value, and must not change.
    """

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Sequence[object], object]] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, what: str, objects: Sequence[object], make: Callable[[], Made], *more: Hashable) -> Made:
        """The value named `what` that was made of these objects and of `more`, made now if there is none."""
        key = _key(what, objects, more)
        with self._lock:
            if (found := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return cast("Made", found[1])
        made = make()
        self.keep(what, objects, made, *more)
        return made

    def keep(self, what: str, objects: Sequence[object], value: object, *more: Hashable) -> None:
        """Put a value in the place of one that was made of these objects."""
        with self._lock:
            # With the objects, so that no other object gets the identity of one of them.
            self._kept[_key(what, objects, more)] = tuple(objects), value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _key(what: str, objects: Sequence[object], more: tuple[Hashable, ...]) -> Hashable:
    return what, tuple(map(id, objects)), more

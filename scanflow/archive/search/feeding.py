"""Keeps the index up to date while a program runs: a filed document is found within two seconds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from scanflow.archive.search.index import SearchIndex
from scanflow.errors import ScanflowError
from scanflow.logs import get_logger

log = get_logger(__name__)

_PAUSE = 0.5
"""Seconds between two checks of the catalog."""
_PAUSE_AFTER_FAILURE = 5.0


@contextmanager
def feeding(index: SearchIndex) -> Iterator[None]:
    """Feed an index from its catalog during the context, in a thread.

    Where another process feeds it, this one takes over when that one ends.
    """
    ended = threading.Event()
    thread = threading.Thread(target=_feed, args=(index, ended), name="search index", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _feed(index: SearchIndex, ended: threading.Event) -> None:
    failed = False
    while not ended.is_set():
        try:
            index.update(keep=True)
        except ScanflowError as error:
            if not failed:  # once, not twice a second
                log.warning("search index not fed", error=error.message)
            failed = True
        else:
            failed = False
        ended.wait(_PAUSE_AFTER_FAILURE if failed else _PAUSE)

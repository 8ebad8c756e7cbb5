"""What the fork server loads before it forks: the children's code and data, and the usual engine.

Only the fork server imports this module.
"""

import gc
import importlib
import threading
from collections.abc import Callable
from contextlib import suppress

from PIL import Image

from scanflow.errors import ScanflowError
from scanflow.pipeline.sandbox import confinement, fork_server

ENGINE = "scanflow.ocr.engines.tesseract"


def load() -> None:
    """Load all that every child needs. The garbage collector skips it, here and in the children."""
    gc.disable()
    threads = [_started(confinement.load_libraries), _started(_load_formats)]
    if opened := _opening_engine():
        threads.append(_started(opened))
    importlib.import_module(fork_server.TASKS)
    from scanflow.ocr.postcorrection.language_model import load_language  # noqa: PLC0415 - as the others
    from scanflow.text.syllables import syllables  # noqa: PLC0415

    load_language()
    syllables()
    for thread in threads:
        thread.join()  # a fork has only the thread that asks for it
    gc.freeze()
    gc.enable()


def _load_formats() -> None:
    """Load Pillow's usual formats, which it loads when it opens an image, and TIFF: pikepdf makes one of the
    1-bit data in a PDF. Where TIFF is not among them, Pillow loads all of its 45 formats to open one.
    """
    Image.preinit()
    importlib.import_module("PIL.TiffImagePlugin")


def _opening_engine() -> Callable[[], None] | None:
    """A function that opens the usual model; None where the engine isn't installed.

    Where the model isn't there, each child opens its own, and reports what is wrong.
    """
    try:  # a site may read with another engine, and lack this one's library
        open_model = importlib.import_module(ENGINE).open_shipped_model
    except ImportError:
        return None

    def opened() -> None:
        with suppress(ScanflowError):
            open_model()

    return opened


def _started(action: Callable[[], None]) -> threading.Thread:
    """A started thread that does this while the rest is loaded: the work waits for the disk or runs in C."""
    thread = threading.Thread(target=action)
    thread.start()
    return thread


load()

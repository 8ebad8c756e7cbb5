"""What the fork server loads before it forks: the children's code and data, and the usual engine.

Only the fork server imports this module.
"""

import gc
import importlib
from contextlib import suppress

from scanflow.pipeline.sandbox import fork_server

ENGINE = "scanflow.ocr.engines.tesseract"


def load() -> None:
    """Load all that every child needs. None of it is garbage, so none is looked for, here or in a child."""
    gc.disable()
    importlib.import_module(fork_server.TASKS)
    with suppress(ImportError):  # a site may read with another engine, and lack this one's library
        importlib.import_module(ENGINE)
    from scanflow.ocr.postcorrection.language_model import load_language  # noqa: PLC0415 - as the others
    from scanflow.text.syllables import syllables  # noqa: PLC0415

    load_language()
    syllables()
    gc.freeze()
    gc.enable()


load()

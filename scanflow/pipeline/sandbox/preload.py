"""What the fork server loads before it forks, beside code: data that every child needs, and the usual engine.

Only the fork server imports this module.
"""

from contextlib import suppress

from scanflow.ocr.postcorrection.language_model import load_language

with suppress(ImportError):  # a site may read with another engine, and lack this one's library
    import scanflow.ocr.engines.tesseract  # noqa: F401 - loaded for the children

load_language()

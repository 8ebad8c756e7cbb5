"""A store of an installed package, on which the contract of stores is tried beside our own.

    OTHER_STORE='{"kind": "tape", "options": {"file": "{folder}/tape"}}' \\
        python -m pytest tests/archive/test_store_contract.py tests/archive/test_retention.py

`$OTHER_STORE` is [store] as JSON; `{folder}` in it becomes a new folder for each test.
"""

import json
import os
from pathlib import Path

from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.settings import Settings

_OTHER = os.environ.get("OTHER_STORE", "")

OTHERS = ("other",) if _OTHER else ()
"""A further parameter for tests of stores."""


def open_other(folder: Path) -> ObjectStore:
    """The store that is named, empty."""
    store = json.loads(_OTHER.replace("{folder}", str(folder)))
    opened = open_store(Settings.model_validate({"home": folder, "store": store}))
    opened.check()
    return opened

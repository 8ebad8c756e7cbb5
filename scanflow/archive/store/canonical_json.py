"""Canonical JSON: the same value always gives the same bytes, so that checksums can be compared."""

import json
from typing import Any


def dumps(value: Any) -> str:
    """Compact, keys in order, Vietnamese as it is."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def dump_bytes(value: Any) -> bytes:
    """For objects that a person may open: indented, keys in order, UTF-8, a line end at the end."""
    return (json.dumps(value, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n").encode()

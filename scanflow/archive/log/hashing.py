"""The form of a log entry as one line, and its hash. It must never change: old hashes must stay valid.

A line is the entry as canonical JSON. Its hash is the SHA-256 of the hash before it, a line end, and the
line; before the first entry stands `GENESIS`.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from scanflow.archive.logbook import LogEntry
from scanflow.archive.store.canonical_json import dumps

GENESIS = "0" * 64


def entry_line(seq: int, entry: LogEntry) -> str:
    """The entry as one line, without a line end. `seq` is its number in the chain, from 1."""
    return dumps(
        {
            "seq": seq,
            "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "before": entry.before,
            "after": entry.after,
        }
    )


def line_entry(line: str) -> tuple[int, LogEntry]:
    """The entry of a line (the reverse of `entry_line`). Raises ValueError, LookupError or TypeError."""
    values = json.loads(line)
    entry = LogEntry(
        datetime.fromisoformat(values["at"]),
        values["actor"],
        values["action"],
        values["subject"],
        values["before"],
        values["after"],
    )
    return int(values["seq"]), entry


def line_hash(previous: str, line: str) -> str:
    """The hash of a line that follows the one whose hash is `previous`."""
    return sha256(f"{previous}\n{line}".encode()).hexdigest()


def storable(value: Any) -> Any:
    """`value` in a form that both databases keep unchanged: JSON without floats, every text valid UTF-8.

    NUL and lone surrogates (bytes of a file's name that are no UTF-8) are escaped. Raises TypeError.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
    if isinstance(value, dict):
        return {storable(str(key)): storable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [storable(each) for each in value]
    raise TypeError(f"no {type(value).__name__} in the log: databases spell it differently")

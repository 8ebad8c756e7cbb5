"""SQL statements that are compiled once for all engines of a test process, instead of once for each.

Each test opens a catalog of its own, and so an engine; SQLAlchemy keeps compiled statements by engine and by
dialect. A sixth of the time of tests with a database went into compiling the same ones again. Here engines
whose dialects are alike share what was compiled, as all connections of one engine do in the program.
"""

from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import Compiled
from sqlalchemy.util import LRUCache

_STATEMENTS = 5_000
"""Kept of each kind of dialect; an engine keeps 500."""
_MARKS = ("name", "driver", "paramstyle", "server_version_info", "_json_serializer", "_json_deserializer")
"""What compiled statements depend on, as far as engines of these tests differ in it."""


def share() -> None:
    """Let all SQLAlchemy engines of this process share their compiled statements."""
    # The dialect is part of the key under which a statement is kept.
    for name, method in (("__eq__", _alike), ("__hash__", _hash)):
        setattr(DefaultDialect, name, method)
    event.listen(Engine, "engine_connect", _take_shared)


def _marks(dialect: object) -> tuple[object, ...]:
    return (type(dialect), *(getattr(dialect, name, None) for name in _MARKS))


def _alike(one: DefaultDialect, other: object) -> bool:
    return one is other or _marks(one) == _marks(other)


def _hash(dialect: DefaultDialect) -> int:
    return hash(type(dialect))


_shared: defaultdict[str, "LRUCache[Any, Compiled]"] = defaultdict(lambda: LRUCache(_STATEMENTS))
"""What has been compiled, by the name of the dialect."""


def _take_shared(connection: Connection) -> None:
    connection.engine._compiled_cache = _shared[connection.engine.name]

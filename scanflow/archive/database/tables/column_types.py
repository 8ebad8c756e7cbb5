"""Column types of the catalog's tables."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

State = TypeVar("State", bound=StrEnum)


class StateText(TypeDecorator[State], Generic[State]):
    """A state, stored as its word. Any other word raises ValueError when it is written or read."""

    impl = Text
    cache_ok = True

    def __init__(self, states: type[State]) -> None:
        super().__init__()
        self.states = states

    def process_bind_param(self, value: State | str | None, _dialect: Dialect) -> str | None:
        return None if value is None else self.states(value).value

    def process_result_value(self, value: str | None, _dialect: Dialect) -> State | None:
        return None if value is None else self.states(value)


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware time, stored in UTC: SQLite has no zones, and a naive time would be ambiguous."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """JSON, in PostgreSQL its binary form (`JSONB`). None is NULL."""

    impl = JSON(none_as_null=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON(none_as_null=True))
        # Here, because PostgreSQL's dialect takes long to load and an embedded catalog does without it.
        from sqlalchemy.dialects.postgresql import JSONB  # noqa: PLC0415

        return dialect.type_descriptor(JSONB(none_as_null=True))


# SQLite numbers rows by itself only in a column of exactly this type.
Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

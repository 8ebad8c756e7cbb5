"""The counters, and what their agents are told to do."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    false,
)

from scanflow.archive.database.tables.column_types import Json, StateText, UtcDateTime, metadata
from scanflow.membership import DEFAULT_AGENCY
from scanflow.order_states import OrderKind, OrderState

# A counter (quầy): its agent signs in with a token, of which a hash is kept. `scanners` is what its agent
# found, `device` and `profile` what was chosen last, `waiting` what it can't deliver. `beats` counts its
# heartbeats, so that no clock has to be trusted.
counters = Table(
    "counters",
    metadata,
    Column("name", Text, primary_key=True),
    Column("token", Text, nullable=False, unique=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Column("scanners", Json),
    Column("device", Text),
    Column("profile", Text),
    Column("beats", BigInteger, nullable=False, server_default="0"),
    Column("waiting", Json),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
)

# What a counter's agent is told to do, and what came of it.
orders = Table(
    "orders",
    metadata,
    # Given by us and never twice, not even by a catalog that was made anew: an agent may still hold pages of
    # an order that this one has never heard of.
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("counter", ForeignKey("counters.name"), nullable=False),
    Column("batch_id", ForeignKey("batches.id"), index=True),
    Column("kind", StateText(OrderKind), nullable=False),
    Column("state", StateText(OrderState), nullable=False),
    Column("device", Text),
    Column("profile", Text),
    # The page of the stack whose place the scanned one takes.
    Column("replaces", Integer),
    Column("stop", Boolean, nullable=False, server_default=false()),
    # An agent was told of it; and has said its last word on it.
    Column("given", Boolean, nullable=False, server_default=false()),
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    Column("pages", Integer, nullable=False, server_default="0"),
    # Its last page is a front whose back never came: that sheet is to be fed again.
    Column("half_sheet", Boolean, nullable=False, server_default=false()),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reason_vi", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_orders_counter_state", "counter", "state"),
)

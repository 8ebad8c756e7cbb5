"""The counters, and the orders to their agents."""

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
from scanflow.model.order_states import OrderKind, OrderState

# A counter (quầy): its agent signs in with a token, of which a hash is kept. `scanners` is what its agent
# found, `device` and `profile` what was chosen last, `waiting` what it can't deliver. `beats` counts its
# heartbeats, so that no clocks are compared.
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

# Orders to counters' agents, and their results.
orders = Table(
    "orders",
    metadata,
    # Given by the program and never twice, not even by a rebuilt catalog: an agent may still hold pages of an
    # order that this catalog doesn't know.
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
    # Whether an agent has received it, and whether it has sent its last report.
    Column("given", Boolean, nullable=False, server_default=false()),
    Column("confirmed", Boolean, nullable=False, server_default=false()),
    Column("pages", Integer, nullable=False, server_default="0"),
    # Its last page is a front without its back: that sheet must be scanned again.
    Column("half_sheet", Boolean, nullable=False, server_default=false()),
    Column("reason_code", Text),
    Column("reason", Text),
    Column("reason_vi", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    Index("ix_orders_counter_state", "counter", "state"),
)

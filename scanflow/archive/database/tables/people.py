"""Users with their sessions, saved searches and claimed items."""

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from scanflow.archive.database.tables.column_types import Id, Json, UtcDateTime, metadata
from scanflow.membership import DEFAULT_AGENCY

users = Table(
    "users",
    metadata,
    Column("name", Text, primary_key=True),
    Column("display_name", Text, nullable=False),
    Column("password", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("disabled_at", UtcDateTime),
    Column("agency", Text, nullable=False, server_default=DEFAULT_AGENCY),
    # What they may do (`scanflow.archive.agencies.Role`).
    Column("role", Text, nullable=False, server_default="clerk"),
    # Names of the counters where they may sit; NULL: at every counter of their agency.
    Column("counters", Json),
)

# Accounts of people who sign in by single sign-on, by the provider's id of them: issuer and subject.
sso_users = Table(
    "sso_users",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
)

# Sessions: of a session only a hash of its token is kept. `refresh` is the refresh token by which the
# provider of single sign-on is asked whether it still confirms the person; without our own secret it is of no
# use.
sessions = Table(
    "sessions",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("counter", Text),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("refresh", Text),
    Column("checked_at", UtcDateTime),
    Column("provider_session", Text),
)

# Who has an item of the reviewers' queue in hand, and until when nobody else gets it.
review_claims = Table(
    "review_claims",
    metadata,
    Column("item", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# Questions that a reviewer keeps: `question` is the query of the search page's address. What is shared is
# offered to all reviewers of the agency that its owner is in.
saved_searches = Table(
    "saved_searches",
    metadata,
    Column("id", Id, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("name", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("saved_at", UtcDateTime, nullable=False),
    UniqueConstraint("user", "name"),
)

# How often passwords were tried (`scanflow.archive.rate_limit`): a count that goes down with time, and when
# it was last changed, in seconds since 1970. Keys are hashes.
tries = Table(
    "tries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Float, nullable=False),
    Column("changed_at", Float, nullable=False),
)

# Browsers in which a user has signed in before: of a browser's token only a hash is kept.
browsers = Table(
    "browsers",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)

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
    # The role (`scanflow.membership.Role`).
    Column("role", Text, nullable=False, server_default="clerk"),
    # Names of the counters where they may sit; NULL: at every counter of their agency.
    Column("counters", Json),
)

# Accounts for single sign-on, by the provider's id of the person: issuer and subject.
sso_users = Table(
    "sso_users",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
)

# Sessions, with a hash of the token only. `refresh` is the refresh token by which the provider of
# single sign-on is asked whether it still confirms the person; it can be used only with the client secret.
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

# Which reviewer works on an item of the review queue, and until when it is reserved.
review_claims = Table(
    "review_claims",
    metadata,
    Column("item", Text, primary_key=True),
    Column("user", ForeignKey("users.name"), nullable=False),
    Column("until", UtcDateTime, nullable=False),
)

# Searches that a reviewer keeps: `question` is the query of the search page's address. Shared ones are
# offered to all reviewers of the owner's agency.
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

# Attempts at passwords (`scanflow.archive.people.rate_limit`): a count that goes down with time, and when
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

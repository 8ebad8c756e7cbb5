"""What was counted a day (`scanflow.archive.figures`)."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Integer,
    Table,
    Text,
)

from scanflow.archive.database.tables.column_types import metadata

FIGURES = (
    "dossiers", "complete", "asked", "met", "papers", "pages", "doubtful", "untyped",
    "confirmed", "right", "wrong", "results", "electronic", "held", "reused", "doubtful_rows",
)  # fmt: skip
"""What is counted a day: `scanflow.archive.figures.Figures` says what each is."""

# What was done on each day in Vietnam, counted from dossiers and documents (`scanflow.archive.figures`): made
# anew for the days of what `search_changes` names. The procedure is empty where none is known.
daily_figures = Table(
    "daily_figures",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("procedure", Text, primary_key=True),
    *(Column(name, Integer, nullable=False) for name in FIGURES),
)

# The same by counter (empty: none); `hours` are those of the day in which it filed something.
daily_counters = Table(
    "daily_counters",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("counter", Text, primary_key=True),
    Column("papers", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("hours", Integer, nullable=False),
)

# For which days a document was counted: that it was filed, and that its dossier was taken in.
counted_documents = Table(
    "counted_documents",
    metadata,
    Column("document_id", BigInteger, primary_key=True, autoincrement=False),
    Column("filed_on", Date, nullable=False),
    Column("taken_on", Date, nullable=False),
)

# One row: the last change that was counted.
counted_changes = Table(
    "counted_changes",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    CheckConstraint("one = 1", name="one_row"),
)

"""The history of the catalog's schema. `scanflow.archive.database` runs it; nobody calls Alembic by hand."""

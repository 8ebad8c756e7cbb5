"""The catalog: its database, tables, migrations and queries."""

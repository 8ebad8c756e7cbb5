"""The ledger: states, records, counts."""

"""Walks pages along the line and writes the ledger."""

"""Brings batches from intake to filed documents, step by step, and notes each step in the ledger."""

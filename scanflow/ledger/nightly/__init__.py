"""Nightly runs (đợt xử lý ban đêm) in the ledger: runs, their items, and the documents to choose from."""

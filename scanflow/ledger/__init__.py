"""The ledger: which step of each batch, file and page is done; all SQL on them."""

"""Work at the desk (bàn tiếp nhận) in the ledger: stacks, their owners, orders, arriving pages."""

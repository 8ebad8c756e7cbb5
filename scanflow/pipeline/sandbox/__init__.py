"""Child processes that decode strangers' bytes, and what runs in them."""

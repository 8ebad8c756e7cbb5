"""Child processes that decode untrusted bytes, and what runs in them."""

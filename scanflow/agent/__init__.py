"""The agent (máy trạm) at a counter: scans on order, spools to disk first, sends pages on."""

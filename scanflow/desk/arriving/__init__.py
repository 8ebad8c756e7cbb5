"""How pages arrive at a stack: orders to the counters, dropped files, late pages, reading."""

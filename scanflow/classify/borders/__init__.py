"""Where a paper begins: what a page says of it, the signals between two pages, and their chance."""

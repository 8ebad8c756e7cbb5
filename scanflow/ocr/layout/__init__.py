"""Lines, reading order, table cells, signature blocks and stamps, from the geometry of words."""

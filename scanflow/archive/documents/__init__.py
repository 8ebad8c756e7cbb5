"""Filed documents: found, counted as doubtful, corrected, taken for a night; their words."""

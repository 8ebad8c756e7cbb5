"""The station page: what a clerk at the counter sees of a stack, and does with it."""

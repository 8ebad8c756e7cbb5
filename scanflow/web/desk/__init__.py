"""The desk: what a clerk at the counter sees of a stack in the browser, and does with it."""

"""Documents: a stack of pages becomes papers, each with a type, its evidence and its confidence."""

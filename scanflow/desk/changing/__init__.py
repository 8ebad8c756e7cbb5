"""A clerk's changes of a stack, and handing it over."""

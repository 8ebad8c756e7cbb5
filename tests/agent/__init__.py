"""The agent at the counter, against the real server and real SANE devices."""

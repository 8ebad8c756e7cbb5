"""The night: filed documents are worked on again, in a window of Vietnam's time, behind all live work."""

"""Who works with an archive: agencies, accounts, counters, sessions, limits on sign-ins; what they keep."""

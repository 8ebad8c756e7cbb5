"""Two readings of a page: compared, merged, and people's corrections carried to the new one."""

"""Objects and catalog: where papers are kept, found, checked and rebuilt."""

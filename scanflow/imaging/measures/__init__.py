"""Measures of a page: blankness, quality, resolution, look and fingerprint."""

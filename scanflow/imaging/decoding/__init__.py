"""Decoding: captured bytes become pixels."""

"""Consistency of catalog and bucket: verify, repair, rebuild, backup."""

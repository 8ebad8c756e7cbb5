"""Catalog and bucket brought together: verify, repair, rebuild, backup."""

"""How long tests wait for what is to come by itself."""

PATIENCE = 300.0
"""Seconds: far more than it takes. A machine may be busy, or stand still for a while; that is no failure."""

"""Nightly work: filed documents are processed again in a time window (Vietnam's time), after all
live work.
"""

"""Capture (thu nhận): take files and folders apart into captured pages, whose bytes are not changed."""

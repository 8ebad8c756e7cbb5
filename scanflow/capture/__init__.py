"""Capture (thu nhận): files and folders in, captured pages with their untouched bytes out."""

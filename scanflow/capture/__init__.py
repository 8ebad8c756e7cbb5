"""Paper in: source files and devices become captured pages, untouched."""

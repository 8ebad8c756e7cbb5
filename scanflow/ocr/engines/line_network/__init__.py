"""Reads all lines of a page at once with the network of a Tesseract model, in NumPy.

Tesseract cuts the page into lines and reads again what is not sure (`page.py`).
"""

"""Reads all lines of a page at once with the LSTM network of a Tesseract model, computed in NumPy.

Tesseract still analyses the layout, and reads uncertain words again (`page.py`). From a model file to words:
`component.py` (file format), `weights.py`, `image.py` (input of the network), `forward.py` (its outputs),
`search.py` and `dictionary.py` (words).
"""

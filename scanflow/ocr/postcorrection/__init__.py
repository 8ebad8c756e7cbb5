"""Corrects an engine's words: missed and uncertain lines, numbers, handwriting, tokens, diacritics."""

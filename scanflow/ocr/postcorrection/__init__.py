"""Steps on an engine's words: missed and uncertain lines, handwriting, tokens, diacritics."""

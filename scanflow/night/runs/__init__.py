"""A nightly run and its items: begun, extended by documents, carried out in its window, entered."""

"""Image work: orientation, skew, blankness, quality; a clean copy for the reader only."""

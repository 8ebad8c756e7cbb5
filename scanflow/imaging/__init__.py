"""Image work: orientation, skew, blankness, quality; a clean copy for the engine only."""

"""Image processing: decoding, orientation, skew, blank pages, quality, and the copy that the engine reads."""

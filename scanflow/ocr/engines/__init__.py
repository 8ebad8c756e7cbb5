"""Recognition engines behind one protocol."""

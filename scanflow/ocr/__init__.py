"""Optical character recognition: engines behind one protocol, preprocessing, layout, post-correction."""

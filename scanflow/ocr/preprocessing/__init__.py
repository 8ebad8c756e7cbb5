"""Steps on the engine's copy before it is read: numbers in digit boxes, dotted leaders."""

"""What is read or removed on the engine's copy before the engine sees it."""

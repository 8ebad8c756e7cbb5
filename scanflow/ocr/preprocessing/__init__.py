"""What is read or removed on the reader's copy before the engine sees it."""

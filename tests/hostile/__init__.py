"""Every hostile file, and damaged ones, through the real `scanflow ingest` as a process of its own."""

"""Every hostile file, and damaged ones, is given to the real `scanflow ingest`, a process for each."""

"""The reviewers' pages: search, dossiers, the viewer, corrections, the queue."""

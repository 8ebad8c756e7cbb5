"""PDF pages: embedded scans are extracted unchanged, good text layers are kept, other pages are rendered."""

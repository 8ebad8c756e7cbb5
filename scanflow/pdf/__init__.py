"""Files: searchable PDF/A-2b around the captured image data."""

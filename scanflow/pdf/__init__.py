"""PDF files: searchable PDF/A-2b with the captured image data unchanged."""

"""PDF pages: embedded scans taken out untouched, text layers judged, the rest rendered."""

"""What is corrected, added or marked after the engine has read a page."""

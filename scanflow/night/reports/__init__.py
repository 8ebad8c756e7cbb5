"""What a run did, for the terminal, pages, JSON and as an HTML file."""

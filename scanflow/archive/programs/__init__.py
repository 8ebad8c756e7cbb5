"""Other programs: their tokens for the API, the events that they ask for, and webhooks."""

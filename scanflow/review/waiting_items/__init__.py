"""What waits for a reviewer: the queue, older items and quarantine."""

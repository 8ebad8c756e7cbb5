"""Durable jobs: the queue, heartbeats, retries, workers."""

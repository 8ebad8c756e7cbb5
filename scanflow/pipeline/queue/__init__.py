"""Durable jobs: dispatch, signs of life, retries, workers."""

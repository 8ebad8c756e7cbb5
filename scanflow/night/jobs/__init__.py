"""A night's jobs: each looks at one thing, changes nothing, and leaves a report."""

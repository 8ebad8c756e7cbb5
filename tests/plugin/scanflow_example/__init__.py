"""What another package can add to scanflow: an engine, an object store, a scanner adapter."""

"""Web pages and the interface of the counters' agents: faces that only call desk, pipeline and archive."""

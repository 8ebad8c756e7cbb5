"""The archive: object store and catalog, search, audit log, checks, repair and rebuild."""

"""The audit log (nhật ký): a hash chain in the catalog, with copies in the bucket.

`chain` appends to it, `segments` copies it to the bucket under a lock, `check` compares both, `restoring`
restores it, `queries` finds entries. The entries themselves are defined in `scanflow.archive.logbook`.
"""

"""The audit log (nhật ký): a hash chain in the catalog, anchored in the bucket.

`chain` appends to it, `segments` copies it to the bucket under a lock, `check` compares both, `restoring`
brings it back, `reading` answers who saw or did what. What an entry is stands in `scanflow.archive.logbook`.
"""

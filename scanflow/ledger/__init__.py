"""The ledger (sổ theo dõi): how far each batch, file and page is, and all SQL on them.

    states                  which state may follow which
    records                 rows of the tables, typed
    batches, files, pages   looked at and changed
    documents, unfiled      where pages stand, and which stand in no document
    lease                   who may change a batch
    decisions               what people decided about pages
    readings, attempts      what was read, and how often it was tried
    scheduling, workers     jobs, and the processes that carry them out
    stacks, ownership       batches at the desk, and whose they are
    arrivals, late_pages    what comes from counters, in time and too late
    orders, counters        what counters are told to scan, and what they say

It says correctly what is unfinished, also after a process was killed.
"""

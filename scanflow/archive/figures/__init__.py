"""Figures (số liệu): daily counts of papers that were taken in, filed, doubtful and confirmed.

`facts` counts a day's dossiers and documents, `counting` renews the counts of changed days, `daily` adds them
up, `backlog` counts what waits now. `work_figures` gives monitoring its numbers, `growth` the nightly jobs
theirs.
"""

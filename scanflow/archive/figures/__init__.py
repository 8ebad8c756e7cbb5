"""Figures (số liệu): what was taken in, filed, doubted and confirmed on each day, kept as counts.

`facts` says what a day's documents are, `counting` brings the counts up to date with what changed,
`daily` sums them up, `backlog` counts what waits now.
"""

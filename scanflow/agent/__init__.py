"""The agent (máy trạm) at a counter: it scans on order, writes pages to a spool first, and sends them to the
server.
"""

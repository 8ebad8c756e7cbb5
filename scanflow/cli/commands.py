"""All commands, in the order in which --help lists them."""

from scanflow.cli import accounts, archive, backup, checks, intake, line, log, scan, station, web
from scanflow.cli.app import app

__all__ = ["app"]

for room in (line, intake, scan, station, web, archive, backup, log, accounts, checks):
    room.register(app)

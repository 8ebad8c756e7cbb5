"""All commands, in the order in which --help lists them."""

from scanflow.cli import (
    accounts,
    archive,
    backup,
    checks,
    classify,
    convert,
    intake,
    log,
    papers,
    procedures,
    scan,
    station,
    web,
)
from scanflow.cli.app import app

__all__ = ["app"]

MODULES = (
    convert,
    papers,
    classify,
    intake,
    scan,
    station,
    web,
    archive,
    backup,
    log,
    accounts,
    procedures,
    checks,
)

for room in MODULES:
    room.register(app)

"""All commands, in the order in which --help lists them."""

import importlib

from scanflow.cli.app import app
from scanflow.cli.rooms import ROOMS

__all__ = ["app"]

MODULES = tuple(importlib.import_module(f"scanflow.cli.{name}") for name in ROOMS)

for module in MODULES:
    module.register(app)

"""All commands, in the order in which --help lists them."""

import importlib

from scanflow.cli.app import app
from scanflow.cli.command_modules import COMMANDS

__all__ = ["app"]

MODULES = tuple(importlib.import_module(f"scanflow.cli.{name}") for name in COMMANDS)

for module in MODULES:
    module.register(app)

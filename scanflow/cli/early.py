"""Commands that run until they are told to end, told so before they have begun: it loads next to nothing.

Python itself and the libraries take a second or so to load. Without a handler a signal in that time kills the
process, and its exit code says that it failed.
"""

import os
import signal
from collections.abc import Sequence

_UNTIL_TOLD = {"worker", "watch", "web", "station"}
_WITH_A_VALUE = {"--home"}


def end_on_early_signals(arguments: Sequence[str]) -> None:
    """If the command runs until it is told to end, end with 0 on SIGTERM or Ctrl-C from now on.

    The command puts its own handlers in the place of these before it begins anything that must be ended in
    good order (`scanflow.cli.intake.stopped_by_signals`).
    """
    if _command(arguments) in _UNTIL_TOLD:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)


def _end(_number: int, _frame: object) -> None:
    # At once: an exception could be caught by whatever is being imported, and there is nothing to tidy up.
    os._exit(0)


def _command(arguments: Sequence[str]) -> str | None:
    """The first argument that is neither an option nor an option's value."""
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_A_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None

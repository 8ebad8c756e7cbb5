"""Steps before Python has loaded a command and its libraries, which takes up to a second.

- Commands that run until a signal need a signal handler from the start. Without a handler a signal kills the
  process, and its exit code says that it failed.
- Python's garbage collector runs many times while modules are loaded, and finds almost nothing.
- The processes that decode files are forked from a server that loads as much again: both load in parallel.

This module imports very little.
"""

import atexit
import gc
import os
import signal
from collections.abc import Sequence
from itertools import pairwise

_UNTIL_TOLD = {"worker", "watch", "web", "station", "reocr", "rework"}
_READS_FILES = {
    "read", "pdf", "reocr", "rework", "fields", "classify", "ingest", "assign", "retry", "watch", "worker",
    "web",
}  # fmt: skip
_GIVES_WAY = {"reocr", "rework"}
_NICENESS = 15
"""The niceness of commands with the lowest priority, and of the processes that they start."""
_WITH_A_VALUE = {"--home", "--lang"}
_ONLY_HELP = {"--help", "-h"}
_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def look_for_garbage_seldom() -> None:
    """Let Python's collector run after 200,000 new objects instead of 700: that saves a tenth of each start.

    It doesn't run at the end of the program either: there it would take 50 ms to free memory that the system
    frees anyway.
    """
    gc.set_threshold(200_000, 20, 20)
    atexit.register(gc.freeze)


def end_on_early_signals(arguments: Sequence[str]) -> None:
    """If the command runs until it is told to end, end with 0 on SIGTERM or Ctrl-C from now on.

    The command replaces these handlers before it begins anything that needs an orderly end
    (`scanflow.cli.stopping.stopped_by_signals`).
    """
    if command_of(arguments) in _UNTIL_TOLD:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _end)


def start_fork_server_early(arguments: Sequence[str]) -> None:
    """If the command reads files, let the process start that its children are forked from."""
    if command_of(arguments) in _READS_FILES and _ONLY_HELP.isdisjoint(arguments):
        from scanflow.disk import keep_private
        from scanflow.pipeline.sandbox import fork_server

        keep_private()  # it inherits what files it makes are for
        if command_of(arguments) in _GIVES_WAY:
            give_way()  # and how it stands behind others
        fork_server.start()


def give_way() -> None:
    """Give this process and those that it starts a lower priority than all others of the machine."""
    os.nice(_NICENESS)


def wants_vietnamese_help(arguments: Sequence[str]) -> bool:
    """Whether these arguments get help as their answer, and are to get it in Vietnamese."""
    given = list(arguments)
    # A group of commands alone has its help as answer, as nothing has.
    asked = not _ONLY_HELP.isdisjoint(given) or command_of(given) in (None, *given[-1:])
    if not asked:
        return False
    chosen = [value for option, value in pairwise(given) if option == "--lang"]
    chosen += [each.removeprefix("--lang=") for each in given if each.startswith("--lang=")]
    return chosen[-1] == "vi" if chosen else locale_is_vietnamese()


def locale_is_vietnamese() -> bool:
    """Whether the locale of this process is Vietnamese."""
    locale = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    return locale.lower().replace(".", "_").partition("_")[0] == "vi"


def _end(_number: int, _frame: object) -> None:
    # At once: a module that is being imported could catch an exception, and there is nothing to clean up.
    os._exit(0)


def command_of(arguments: Sequence[str]) -> str | None:
    """The first argument that is neither an option nor an option's value."""
    rest = iter(arguments)
    for argument in rest:
        if argument in _WITH_A_VALUE:
            next(rest, None)
        elif not argument.startswith("-"):
            return argument
    return None

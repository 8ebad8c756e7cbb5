"""The command line: results on stdout (`--json` for programs), progress and complaints on stderr.

Exit codes are those of `scanflow.errors`; 130 after Ctrl-C. Each command is one thin function that calls
`pipeline` or `archive` and prints what came back.
"""

import sys

from scanflow.cli import accounts, archive, checks, intake, line, log, scan, station, web
from scanflow.cli.app import app
from scanflow.cli.output import complain
from scanflow.errors import ScanflowError

__all__ = ["app", "main"]

for room in (line, intake, scan, station, web, archive, log, accounts, checks):
    room.register(app)


def main() -> None:
    """Run the command line; the entry point of the `scanflow` script."""
    try:
        app()
    except ScanflowError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)

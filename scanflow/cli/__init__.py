"""The command line: results on stdout (`--json` for programs), progress and error messages on stderr.

Exit codes are those of `scanflow.errors`; 130 after Ctrl-C. Each command is one short function that calls
`pipeline` or `archive` and prints the result. This module loads nothing by itself, so that commands that run
until a signal can handle signals from their start.
"""

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line; the entry point of the `scanflow` script."""
    from scanflow.cli import early

    arguments = sys.argv[1:]
    early.look_for_garbage_seldom()
    early.end_on_early_signals(arguments)
    early.start_fork_server_early(arguments)
    from scanflow.cli.command_modules import app_for
    from scanflow.cli.output import print_error
    from scanflow.cli.quick_values import make_values_quickly
    from scanflow.errors import ScanflowError

    try:
        make_values_quickly()
        app = app_for(arguments)
        if early.wants_vietnamese_help(arguments):
            from scanflow.cli.vietnamese_help import command_of_app

            command_of_app(app)()
        app()
    except ScanflowError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)

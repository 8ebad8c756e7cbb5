"""The command line of a nightly run at normal CPU priority: at the lowest one, tests would wait for other
programs.

    python -m tests.night.normal_priority reocr ...
"""

if __name__ == "__main__":  # not for the program's child processes, which import this module too
    from scanflow.cli.commands import app

    app()

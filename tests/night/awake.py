"""The command line of a night that does not let all other processes go first: tests would wait for them.

python -m tests.night.awake reocr ...
"""

if __name__ == "__main__":  # the child processes of this program import this module, and need none of these
    from scanflow.cli.commands import app

    app()

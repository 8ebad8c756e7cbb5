"""`python -m scanflow.cli`."""

from scanflow.cli import main

main()

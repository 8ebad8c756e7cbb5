"""What tests need of the machine. `make test` installs all of it."""

import os
from typing import NoReturn

import pytest

EXPECTED = bool(os.environ.get("CI"))
"""Whether a missing tool is a failure. `.ci/run` says so; elsewhere the tests that need it are skipped."""


def missing(what: str) -> NoReturn:
    """Skip the test, or fail where everything is expected to be there; `what` says how to get it."""
    if EXPECTED:
        pytest.fail(what)
    pytest.skip(what)


def needs(found: object, what: str) -> pytest.MarkDecorator:
    """A mark of tests that are skipped without a tool, but not where it is expected to be there."""
    return pytest.mark.skipif(not found and not EXPECTED, reason=what)

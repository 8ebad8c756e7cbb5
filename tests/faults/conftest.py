"""What all fault tests share."""

import pytest

from scanflow.logs import configure_logs


@pytest.fixture(autouse=True)
def logs_as_in_production() -> None:
    """Structlog's own way of showing errors draws all that is in hand, page images too, for half a minute."""
    configure_logs("warning")

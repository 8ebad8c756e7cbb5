"""Rates of the API's callers: counted in the catalog, in portions for about a second."""

from pathlib import Path

import pytest
from sqlalchemy import event

from scanflow import clock
from scanflow.archive.catalog import open_catalog
from scanflow.archive.people import rate_limit
from scanflow.settings import Settings
from scanflow.web.api.rates import Rates


def test_servers_share_a_rate_and_write_once_a_portion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = clock.now()
    monkeypatch.setattr(rate_limit, "now", lambda: at)
    seconds = [0.0]
    with open_catalog(Settings(home=tmp_path)) as catalog:
        statements: list[str] = []
        event.listen(catalog.engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
        servers = [Rates(catalog, lambda: seconds[0]) for _ in range(2)]
        allowed = [server.wait("token:portal", 240) == 0 for _ in range(150) for server in servers]
        assert allowed == [True] * 240 + [False] * 60
        assert sum("INSERT INTO tries" in each for each in statements) == 60
        # A portion that is not given out in time is lost, not kept for later.
        statements.clear()
        for wait in (0.0, 1.0, 10.0):
            seconds[0] += wait
            assert servers[0].wait("token:slow", 120) == 0
        assert sum("INSERT INTO tries" in each for each in statements) == 2

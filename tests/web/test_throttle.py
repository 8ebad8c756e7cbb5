"""Guessing passwords at two servers that share one catalog, and ordinary typos."""

import asyncio
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters
from sqlalchemy import select, update

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import tries as tries_table
from scanflow.archive.database.tables import users
from scanflow.archive.people import accounts, rate_limit
from scanflow.clock import now
from scanflow.settings import Settings
from tests.conftest import NewSettings
from tests.patience import PATIENCE
from tests.web.processes import WebProcess, web_process

PASSWORD = "một mật khẩu dài"
WRONG = "wrong"
GUESSES = 80


def form(name: str, password: str = WRONG) -> dict[str, str]:
    return {"name": name, "password": password}


def at(server: WebProcess, **headers: str) -> httpx.Client:
    """A browser that nobody has used before."""
    return httpx.Client(
        base_url=server.address, headers={"Origin": server.address, **headers}, timeout=PATIENCE
    )


async def guess_at_once(servers: list[WebProcess]) -> list[int]:
    """The answers to `GUESSES` wrong passwords for Lan, sent together to the servers in turn."""

    async def guess(client: httpx.AsyncClient, server: WebProcess) -> int:
        origin = {"Origin": server.address}
        answer = await client.post(f"{server.address}/sign-in", data=form("lan"), headers=origin)
        if answer.status_code in (429, 503):
            assert int(answer.headers["Retry-After"]) > 0
        return answer.status_code

    limits = httpx.Limits(max_connections=GUESSES)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits) as client:
        return await asyncio.gather(*(guess(client, servers[n % len(servers)]) for n in range(GUESSES)))


def test_guesses_at_two_servers_are_counted_together(new_settings: NewSettings, tmp_path: Path) -> None:
    settings = new_settings("home")
    with open_catalog(settings) as catalog:
        accounts.add_user(catalog, "lan", "Lan", PASSWORD)
    logs = tmp_path / "logs"
    with web_process(settings, logs) as one, web_process(settings, logs) as other:
        with at(one) as known:
            assert known.post("/sign-in", data=form("lan", PASSWORD)).status_code == 303
            begun = time.monotonic()
            seen = Counter(asyncio.run(guess_at_once([one, other])))
            assert set(seen) <= {403, 429, 503}
            # A busy machine takes so long that more are allowed.
            again = int((time.monotonic() - begun) / rate_limit.NAME_HERE.seconds)
            assert 1 <= seen[403] <= rate_limit.NAME_HERE.tries + again
            # The cheap hash that tests make was replaced at the first sign-in.
            assert cost_of(settings, "lan") == extract_parameters(PasswordHasher().hash(PASSWORD))
            # Lan's own browser is not kept out; one that nobody has used before is.
            assert known.post("/sign-in", data=form("lan", PASSWORD)).status_code == 303
        with at(other) as stranger:
            # Those that were turned away above count nothing.
            assert until_refused(stranger, "lan") <= rate_limit.NAME_HERE.tries


def test_ordinary_typos_lock_nobody_out_and_an_address_is_what_the_proxy_says(tmp_path: Path) -> None:
    """At servers whose hashes are cheap: it takes sixty tries."""
    settings = Settings(home=tmp_path / "home")
    with open_catalog(settings) as catalog:
        for name in ("lan", "minh", "hoa"):
            accounts.add_user(catalog, name, name, PASSWORD)
    logs, program = tmp_path / "logs", "tests.cheap_hasher"
    with web_process(settings, logs, program=program) as server, at(server) as stranger:
        assert until_refused(stranger, "lan") >= rate_limit.NAME_HERE.tries
        typos = [stranger.post("/sign-in", data=form(f"user{n}")).status_code for n in range(38)]
        assert typos == [403] * 38
        assert stranger.post("/sign-in", data=form("minh", PASSWORD)).status_code == 303
        # Only the address that the proxy itself has added counts, whatever a client wrote before it.
        assert until_refused(stranger, "hoa", "1.2.3.{n}, 10.0.0.1") >= rate_limit.NAME_HERE.tries
        told = {"X-Forwarded-For": "10.0.0.2"}
        assert stranger.post("/sign-in", data=form("hoa"), headers=told).status_code == 403
    untrusted = {"SCANFLOW_WEB__TRUSTED_PROXIES": "[]"}
    with web_process(settings, logs, program=program, **untrusted) as restarted, at(restarted) as client:
        stop_the_clock(settings)
        assert client.post("/sign-in", data=form("lan", PASSWORD)).status_code == 429
        assert until_refused(client, "thu", "10.0.0.{n}") >= rate_limit.NAME_HERE.tries


def until_refused(client: httpx.Client, name: str, address: str = "") -> int:
    """How many wrong passwords for a name were looked at until one was not."""
    for n in range(20):
        told = {"X-Forwarded-For": address.format(n=n)} if address else {}
        if client.post("/sign-in", data=form(name), headers=told).status_code == 429:
            return n
    pytest.fail("nobody is refused")


def cost_of(settings: Settings, name: str) -> Parameters:
    """What hashing this user's password cost."""
    with open_catalog(settings) as catalog, catalog.reading() as connection:
        return extract_parameters(
            connection.execute(select(users.c.password).where(users.c.name == name)).scalar_one()
        )


def stop_the_clock(settings: Settings) -> None:
    """Set the last try to now, however long the server took to start."""
    with open_catalog(settings) as catalog, catalog.transaction() as connection:
        connection.execute(update(tries_table).values(changed_at=now().timestamp()))

"""Odd values in every parameter of every call: refused with a page or a sentence, never an internal error."""

import asyncio
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.people import accounts, counter_accounts, user_sessions
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.web.app import make_app
from tests.conftest import NewSettings
from tests.web.serving import ORIGIN, opened_desk

ODD = ("-1", "9" * 23, "1" * 5000, "nan", "１２", "a\x00b")
"""Numbers too large for a database or for Python, digits of other scripts, zero characters."""
ODD_FOR_DATABASES = ("-1", "9" * 23, "a\x00b")
"""Those of them that the two databases may treat differently."""
_PLAIN = {"no": "1", "first": "1", "degrees": "90", "revision": "0", "order": "1", "counter": "Quầy 1"}
_LONG = ("/desk/events", "/events", "/sign-out")
"""Left out: streams that don't end, and signing out of the session that the other calls need."""


class Wrong(NamedTuple):
    """A value that is not right: in path, query, header or body, under which name."""

    where: str
    name: str
    value: str


@pytest.fixture
def desk(new_settings: NewSettings) -> Iterator[Desk]:
    with opened_desk(new_settings("home")) as opened:
        accounts.add_user(opened.services.catalog, "lan", "Lan", "một mật khẩu dài")
        yield opened


def _fields(app: FastAPI, item: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = item.get("requestBody", {}).get("content", {})
    schema: dict[str, str] = next((kind["schema"] for kind in content.values()), {})
    named = schema.get("$ref", "").rpartition("/")[2]
    schemas: dict[str, Any] = app.openapi()["components"]["schemas"]
    found: dict[str, Any] = schemas.get(named, {}).get("properties", {})
    return found


def _parameters(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any], str, str]]:
    """Each parameter of each call: method, path, fields of the body, where it stands, its name."""
    for path, item in app.openapi()["paths"].items():
        if path.endswith(_LONG):
            continue
        for method, call in item.items():
            fields = _fields(app, call)
            places = [(p["in"], p["name"]) for p in call.get("parameters", []) if p["in"] != "cookie"]
            for where, name in [*places, *(("body", name) for name in fields)]:
                yield method, path, fields, where, name


def test_no_odd_value_is_a_failure(desk: Desk) -> None:
    app = make_app(desk)
    token = counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    mine = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)
    order = orders.scan(desk, mine, "lan", device="", profile="papers")
    session = user_sessions.begin_session(desk.services.catalog, "lan", "Quầy 1")
    headers = {"Origin": ORIGIN, "Authorization": f"Bearer {token}"}
    cookies = {"scanflow_session": session}
    stack = {"batch_id": mine, "order_id": str(order), "no": "1"}
    is_sqlite = desk.services.catalog.engine.dialect.name == "sqlite"
    odd_values = ODD if is_sqlite else ODD_FOR_DATABASES
    tried = 0
    failed: list[tuple[str, str, str, str, int]] = []

    async def try_all() -> None:
        nonlocal tried
        # An unexpected error gives the status 500, to be counted, instead of ending the test.
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=transport, base_url=ORIGIN, headers=headers, cookies=cookies
            ) as client,
        ):
            for (method, path, fields, where, name), odd in product(_parameters(app), odd_values):
                answer = await called(client, method, path, fields, Wrong(where, name, odd), stack)
                tried += 1
                if answer >= 500:
                    failed.append((method, path, name, odd[:30], answer))

    asyncio.run(try_all())  # two thousand calls: a `TestClient` crosses threads eight times for each
    assert tried > 200
    assert failed == []


async def called(  # noqa: PLR0917  a call has these parts
    client: httpx.AsyncClient,
    method: str,
    path: str,
    fields: dict[str, Any],
    wrong: Wrong,
    stack: dict[str, str],
) -> int:
    """The status of a call that is right but for one value."""
    for place, right in stack.items():
        filled = wrong.value if (wrong.where, wrong.name) == ("path", place) else right
        path = path.replace(f"{{{place}}}", quote(filled, safe=""))
    query = {wrong.name: wrong.value} if wrong.where == "query" else {"wait": "0"}
    headers = {}
    if wrong.where == "header":
        headers[wrong.name] = wrong.value.encode("ascii", "ignore").replace(b"\x00", b"").decode()
    body = {field: _PLAIN[field] for field in fields if field in _PLAIN}
    if wrong.where == "body":
        body[wrong.name] = wrong.value
    kind = "json" if path.startswith("/api/") else "data"
    sent: dict[str, Any] = {} if method == "get" else {kind: body}
    answer = await client.request(method, path, params=query, headers=headers, **sent)
    return answer.status_code


@pytest.mark.parametrize("page", ["1" + "0" * 23, "-1", "９"])
def test_an_invalid_page_number_is_refused_with_a_page(desk: Desk, page: str) -> None:
    counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    mine = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=None, procedure=None)
    with TestClient(make_app(desk), raise_server_exceptions=False) as client:
        client.cookies["scanflow_session"] = user_sessions.begin_session(
            desk.services.catalog, "lan", "Quầy 1"
        )
        for path in (f"/desk/stacks/{mine}?page={page}", f"/desk/stacks/{mine}/pages/{page}.jpg"):
            answer = client.get(path)
            assert answer.status_code == 422 and "Quay lại danh sách" in answer.text, path

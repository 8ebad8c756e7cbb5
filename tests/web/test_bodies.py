"""Bodies of requests: none is read before the caller is known, and none without a limit."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.people import accounts, counter_accounts, user_sessions
from scanflow.desk.context import Desk
from scanflow.settings import LimitSettings, Settings
from scanflow.web.app import make_app
from scanflow.web.bodies import KNOWN, STRANGER
from tests.patience import PATIENCE
from tests.web.endless_bodies import answer_of
from tests.web.processes import WebProcess, web_process
from tests.web.serving import ORIGIN, PASSWORD, opened_desk

FOR_STRANGERS = {"/sign-in", "/language"}
"""Forms that people fill in who are not signed in."""

FORMLESS = (
    "/claim",
    "/give-up",
    "/give-back",
    "/sign-out-others",
    "/look",
    "/queue/next",
    "/uploads/1",
    "/remove",
    "/undo",
    "/retry",
    "/larger",
    "/stop",
)

MEGABYTE = 2**20
FLOOD = 200 * MEGABYTE
SLACK = 12 * MEGABYTE
"""What a server's memory may grow by for other reasons: code that runs the first time."""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(Settings(home=tmp_path, limits=LimitSettings(file_bytes=100_000))) as opened:
        accounts.add_user(opened.services.catalog, "lan", "Lan", PASSWORD)
        yield opened


def calls(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of each route that may have a body, with values in the path's places."""
    found = []
    for path, item in app.openapi()["paths"].items():
        filled = re.sub(r"\{\w+\}", "1", path)
        found += [(method.upper(), filled) for method in item if method != "get"]
    return found


def test_no_strangers_body_is_read(desk: Desk) -> None:
    app = make_app(desk)
    found = calls(app)
    assert len(found) > 20
    for method, path in found:
        kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
        status, headers, asked = answer_of(app, method, path, **{"content-type": kind})
        assert headers["connection"] == "close", path
        if path in FOR_STRANGERS:
            assert status == 413 and asked <= STRANGER // 4096 + 1, path
        else:
            # 404: what a provider of single sign-on tells us, where none is set.
            expected = (404,) if path == "/api/sign-on/ended" else (303, 401)
            assert status in expected and asked == 0, path


def test_a_method_without_a_body_is_refused_with_one(desk: Desk) -> None:
    status, headers, asked = answer_of(make_app(desk), "GET", "/desk/events")
    assert (status, headers["connection"], asked) == (413, "close", 0)


def test_a_signed_in_person_may_send_64_kib_only(desk: Desk) -> None:
    app = make_app(desk)
    token = counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    cookie = f"scanflow_session={user_sessions.begin_session(desk.services.catalog, 'lan', 'Quầy 1')}"
    # "/api/sign-on/ended" is for a provider of single sign-on, and none is set.
    left_out = (*FOR_STRANGERS, "/sign-out", "/desk/look", "/api/sign-on/ended")
    tried = [(method, path) for method, path in calls(app) if path not in left_out and method != "PUT"]
    assert len(tried) > 20
    for method, path in tried:
        kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
        known = {"authorization": f"Bearer {token}", "cookie": cookie, "content-type": kind}
        status, headers, asked = answer_of(app, method, path, **known)
        if asked == 0:  # it has no form
            assert headers["connection"] == "close" and path.endswith(FORMLESS), path
        else:
            assert (status, headers["connection"]) == (413, "close"), path
            assert 1 < asked <= KNOWN // 4096 + 1, path


def test_an_announced_body_that_is_too_large_is_not_begun(desk: Desk) -> None:
    app = make_app(desk)
    sent = {"content-type": "application/x-www-form-urlencoded", "content-length": str(FLOOD)}
    assert answer_of(app, "POST", "/sign-in", **sent)[::2] == (413, 0)


def test_a_page_of_a_counter_is_read_up_to_its_limit(desk: Desk) -> None:
    app = make_app(desk)
    token = counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    sent = {
        "authorization": f"Bearer {token}", "content-type": "image/jpeg", "x-scanflow-sha256": "0" * 64,
    }  # fmt: skip
    status, headers, asked = answer_of(app, "PUT", "/api/counter/orders/1/pages/1", **sent)
    assert (status, headers["connection"]) == (413, "close")
    assert asked == 100_000 // 4096 + 1


def test_forms_of_people_still_work(desk: Desk) -> None:
    counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}, follow_redirects=False) as client:
        long = {"name": "lan", "password": PASSWORD, "next": "/desk"}
        assert client.post("/sign-in", data=long).status_code == 303
        assert client.post("/desk/counter", data={"counter": "Quầy 1"}).status_code == 303
        answer = client.post("/desk/stacks", data={"number": "x" * 40_000})
        assert answer.status_code == 200
        assert client.post("/desk/stacks", data={"number": "x" * 70_000}).status_code == 413


# --- against a real process --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    folder = tmp_path_factory.mktemp("web")
    with web_process(Settings(home=folder), folder) as process:
        yield process


def flooded(server: WebProcess, head: str, chunked: bool) -> bytes:
    """The answer to a body of `FLOOD` bytes, of which as much is sent as the server lets in."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {FLOOD}"
        host = f"127.0.0.1:{server.port}"
        connection.sendall(f"{head}\r\nHost: {host}\r\nOrigin: http://{host}\r\n{length}\r\n\r\n".encode())
        part = b"[" * MEGABYTE
        framed = b"%x\r\n%s\r\n" % (len(part), part) if chunked else part
        try:
            for _ in range(FLOOD // MEGABYTE):
                connection.sendall(framed)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            pytest.fail("the server took all of it")
        return _all_of(connection)


def _all_of(connection: socket.socket) -> bytes:
    answer = b""
    try:
        while part := connection.recv(65536):
            answer += part
    except ConnectionResetError:
        pass
    return answer


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "chunked"])
@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("POST /api/counter/hello HTTP/1.1\r\nContent-Type: application/json", b"401"),
        ("PUT /api/counter/orders/1/pages/1 HTTP/1.1\r\nContent-Type: image/jpeg", b"401"),
        ("POST /sign-in HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded", b"413"),
        ("POST /desk/stacks HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x", b"303"),
        ("POST /nowhere HTTP/1.1", b"404"),
    ],
)
def test_a_flood_costs_no_memory(server: WebProcess, head: str, status: bytes, chunked: bool) -> None:
    before = server.most_memory
    answer = flooded(server, head, chunked)
    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert server.most_memory - before < SLACK


SLOW = {
    b"": b"",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ": b"",
    b"POST /sign-in HTTP/1.1\r\nHost: HOST\r\nOrigin: http://HOST\r\nContent-Length: 20\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname=": b"HTTP/1.1 408",
}
"""Nothing, half a head and half a body, and how the answer begins; an empty one is none."""


def test_a_slow_sender_is_not_waited_for(tmp_path: Path) -> None:
    """Without a limit of the server these connections would stay open until the test's own timeout.

    They are at a server of their own, so that other requests don't wait on a busy machine. All wait at once.
    """
    with (
        web_process(Settings(home=tmp_path), tmp_path, SCANFLOW_WEB__REQUEST_SECONDS="5") as server,
        ExitStack() as stack,
    ):
        sending = {}
        for sent, status in SLOW.items():
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)
            sending[stack.enter_context(connection)] = status
            connection.sendall(sent.replace(b"HOST", b"127.0.0.1:%d" % server.port))
        for connection, status in sending.items():
            answer = _all_of(connection)
            assert answer.startswith(status) and (status or not answer)


def test_heads_are_bounded(server: WebProcess) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        try:
            for _ in range(64):
                connection.sendall(b"a" * 65536)
        except (BrokenPipeError, ConnectionResetError):
            pass
        else:
            pytest.fail("the server took all of it")


def test_an_agents_json_is_refused_in_the_agents_form(desk: Desk) -> None:
    token = counter_accounts.make_counter(desk.services.catalog, "Quầy 1")
    with TestClient(make_app(desk)) as client:
        answer = client.post(
            "/api/counter/hello",
            content=json.dumps({"program": "x" * 70_000}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
    assert (answer.status_code, answer.json()["code"]) == (413, "oversized")

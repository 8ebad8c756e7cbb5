"""Webhooks to a real HTTP server: signed, in order, repeated after failures and kills, and to it only."""

import base64
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from scanflow import clock
from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.logbook import VIEWED, LogEntry, document_subject
from scanflow.archive.people import agencies
from scanflow.archive.programs import webhooks
from scanflow.archive.programs.events import events_after, make_events
from scanflow.archive.store.base import open_store
from scanflow.errors import NotFoundError, UsageError
from scanflow.membership import Scope
from scanflow.pipeline.webhook_delivery import deliver, is_allowed
from scanflow.settings import Settings
from scanflow.web.app import make_app
from scanflow.web_settings import WebhookSettings
from tests.conftest import NewSettings
from tests.patience import PATIENCE
from tests.review.filing import file_document
from tests.web.calling import caller, new_token
from tests.web.reviewing import NORTH, OURS, SOUTH, THEIRS, small_desk

LOOPBACK = WebhookSettings(private_networks=("127.0.0.0/8",), timeout=PATIENCE)


class Target(ThreadingHTTPServer):
    """Takes events, or answers with `status`; `heard` has headers and body of each."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?x=1"

    @property
    def seqs(self) -> list[int]:
        return [json.loads(body)["seq"] for _, body in self.heard]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Target)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", self.server.url)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Target]:
    with Target() as target:
        thread = threading.Thread(target=target.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield target
        finally:
            target.shutdown()


@pytest.fixture
def target() -> Iterator[Target]:
    with served() as opened:
        yield opened


@pytest.fixture
def settings(new_settings: NewSettings) -> Settings:
    return new_settings("home")


@pytest.fixture
def catalog(settings: Settings) -> Iterator[Catalog]:
    with open_catalog(settings) as opened:
        for code in (NORTH, SOUTH):
            agencies.add_agency(opened, code, code)
        yield opened


def file_one(settings: Settings, catalog: Catalog, number: str = OURS, agency: str = NORTH) -> None:
    file_document(open_store(settings), catalog, number, [["một"]], agency=agency)


def test_events_are_signed_in_order_and_told_once(
    settings: Settings, catalog: Catalog, target: Target
) -> None:
    file_one(settings, catalog)
    make_events(catalog)
    secret = webhooks.make_webhook(catalog, "portal", target.url, agency=NORTH)
    file_one(settings, catalog, THEIRS, SOUTH)
    catalog.append_log(LogEntry(clock.now(), "thu", VIEWED, document_subject(OURS, 1)))
    file_one(settings, catalog)
    assert deliver(LOOPBACK, catalog) == 1 and deliver(LOOPBACK, catalog) == 0
    ((headers, body),) = target.heard
    said = Verifier(secret).verify(body, headers)
    assert said == json.loads(body)
    assert (said["seq"], said["kind"], said["dossier"], said["document"]) == (2, "document.filed", OURS, 2)
    assert THEIRS not in body.decode() and "thu" not in body.decode()
    with pytest.raises(WebhookVerificationError):
        Verifier(base64.b64encode(b"another secret").decode()).verify(body, headers)


def test_each_agency_has_numbers_without_gaps(settings: Settings, catalog: Catalog) -> None:
    for _ in range(2):
        file_one(settings, catalog, THEIRS, SOUTH)
        file_one(settings, catalog)
    assert make_events(catalog) == 4 and make_events(catalog) == 0
    for agency, number in ((NORTH, OURS), (SOUTH, THEIRS)):
        found = events_after(catalog, agency, 0, 100)
        assert [(each.seq, each.dossier) for each in found] == [(1, number), (2, number)]


def test_failures_are_tried_later_and_ever_more_seldom(
    settings: Settings, catalog: Catalog, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks.make_webhook(catalog, "portal", target.url, agency=NORTH)
    for _ in range(3):
        file_one(settings, catalog)
    at = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: at[0])
    waits = []
    for status in (500, 302, 404):
        target.status = status
        assert deliver(LOOPBACK, catalog) == 0
        assert deliver(LOOPBACK, catalog) == 0  # not due
        (hook,) = webhooks.all_webhooks(catalog)
        assert str(status) in (hook.problem or "")
        waits.append(hook.next_try_at - at[0])
        at[0] = hook.next_try_at
    assert target.seqs == [1, 1, 1] and waits == sorted(waits) and waits[0] < waits[-1]
    target.status = 204
    assert deliver(LOOPBACK, catalog) == 3
    assert target.seqs[3:] == [1, 2, 3]
    (hook,) = webhooks.all_webhooks(catalog)
    assert (hook.position, hook.failures, hook.problem) == (3, 0, None)


def test_events_can_be_told_again_from_any_number(
    settings: Settings, catalog: Catalog, target: Target
) -> None:
    webhooks.make_webhook(catalog, "portal", target.url, agency=NORTH, kinds=["document.filed"])
    for _ in range(3):
        file_one(settings, catalog)
    deliver(LOOPBACK, catalog)
    webhooks.replay(catalog, "portal", 1)
    assert deliver(LOOPBACK, catalog) == 2
    assert target.seqs == [1, 2, 3, 2, 3]
    ids = [headers["webhook-id"] for headers, _ in target.heard]
    assert ids[1] == ids[3], "a repeated event has the same id"
    webhooks.remove_webhook(catalog, "portal")
    file_one(settings, catalog)
    assert deliver(LOOPBACK, catalog) == 0
    with pytest.raises(NotFoundError):
        webhooks.replay(catalog, "portal", 0)


def test_two_workers_at_once_tell_an_event_once(settings: Settings, catalog: Catalog, target: Target) -> None:
    webhooks.make_webhook(catalog, "portal", target.url, agency=NORTH)
    file_one(settings, catalog)
    threads = [threading.Thread(target=deliver, args=(LOOPBACK, catalog)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert target.seqs == [1]


def test_killed_while_it_tells_it_tells_again(
    tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process is killed after the target has received an event and before that is noted."""
    settings = Settings(home=tmp_path)
    with open_catalog(settings) as catalog:
        agencies.add_agency(catalog, NORTH, NORTH)
        webhooks.make_webhook(catalog, "portal", target.url, agency=NORTH)
        file_one(settings, catalog)
    pid = os.fork()
    if not pid:
        with open_catalog(settings) as own:
            monkeypatch.setattr(webhooks, "confirmed", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
            deliver(LOOPBACK, own)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    later = clock.now() + timedelta(minutes=2)
    monkeypatch.setattr(clock, "now", lambda: later)
    with open_catalog(settings) as catalog:
        assert deliver(LOOPBACK, catalog) == 1
    assert target.seqs == [1, 1]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "https://localhost:{port}/",
        "https://[::1]:{port}/", "https://169.254.169.254/", "https://10.1.2.3/", "https://[::ffff:127.0.0.1]:{port}/",
        "https://0.0.0.0:{port}/", "https://2130706433:{port}/",
    ],
)  # fmt: skip
def test_nothing_goes_into_private_networks_unless_set(
    settings: Settings, catalog: Catalog, target: Target, url: str
) -> None:
    webhooks.make_webhook(catalog, "portal", url.format(port=target.server_port), agency=NORTH)
    file_one(settings, catalog)
    assert deliver(WebhookSettings(timeout=2), catalog) == 0
    assert target.heard == []
    (hook,) = webhooks.all_webhooks(catalog)
    assert hook.problem is not None and "private_networks" in hook.problem


def test_which_addresses_are_public() -> None:
    assert is_allowed(WebhookSettings(), ip_address("8.8.8.8"))
    for private in (
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "fd00::1",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",  # noqa: S104 - nobody listens there
    ):
        assert not is_allowed(WebhookSettings(), ip_address(private)), private
        assert is_allowed(WebhookSettings(private_networks=("0.0.0.0/0", "::/0")), ip_address(private))


@pytest.mark.parametrize("url", ["ftp://example.vn", "https://", "https://a:b@example.vn/", "nonsense"])
def test_wrong_addresses_are_refused(catalog: Catalog, url: str) -> None:
    with pytest.raises(UsageError):
        webhooks.make_webhook(catalog, "portal", url, agency=NORTH)


def test_programs_ask_for_events_of_their_agency(tmp_path: Path) -> None:
    with small_desk(tmp_path) as desk:
        app = make_app(desk)
        ours: TestClient = caller(app, new_token(desk, Scope.EVENTS))
        found = ours.get("/events").json()
        assert [each["dossier"] for each in found["events"]] == [OURS, OURS] and found["last"] == 2
        assert ours.get("/events", params={"after": 2}).json() == {"events": [], "last": 2}
        theirs = caller(app, new_token(desk, Scope.EVENTS, agency=SOUTH)).get("/events").json()
        assert [(each["seq"], each["dossier"]) for each in theirs["events"]] == [(1, THEIRS)]
        assert ours.get("/events", params={"after": -1}).status_code == 422

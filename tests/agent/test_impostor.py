"""Answers that are not our server's: the agent believes none, and nothing leaves the spool."""

import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from scanflow.agent.client import Server
from scanflow.agent.sender import Sender
from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.capture.scanner.spool import Spool, StackRecord
from scanflow.counter_messages import OrderReport, ServerLimits
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.errors import ServerUnreachableError
from scanflow.ledger.files import batch_files
from scanflow.model import BatchState
from scanflow.model.order_states import OrderState
from scanflow.settings import LimitSettings, Settings, StationSettings
from tests.agent.counter import CLERK, COUNTER
from tests.agent.impostor import Call, Forger, Impostor, Reply, echo, impostor_before, right, said
from tests.ledger.forcing import force_state
from tests.patience import wait_for
from tests.ports import free_port
from tests.scanner.sheets import marked_page, marked_pages
from tests.tools import needs
from tests.web.serving import opened_desk, serving_agents

HTML = b"<html><title>Sign in to the network</title><p>maintenance</p></html>"
PAGES = 4


def to_elsewhere(status: int) -> Forger:
    return lambda _: Reply(status, HTML, {"Location": "/login"})


FORGED: dict[str, Forger] = {
    "a page in HTML": lambda _: Reply(200, HTML, {"Content-Type": "text/html"}),
    "nothing": said(b""),
    "no content": lambda _: Reply(204),
    "not modified": lambda _: Reply(304),
    "created": said({"created": True}, 201),
    "another program's JSON": said({"status": "ok", "id": 17}),
    "our old answer": said({"no": 1}),
    "null": said(None),
    "a list": said([1, 2]),
    "a number": said(200),
    "not UTF-8": said(b"\xff\xfe{"),
    "no gzip": lambda _: Reply(200, HTML, {"Content-Encoding": "gzip"}),
    "half of an answer": lambda call: Reply(200, right()(call).body[:40]),
    "an answer that is cut off": lambda call: Reply(200, right()(call).body, cut=True),
    "all the right words": right(),
    "the right words with a wrong proof": lambda call: Reply(
        200, right()(call).body, {"X-Scanflow-Proof": "0" * 64}
    ),
    "a proof that is no text": lambda call: Reply(200, right()(call).body, {"X-Scanflow-Proof": "\xe9"}),
    "an echo": echo,
    "far too much": lambda _: Reply(200, b"[" * 3_000_000),
    **{f"a way to elsewhere, {status}": to_elsewhere(status) for status in (301, 302, 307, 308)},
    **{
        f"{status} in our form": said({"code": "x", "message": "x", "message_vi": "x"}, status)
        for status in (400, 401, 403, 404, 405, 407, 409, 410, 422, 429, 500, 502, 503, 504)
    },
}


@dataclass
class Site:
    """The server, an impostor before it, and what the agent has."""

    desk: Desk
    impostor: Impostor
    server: Server
    token: str
    spool: Spool

    def ordered(self, pages: int = PAGES) -> tuple[str, int]:
        """A stack that lies complete in the spool, for an order of a new batch."""
        with self.desk.services.catalog.transaction() as connection:  # end an order that an earlier test left
            connection.execute(orders_table.update().values(state="done"))
        batch_id = stacks.open_stack(self.desk, clerk=CLERK, counter=COUNTER, number=None, procedure=None)
        order_id = orders.scan(self.desk, batch_id, CLERK, device="", profile="papers")
        record = StackRecord(None, None, "", "papers", False, "", "2026-11-27T08:00:00", order=order_id)
        with self.spool.new(record) as held:
            for no, page in enumerate(marked_pages(pages), start=1):
                (held.folder / f"{no:04}.jpg").write_bytes(page)
            held.mark("complete")
        return batch_id, order_id

    @property
    def spooled(self) -> int:
        return sum(len(stack.pages) for stack in self.spool.stacks())

    def held(self, batch_id: str) -> list[bytes]:
        """The bytes of a batch that the server has stored."""
        with self.desk.services.catalog.reading() as connection:
            rows = batch_files(connection, batch_id)
        return [self.desk.services.store.get(row.stored_key) for row in rows if row.state == "taken"]

    @contextmanager
    def sending(self) -> Iterator[Sender]:
        """The agent's sender at work."""
        stop = threading.Event()
        sender = Sender(self.spool, self.server, lambda _order: None, pauses=(0.01, 0.05))
        thread = threading.Thread(target=sender.run, args=(stop,))
        thread.start()
        try:
            yield sender
        finally:
            stop.set()
            sender.wake()
            thread.join()


@pytest.fixture(scope="module")
def central(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, str, str]]:
    with opened_desk(Settings(home=tmp_path_factory.mktemp("central"))) as desk:
        token = make_counter(desk.services.catalog, COUNTER)
        with serving_agents(desk) as address:
            yield desk, address, token


@pytest.fixture
def site(central: tuple[Desk, str, str], tmp_path: Path) -> Iterator[Site]:
    desk, address, token = central
    orders.note_undelivered(desk, COUNTER, [])  # forget what the agent of an earlier test has told
    with impostor_before(address) as impostor:
        settings = StationSettings.model_validate({"server": impostor.address, "token": token, "timeout": 20})
        with Server(settings) as server:
            yield Site(desk, impostor, server, token, Spool(tmp_path / "station"))


@pytest.mark.parametrize("name", FORGED)
def test_an_answer_of_another_server_counts_as_an_unreachable_server(site: Site, name: str) -> None:
    site.impostor.forger = FORGED[name]
    server = site.server
    calls = (
        lambda: server.hello([], []),
        server.next_order,
        lambda: server.report_order(1, OrderReport(OrderState.DONE, 4)),
        lambda: server.send_page(1, 1, marked_page(1), "image/jpeg"),
    )
    for call in calls:
        with pytest.raises(ServerUnreachableError):
            call()
    assert server.limits is None


@pytest.mark.parametrize(
    "change",
    [{"order": 1}, {"no": 2}, {"sha256": "0" * 64}, {"sha256": None}, {"order": None}, {"no": "1"}],
    ids=str,
)
def test_our_servers_answer_on_another_page_releases_none(site: Site, change: dict[str, object]) -> None:
    site.impostor.forger = right(change, proven_by=site.token)
    with pytest.raises(ServerUnreachableError):
        site.server.send_page(5, 1, marked_page(1), "image/jpeg")
    site.impostor.forger = right(proven_by=site.token)
    site.server.send_page(5, 1, marked_page(1), "image/jpeg")


def test_a_repeated_answer_of_our_server_confirms_no_second_page(site: Site) -> None:
    """A cache could repeat it."""
    _, order_id = site.ordered()
    site.server.send_page(order_id, 1, marked_page(1), "image/jpeg")
    kept = site.impostor.last
    assert kept is not None and kept.status == 200
    site.impostor.forger = lambda _: kept
    with pytest.raises(ServerUnreachableError):
        site.server.send_page(order_id, 1, marked_page(1), "image/jpeg")


@pytest.mark.parametrize("of", ["PUT", "POST"], ids=["pages", "reports"])
def test_no_forged_answer_removes_a_page_from_the_spool(site: Site, of: str) -> None:
    batch_id, _ = site.ordered()
    site.impostor.of = (of,)
    site.impostor.forger = FORGED["a page in HTML"]
    with site.sending() as sender:
        for forger in FORGED.values():
            site.impostor.hits, site.impostor.forger = 0, forger
            sender.wake()
            wait_for(lambda: site.impostor.hits >= 2)
            assert site.spooled == PAGES
        assert not (site.spool.root / "discarded").exists()
        assert len(site.held(batch_id)) == (0 if of == "PUT" else PAGES)
        site.impostor.forger = None
        wait_for(lambda: not site.spool.stacks())
    assert site.held(batch_id) == marked_pages(PAGES)


def test_a_stack_of_which_the_server_holds_less_is_kept_and_sent_again(site: Site) -> None:
    batch_id, _ = site.ordered()
    site.impostor.of, site.impostor.forger = ("POST",), right({"held": PAGES - 1}, proven_by=site.token)
    with site.sending():
        wait_for(lambda: site.impostor.hits > 2)
        assert site.spooled == PAGES
        site.impostor.forger = None
        wait_for(lambda: not site.spool.stacks())
    assert site.held(batch_id) == marked_pages(PAGES)


def test_a_stack_that_cannot_be_sent_blocks_no_other(site: Site) -> None:
    """A filter in between refuses one page each time: its stack waits, the next stack is sent."""
    stuck, order_id = site.ordered()
    free, _ = site.ordered(2)
    site.impostor.forger = lambda call: Reply(403, HTML) if f"/{order_id}/pages/2" in call.path else None
    with site.sending():
        wait_for(lambda: len(site.spool.stacks()) == 1 and site.impostor.hits > 2)
        assert (len(site.held(stuck)), len(site.held(free))) == (1, 2)
        site.impostor.forger = None
        wait_for(lambda: not site.spool.stacks())
    assert site.held(stuck) == marked_pages(PAGES)


def nginx_before(folder: Path, address: str, most: str) -> tuple[str, "subprocess.Popen[bytes]"]:
    """A real nginx with that limit before a server."""
    port = free_port()
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/pid; error_log {folder}/errors; worker_processes 1;"
        f"events {{}} http {{ access_log off; client_body_temp_path {folder}/b;"
        f" proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;"
        f" uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;"
        f" server {{ listen 127.0.0.1:{port}; client_max_body_size {most};"
        f" location / {{ proxy_pass {address}; proxy_set_header Host $http_host; }} }} }}"
    )
    process = subprocess.Popen(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "errors")])
    with socket.socket() as probe:
        wait_for(lambda: probe.connect_ex(("127.0.0.1", port)) == 0)
    return f"http://127.0.0.1:{port}", process


def require_shown(site: Site, order_id: int, sent: set[int]) -> None:
    """The pages that a proxy refuses are shown on the counter's page and with the order, and kept."""
    wait_for(lambda: orders.counter_state(site.desk, COUNTER).undelivered)
    (waiting,) = orders.counter_state(site.desk, COUNTER).undelivered
    assert (waiting.order, waiting.pages, waiting.code) == (order_id, PAGES - len(sent), "oversized")
    assert "413" in waiting.message and waiting.since and "máy chủ" in waiting.message_vi
    with site.desk.services.catalog.reading() as connection:
        row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).one()
    assert (row.reason_code, row.pages, row.confirmed) == ("oversized", PAGES, True)
    assert site.spooled == PAGES


def too_large(site: Site) -> tuple[str, int]:
    """A stack of which page 2 is larger than the proxy lets pass."""
    batch_id, order_id = site.ordered()
    (stack,) = [each for each in site.spool.stacks() if each.record.order == order_id]
    stack.pages[1].write_bytes(marked_page(2) + bytes(3_000_000))
    return batch_id, order_id


def test_a_proxys_413_is_shown_and_not_tried_for_ever_and_other_stacks_go_on(site: Site) -> None:
    batch_id, order_id = too_large(site)
    site.impostor.forger = lambda call: Reply(413, HTML) if len(call.body) > 3_000_000 else None
    with site.sending() as sender:
        wait_for(lambda: site.impostor.hits)
        require_shown(site, order_id, {1, 3, 4})
        free, _ = site.ordered(2)
        sender.wake()
        wait_for(lambda: len(site.held(free)) == 2 and len(site.spool.stacks()) == 1)
        assert site.impostor.hits == 1
        assert len(site.held(batch_id)) == PAGES - 1
    # The proxy was mended, and the agent started again.
    site.impostor.forger = None
    with site.sending():
        wait_for(lambda: not site.spool.stacks())
        wait_for(lambda: not orders.counter_state(site.desk, COUNTER).undelivered)
    assert len(site.held(batch_id)) == PAGES


@needs(shutil.which("nginx"), "apt-get install nginx-light")
def test_a_real_nginx_that_refuses_a_page(site: Site, central: tuple[Desk, str, str], tmp_path: Path) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    address, process = nginx_before(folder, central[1], "2m")
    try:
        batch_id, order_id = too_large(site)
        settings = StationSettings.model_validate({"server": address, "token": site.token, "timeout": 20})
        with Server(settings) as site.server, site.sending():
            require_shown(site, order_id, {1, 3, 4})
            wait_for(lambda: len(site.held(batch_id)) == PAGES - 1)
    finally:
        process.terminate()
        process.wait()


def test_a_page_above_the_servers_limit_is_not_even_sent(site: Site) -> None:
    _, order_id = too_large(site)
    site.server.hello([], [])
    assert site.server.limits == ServerLimits(LimitSettings().file_bytes, LimitSettings().pages)
    site.server.limits = ServerLimits(2_000_000, 10)
    sent: list[int] = []

    def note(call: Call) -> None:
        sent.append(len(call.body))

    site.impostor.forger = note
    with site.sending():
        wait_for(lambda: orders.counter_state(site.desk, COUNTER).undelivered)
    (waiting,) = orders.counter_state(site.desk, COUNTER).undelivered
    assert (waiting.order, waiting.pages, waiting.code) == (order_id, 1, "oversized")
    assert max(sent) < 2_000_000


def test_nginx_in_deploy_allows_what_the_limits_allow() -> None:
    """nginx refuses what is larger than this, before our server can say anything."""
    text = (Path(__file__).parents[2] / "deploy/nginx.conf").read_text(encoding="utf-8")
    (found,) = re.findall(r"client_max_body_size (\d+)m;", text)
    assert int(found) * 2**20 == LimitSettings().file_bytes


def test_a_stack_that_was_discarded_by_an_earlier_release_is_sent_after_all(site: Site) -> None:
    batch_id, order_id = site.ordered()
    (stack,) = site.spool.stacks()
    with site.spool.hold(stack.id) as held:
        held.discard()
    with site.desk.services.catalog.transaction() as connection:
        force_state(connection, batch_id, BatchState.CLOSED)
    site.spool.take_back_ordered()
    with site.sending():
        wait_for(lambda: not site.spool.stacks())
    (late,) = [
        each for each in stacks.unclaimed(site.desk, "an") if each.late and each.late.origin == batch_id
    ]
    assert late.pages == PAGES and order_id


def test_a_record_that_cannot_be_read_blocks_no_other_stack(site: Site) -> None:
    broken, _ = site.ordered()
    (stack,) = site.spool.stacks()
    (stack.folder / "stack.json").write_bytes(b"")
    batch_id, _ = site.ordered()
    with site.sending():
        wait_for(lambda: len(site.held(batch_id)) == PAGES)
    assert len(list(stack.folder.glob("*.jpg"))) == PAGES and not site.held(broken)

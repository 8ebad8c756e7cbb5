"""Answers that are not our server's: nothing leaves the spool for them, and nothing is believed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from scanflow.agent.sender import Sender
from scanflow.agent.server import Report, Server
from scanflow.archive.accounts import make_counter
from scanflow.archive.tables import orders as orders_table
from scanflow.capture.scanner.spool import Spool, StackRecord
from scanflow.desk import orders, stacks
from scanflow.desk.opened import Desk
from scanflow.errors import ServerAwayError
from scanflow.pipeline import ledger
from scanflow.settings import Settings, StationSettings
from tests.agent.counter import CLERK, COUNTER, wait_for
from tests.agent.impostor import Forger, Impostor, Reply, echo, impostor_before, right, said
from tests.scanner.sheets import marked_page, marked_pages
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
        with self.desk.services.catalog.transaction() as connection:  # an order left over is nobody's
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
        """The bytes of a batch that are safe."""
        with self.desk.services.catalog.reading() as connection:
            rows = ledger.batch_files(connection, batch_id)
        return [self.desk.services.store.get(row.object_key) for row in rows if row.state == "taken"]

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
    with impostor_before(address) as impostor:
        settings = StationSettings.model_validate({"server": impostor.address, "token": token, "timeout": 20})
        with Server(settings) as server:
            yield Site(desk, impostor, server, token, Spool(tmp_path / "station"))


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_our_servers_answer_means_that_it_is_away(site: Site, name: str) -> None:
    site.impostor.forger = FORGED[name]
    server = site.server
    calls = (
        lambda: server.hello([], []),
        server.next_order,
        lambda: server.report(1, Report("done", 4)),
        lambda: server.send_page(1, 1, marked_page(1), "image/jpeg"),
    )
    for call in calls:
        with pytest.raises(ServerAwayError):
            call()
    assert server.limits is None


@pytest.mark.parametrize(
    "change",
    [{"order": 1}, {"no": 2}, {"sha256": "0" * 64}, {"sha256": None}, {"order": None}, {"no": "1"}],
    ids=str,
)
def test_our_servers_word_on_another_page_releases_none(site: Site, change: dict[str, object]) -> None:
    site.impostor.forger = right(change, proven_by=site.token)
    with pytest.raises(ServerAwayError):
        site.server.send_page(5, 1, marked_page(1), "image/jpeg")
    site.impostor.forger = right(proven_by=site.token)
    site.server.send_page(5, 1, marked_page(1), "image/jpeg")


def test_an_earlier_answer_of_our_server_is_no_answer_to_the_same_page_again(site: Site) -> None:
    """As a cache would give it."""
    _, order_id = site.ordered()
    site.server.send_page(order_id, 1, marked_page(1), "image/jpeg")
    kept = site.impostor.last
    assert kept is not None and kept.status == 200
    site.impostor.forger = lambda _: kept
    with pytest.raises(ServerAwayError):
        site.server.send_page(order_id, 1, marked_page(1), "image/jpeg")


@pytest.mark.parametrize("of", ["PUT", "POST"], ids=["pages", "reports"])
def test_nothing_leaves_the_spool_for_any_of_them(site: Site, of: str) -> None:
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
    """A page that some filter on the way refuses each time: its stack waits, the one behind it goes."""
    stuck, order_id = site.ordered()
    free, _ = site.ordered(2)
    site.impostor.forger = lambda call: Reply(403, HTML) if f"/{order_id}/pages/2" in call.path else None
    with site.sending():
        wait_for(lambda: len(site.spool.stacks()) == 1 and site.impostor.hits > 2)
        assert (len(site.held(stuck)), len(site.held(free))) == (1, 2)
        site.impostor.forger = None
        wait_for(lambda: not site.spool.stacks())
    assert site.held(stuck) == marked_pages(PAGES)

"""The agents' interface: what it accepts, what it refuses, and with which answers."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.counter_accounts import counters, make_counter
from scanflow.archive.store.base import ObjectStore
from scanflow.counter_messages import ScannerInfo, UndeliveredStack
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.errors import StoreUnavailableError
from scanflow.ledger.batches import set_batch_state
from scanflow.ledger.files import batch_files
from scanflow.ledger.lease import lock
from scanflow.model import BatchState
from scanflow.proof import NONCE_HEADER, PROOF_HEADER, is_proof
from scanflow.settings import LimitSettings, Settings
from tests.patience import PATIENCE
from tests.scanner.sheets import marked_page
from tests.web.serving import opened_desk, serving_agents

CLERK = "an"
COUNTER = "Quầy 1"
MOST_BYTES = 400_000
PAGE = marked_page(1)


@dataclass
class Counter:
    """A counter at the server, as its agent and as its clerk."""

    desk: Desk
    address: str
    client: httpx.Client

    def stack(self) -> str:
        return stacks.open_stack(self.desk, clerk=CLERK, counter=COUNTER, number=None, procedure=None)

    def order(self, batch_id: str, replaces: int | None = None) -> int:
        return orders.scan(self.desk, batch_id, CLERK, device="dev", profile="papers", replaces=replaces)

    def ask(self, wait: float = 0.0) -> httpx.Response:
        return self.client.get("order", params={"wait": wait})

    def report(self, order_id: int, state: str, **more: Any) -> httpx.Response:
        return self.client.post(f"orders/{order_id}", json={"state": state, **more})

    def send(
        self, order_id: int, no: int, data: bytes = PAGE, kind: str = "image/jpeg", stated: str | None = None
    ) -> httpx.Response:
        headers = {"Content-Type": kind, "X-Scanflow-Sha256": stated or sha256(data).hexdigest()}
        return self.client.put(f"orders/{order_id}/pages/{no}", content=data, headers=headers)

    def files(self, batch_id: str) -> list[tuple[str, bytes]]:
        """State and stored bytes of each file of a stack."""
        services = self.desk.services
        with services.catalog.reading() as connection:
            rows = batch_files(connection, batch_id)
        return [(row.state, services.store.get(row.stored_key)) for row in rows]


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    settings = Settings(home=tmp_path, limits=LimitSettings(file_bytes=MOST_BYTES))
    with opened_desk(settings) as desk, serving_agents(desk) as address:
        token = make_counter(desk.services.catalog, COUNTER)
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{address}/api/counter/", headers=headers, timeout=PATIENCE) as client:
            yield Counter(desk, address, client)


def require_refusal(answer: httpx.Response, status: int, code: str) -> None:
    said = answer.json()
    assert (answer.status_code, said["code"]) == (status, code), said
    assert set(said) == {"code", "message", "message_vi"}
    assert said["message_vi"] != said["message"]


def require_late(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["late"]) == (200, True), answer.json()


def test_hello_is_remembered_for_the_clerk(counter: Counter) -> None:
    scanners = [{"name": "airscan:e0:Quầy 1", "vendor": "eSCL", "model": "X", "kind": "ip"}]
    said = {"program": "scanflow 1", "scanners": scanners, "profiles": ["duplex"]}
    answer = counter.client.post("hello", json=said)
    limits = {"page_bytes": MOST_BYTES, "order_pages": LimitSettings().pages}
    assert (answer.status_code, answer.json()) == (
        200,
        {"counter": COUNTER, "protocol": 2, "limits": limits},
    )
    known = orders.counter_state(counter.desk, COUNTER)
    found = tuple(ScannerInfo(**scanner) for scanner in scanners)
    assert (known.agent_here, known.scanners, known.profiles) == (True, found, ("duplex",))


def test_asking_is_a_sign_of_life(counter: Counter) -> None:
    assert not orders.counter_state(counter.desk, COUNTER).agent_here
    assert counter.ask().status_code == 204
    assert orders.counter_state(counter.desk, COUNTER).agent_here


def test_an_order_is_given_until_it_runs_and_then_to_be_stopped(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    wanted = {"id": order_id, "kind": "scan", "device": "dev", "profile": "papers", "single": False}
    assert counter.ask().json() == {**wanted, "stop": False}
    assert counter.report(order_id, "running").status_code == 200
    assert counter.ask().status_code == 204
    orders.stop(counter.desk, batch_id, CLERK)
    assert counter.ask().json() == {**wanted, "stop": True}
    counter.report(order_id, "stopped", pages=0)
    assert counter.ask().status_code == 204


def test_a_page_to_be_replaced_is_a_single_one(counter: Counter) -> None:
    batch_id = counter.stack()
    first = counter.order(batch_id)
    counter.send(first, 1)
    counter.report(first, "done", pages=1)
    counter.order(batch_id, replaces=1)
    assert counter.ask().json()["single"] is True


@pytest.mark.parametrize("bell", [True, False], ids=["this process", "another process"])
def test_a_waiting_agent_hears_of_a_new_order(counter: Counter, bell: bool) -> None:
    """Also of an order from another process. Without an order the answer would take 60 seconds."""
    batch_id = counter.stack()
    answers = []
    asking = threading.Thread(target=lambda: answers.append(counter.ask(wait=60)))
    asking.start()
    while not orders.counter_state(counter.desk, COUNTER).agent_here:
        pass
    if bell:
        order_id = counter.order(batch_id)
    else:
        with opened_desk(counter.desk.services.settings) as elsewhere:
            order_id = orders.scan(elsewhere, batch_id, CLERK, device="dev", profile="papers")
    asking.join()
    assert answers[0].json()["id"] == order_id


def test_a_report_is_what_the_clerk_sees_and_the_end_stays(counter: Counter) -> None:
    order_id = counter.order(counter.stack())
    words = {"code": "paper-jam", "message": "stuck", "message_vi": "Giấy bị kẹt."}
    for state, pages in (("failed", 2), ("done", 9), ("failed", 2)):
        assert counter.report(order_id, state, pages=pages, **words).status_code == 200
    with counter.desk.services.catalog.reading() as connection:
        row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).one()
    assert (row.state, row.pages) == ("failed", 2)
    assert (row.reason_code, row.reason, row.reason_vi) == tuple(words.values())


def test_the_end_of_an_order_is_answered_with_its_count_of_pages(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    assert counter.report(order_id, "running", pages=1).json() == {"order": order_id, "held": 0}
    counter.send(order_id, 1)
    counter.send(order_id, 2, marked_page(2))
    for _ in range(2):
        assert counter.report(order_id, "done", pages=3).json() == {"order": order_id, "held": 2}


def test_an_answer_to_a_call_with_a_nonce_has_a_proof(counter: Counter) -> None:
    counter.client.headers[NONCE_HEADER] = nonce = "ab" * 16
    token = counter.client.headers["Authorization"].removeprefix("Bearer ")
    for answer in (
        counter.client.post("hello", json={}),
        counter.ask(),
        counter.send(7, 1),
        counter.ask(1e9),
    ):
        proof = answer.headers[PROOF_HEADER]
        assert is_proof(proof, token, nonce, answer.status_code, answer.content)
        assert not is_proof(proof, token, "cd" * 16, answer.status_code, answer.content)
        assert not is_proof(proof, token, nonce, answer.status_code, answer.content + b" ")
        assert not is_proof(proof, token + "x", nonce, answer.status_code, answer.content)
    counter.client.headers[NONCE_HEADER] = "no nonce"
    assert PROOF_HEADER not in counter.ask().headers


def test_an_agent_learns_that_its_order_has_ended(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    orders.stop(counter.desk, batch_id, CLERK)
    require_refusal(counter.report(order_id, "running"), 410, "stack-gone")
    assert counter.report(order_id, "stopped").status_code == 200


def test_a_page_is_safe_when_it_is_confirmed_and_the_same_again_changes_nothing(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    for _ in range(3):
        answer = counter.send(order_id, 1)
        named = {"order": order_id, "no": 1, "sha256": sha256(PAGE).hexdigest(), "late": False}
        assert (answer.status_code, answer.json()) == (200, named)
        assert counter.files(batch_id) == [("taken", PAGE)]
    counter.send(order_id, 2, marked_page(2))
    assert [data for _, data in counter.files(batch_id)] == [PAGE, marked_page(2)]


def test_the_same_page_sent_twice_at_once_is_one(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    answers: list[int] = []

    def send() -> None:
        answers.append(counter.send(order_id, 1).status_code)

    sending = [threading.Thread(target=send) for _ in range(6)]
    for thread in sending:
        thread.start()
    for thread in sending:
        thread.join()
    assert set(answers) <= {200, 503}
    assert counter.send(order_id, 1).status_code == 200
    assert counter.files(batch_id) == [("taken", PAGE)]


def test_a_damaged_body_is_refused_and_nothing_of_it_kept(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    damaged = PAGE[:-1] + bytes([PAGE[-1] ^ 1])
    require_refusal(counter.send(order_id, 1, damaged, stated=sha256(PAGE).hexdigest()), 422, "checksum")
    assert counter.files(batch_id) == []
    assert counter.send(order_id, 1).status_code == 200


def test_a_body_that_breaks_off_is_not_stored_as_a_page(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    url = httpx.URL(counter.address)
    head = (
        f"PUT /api/counter/orders/{order_id}/pages/1 HTTP/1.1\r\nHost: {url.host}\r\n"
        f"Authorization: {counter.client.headers['Authorization']}\r\nContent-Type: image/jpeg\r\n"
        f"X-Scanflow-Sha256: {sha256(PAGE).hexdigest()}\r\nContent-Length: {len(PAGE)}\r\n\r\n"
    )
    with socket.create_connection((url.host, url.port or 0)) as half:
        half.sendall(head.encode() + PAGE[: len(PAGE) // 2])
    assert counter.ask().status_code == 200  # it goes on
    assert counter.files(batch_id) == []


def test_what_is_no_image_is_refused(counter: Counter) -> None:
    order_id = counter.order(counter.stack())
    require_refusal(counter.send(order_id, 1, kind="application/pdf"), 422, "unsupported")


@pytest.mark.parametrize("announced", [True, False])
def test_a_page_that_is_too_large_is_refused(counter: Counter, announced: bool) -> None:
    order_id = counter.order(counter.stack())
    data = bytes(MOST_BYTES + 1)
    headers = {"Content-Type": "image/jpeg", "X-Scanflow-Sha256": sha256(data).hexdigest()}
    parts = [data] if announced else iter([data[:1000], data[1000:]])
    content: Any = data if announced else parts
    answer = counter.client.put(f"orders/{order_id}/pages/1", content=content, headers=headers)
    require_refusal(answer, 413, "oversized")


def test_other_bytes_under_the_same_number_are_kept_elsewhere(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.send(order_id, 1)
    require_late(counter.send(order_id, 1, marked_page(2)))
    assert counter.files(batch_id) == [("taken", PAGE)]


def test_a_stack_that_is_gone_confirms_what_it_has_and_a_new_page_is_kept_elsewhere(
    counter: Counter,
) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.send(order_id, 1)
    counter.report(order_id, "done", pages=1)
    with counter.desk.services.catalog.transaction() as connection:
        set_batch_state(lock(connection, batch_id), BatchState.TAKEN)
    assert counter.send(order_id, 1).json()["late"] is False
    for _ in range(2):
        require_late(counter.send(order_id, 2, marked_page(2)))
    (waiting,) = stacks.unclaimed(counter.desk, CLERK)
    assert (waiting.pages, waiting.counter) == (1, COUNTER)
    assert counter.files(waiting.batch_id) == [("taken", marked_page(2))]
    assert counter.files(batch_id) == [("taken", PAGE)]


def test_a_page_is_refused_while_the_store_cannot_be_reached_and_taken_afterwards(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    order_id = counter.order(counter.stack())
    away = pytest.MonkeyPatch()

    def put(*_: object, **__: object) -> None:
        raise StoreUnavailableError("away")

    store: type[ObjectStore] = type(counter.desk.services.store)
    away.setattr(store, "put", put)
    require_refusal(counter.send(order_id, 1), 503, "store-unavailable")
    away.undo()
    assert counter.send(order_id, 1).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic YTpi"])
def test_no_call_is_answered_without_the_token(counter: Counter, authorization: str) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    counter.client.headers["Authorization"] = authorization
    for answer in (
        counter.client.post("hello", json={}),
        counter.ask(),
        counter.report(order_id, "done"),
        counter.send(order_id, 1),
    ):
        require_refusal(answer, 401, "denied")
    assert counter.files(batch_id) == []


def test_another_counters_order_is_none(counter: Counter) -> None:
    batch_id = counter.stack()
    order_id = counter.order(batch_id)
    token = make_counter(counter.desk.services.catalog, "Quầy 2")
    counter.client.headers["Authorization"] = f"Bearer {token}"
    assert counter.ask().status_code == 204
    require_late(counter.send(order_id, 1))  # its PC was at another counter before
    require_refusal(counter.report(order_id, "running"), 410, "stack-gone")
    assert counter.report(order_id, "done").json()["held"] == 1
    assert counter.files(batch_id) == []
    (waiting,) = stacks.unclaimed(counter.desk, CLERK)
    assert waiting.counter == "Quầy 2"
    with counter.desk.services.catalog.reading() as connection:
        row = connection.execute(select(orders_table).where(orders_table.c.id == order_id)).one()
    assert row.state == "waiting"


def test_what_an_agent_cannot_deliver_stands_at_the_counter_until_it_says_less(counter: Counter) -> None:
    stuck: dict[str, Any] = {
        "order": 5,
        "pages": 3,
        "since": "2026-11-27T08:00:00+00:00",
        "code": "oversized",
    }
    words = {"message": "too large", "message_vi": "Trang quá lớn."}
    for listed in ([stuck | words], []):
        assert counter.client.post("waiting", json={"stacks": listed}).status_code == 200
        known = orders.counter_state(counter.desk, COUNTER).undelivered
        assert known == tuple(UndeliveredStack(**each) for each in listed)
        (row,) = counters(counter.desk.services.catalog)
        assert row.undelivered == (3 if listed else 0)
    require_refusal(counter.client.post("waiting", json={"stacks": [stuck] * 101}), 422, "usage")


def test_wrong_calls_are_refused_in_the_same_form(counter: Counter) -> None:
    order_id = counter.order(counter.stack())
    require_refusal(counter.report(order_id, "finished"), 422, "usage")
    require_refusal(counter.client.post(f"orders/{order_id}", content=b"{"), 422, "usage")
    require_refusal(counter.ask(wait=1e9), 422, "usage")
    require_refusal(counter.send(order_id, 0), 422, "usage")
    require_refusal(counter.send(order_id, 1, stated="no checksum"), 422, "usage")

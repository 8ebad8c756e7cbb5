"""A stack of a hundred pages: what a browser fetches at each change stays small."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import insert

from scanflow.archive.database.tables import files, pages, readings
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.ledger.readings import encode
from scanflow.web.app import make_app
from tests.classify.paper import continuation, form
from tests.web.serving import ORIGIN, PASSWORD, staffed_desk

PAGES = 100
TITLES = ("TỜ KHAI ĐĂNG KÝ KHAI SINH", "GIẤY CHỨNG SINH", "GIẤY ỦY QUYỀN")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_desk(tmp_path) as opened:
        yield opened


def long_stack(desk: Desk) -> str:
    """A stack of a hundred read pages, each third of which begins a paper."""
    number = "H13.42-260804-0017"
    batch_id = stacks.open_stack(desk, clerk="lan", counter="Quầy 1", number=number, procedure="1.001193")
    with desk.services.catalog.transaction() as connection:
        for no in range(1, PAGES + 1):
            digest = sha256(str(no).encode()).hexdigest()
            row = {"batch_id": batch_id, "no": no, "sha256": digest}
            file = {**row, "name": f"{no}.jpg", "size": 1000, "state": "unpacked", "object_key": f"x/{no}"}
            made = connection.execute(insert(files).values(file)).inserted_primary_key
            assert made is not None
            page = {**row, "file_id": made[0], "file_page": 1, "state": "read", "confidence": 0.93}
            connection.execute(insert(pages).values(page | {"media_type": "image/jpeg"}))
            title = TITLES[no // 3 % len(TITLES)]
            seen = form(title) if no % 3 == 1 else continuation(1 + (no - 1) % 3)
            reading = encode(replace(seen, fingerprint=digest))
            connection.execute(insert(readings).values(batch_id=batch_id, no=no, reading=reading, attempts=0))
    return batch_id


def test_a_hundred_pages_come_in_sixty_kilobytes(desk: Desk) -> None:
    with TestClient(make_app(desk), headers={"Origin": ORIGIN}) as client:
        client.post("/sign-in", data={"name": "lan", "password": PASSWORD})
        client.post("/desk/counter", data={"counter": "Quầy 1"})
        part = client.get(f"/desk/stacks/{long_stack(desk)}/parts")
    assert part.text.count('class="thumb') == PAGES
    assert part.text.count('<article class="paper') > PAGES / 4
    assert len(part.content) < 60_000

"""The list of the day: its stacks, what became of them, and how long they took."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from scanflow.archive.database.tables import batches, documents, dossiers, pages
from scanflow.clock import in_vietnam, now
from scanflow.desk.context import Desk
from scanflow.desk.today import rate_of, todays_stacks
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import BatchState, PageState
from tests.web.serving import COUNTER, staffed_desk

pytestmark = pytest.mark.usefixtures("one_day")


def midnight() -> datetime:
    """The first moment of this day in Vietnam."""
    return in_vietnam(now()).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with staffed_desk(tmp_path) as opened:
        yield opened


def stack(desk: Desk, name: str, clerk: str, **values: object) -> None:
    """A stack that left the desk in the first moment of this day in Vietnam, or as `values` say."""
    row = {
        "id": name, "origin": "desk", "operator": clerk, "counter": COUNTER, "state": BatchState.CLOSED,
        **dict.fromkeys(("created_at", "updated_at", "held_since", "closed_at"), midnight()),
        "agency": DEFAULT_AGENCY, **values,
    }  # fmt: skip
    with desk.services.catalog.transaction() as connection:
        connection.execute(insert(batches).values(**row))


def paper(desk: Desk, name: str, count: int) -> None:
    """A document of so many pages of that stack."""
    with desk.services.catalog.transaction() as connection:
        new = insert(dossiers).values(number=name, created_at=midnight())
        dossier = connection.execute(new).inserted_primary_key
        assert dossier is not None
        made = {"no": 1, "type": "don", "title": "", "confidence": 1.0, "evidence": [], "fields": {}}
        first = {"batch_id": name, "first_page": 1, "created_at": midnight()}
        new = insert(documents).values(dossier_id=dossier[0], **made, **first)
        document = connection.execute(new).inserted_primary_key
        assert document is not None
        for no in range(1, count + 1):
            page = {"batch_id": name, "no": no, "sha256": "", "media_type": "image/jpeg"}
            page |= {"state": PageState.FILED, "document_id": document[0]}
            connection.execute(insert(pages).values(**page))


def test_what_left_the_desk_today_and_what_became_of_it(desk: Desk) -> None:
    later = midnight() + timedelta(seconds=1)
    stack(desk, "saved", "lan")
    paper(desk, "saved", 3)
    stack(desk, "discarded", "lan")
    stack(desk, "of-the-counter", "minh")
    stack(desk, "elsewhere", "lan", counter="Quầy 2")
    waiting = {"state": BatchState.UNASSIGNED, "reason": "no-number", "closed_at": None, "updated_at": later}
    stack(desk, "waiting", "lan", **waiting)
    stack(desk, "failed", "lan", state=BatchState.FAILED, closed_at=None)
    stack(desk, "saving", "lan", state=BatchState.TAKEN, closed_at=None)
    # None of these: at the desk still, of yesterday, of nobody here, never at a desk.
    before = midnight() - timedelta(seconds=1)
    stack(desk, "open", "lan", state=BatchState.DESK, closed_at=None)
    stack(desk, "yesterday", "lan", updated_at=before, closed_at=before)
    stack(desk, "others", "minh", counter="Quầy 2")
    stack(desk, "ingested", "lan", held_since=None)
    found = todays_stacks(desk, "lan", COUNTER)
    assert found[0].batch_id == "waiting"  # the newest first
    assert {each.batch_id: each.became for each in found} == {
        "saved": "saved",
        "discarded": "discarded",
        "of-the-counter": "discarded",
        "elsewhere": "discarded",
        "waiting": "waiting",
        "failed": "failed",
        "saving": "saving",
    }
    (saved,) = [each for each in found if each.batch_id == "saved"]
    assert (saved.papers, saved.pages, saved.clerk_name) == (1, 3, "Lan")


def test_how_much_an_hour_is_saved(desk: Desk) -> None:
    for name, minutes, count in (("first", 0, 4), ("second", 15, 6), ("third", 30, 2)):
        at = midnight() + timedelta(minutes=minutes)
        stack(desk, name, "lan", closed_at=at, updated_at=at)
        paper(desk, name, count)
    stack(desk, "not-hers", "minh")
    paper(desk, "not-hers", 9)
    rate = rate_of(todays_stacks(desk, "lan", COUNTER), "lan")
    assert (rate.dossiers, rate.pages, rate.hours) == (3, 12, 0.5)
    assert (rate.dossiers_an_hour, rate.pages_an_hour) == (6.0, 24.0)
    alone = rate_of(todays_stacks(desk, "minh", COUNTER), "minh")
    assert (alone.dossiers, alone.dossiers_an_hour) == (1, 0.0)  # one stack takes no time that is known

"""The diagrams of the states, the tables of allowed steps, and the steps that the ledger's functions take."""

import re
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches, documents, dossiers, files, pages
from scanflow.capture.files.unpacked import Unpacked
from scanflow.clock import now
from scanflow.errors import DamagedInputError, NotStillError, ScanflowError, StateError
from scanflow.ledger import scheduling, states
from scanflow.ledger.batches import (
    Intake,
    assign_number,
    batch_taken,
    begin_batch,
    close_batch,
    set_batch,
    set_batch_state,
    unassign,
)
from scanflow.ledger.files import (
    file_dropped,
    file_taken,
    file_unpacked,
    file_withdrawn,
    quarantine_file,
)
from scanflow.ledger.lease import Held, lock
from scanflow.ledger.pages import (
    Reason,
    page_quarantined,
    page_read,
    page_reopened,
    page_set_aside,
    page_unread,
    pages_filed,
)
from scanflow.ledger.records import TakenFile
from scanflow.model import BatchState, FileState, Geometry, PageReading, PageState, Quality
from scanflow.settings import Settings

DRAWING = Path(__file__).parents[2] / "docs" / "architecture.md"
ERROR = DamagedInputError("damaged")
READING = PageReading(
    geometry=Geometry(),
    size=(595.0, 842.0),
    dpi=(300.0, 300.0),
    dpi_source="stated",
    blank=False,
    quality=Quality(1.0, 1.0),
    fingerprint="",
    codes=(),
    words=(),
)

Steps = Mapping[str, set[tuple[str, str]]]


def drawn() -> Steps:
    """The steps of each drawing, by what it is of; `[*]` is where something new begins."""
    text = DRAWING.read_text(encoding="utf-8")
    found: dict[str, set[tuple[str, str]]] = {}
    for title, body in re.findall(
        r"\*\*A (\w+)\*\*.*?```mermaid\nstateDiagram-v2\n(.*?)```", text, re.DOTALL
    ):
        steps = [re.fullmatch(r"(\S+) --> (\w+)(?:: .+)?", line.strip()) for line in body.splitlines()]
        assert all(steps), f"a line of the drawing of a {title} is no step"
        found[title] = {(step[1], step[2]) for step in steps if step}
    return found


def in_code(
    begins: frozenset[StrEnum], follows: Mapping[StrEnum, frozenset[StrEnum]]
) -> set[tuple[str, str]]:
    steps = {(before.value, after.value) for before, later in follows.items() for after in later}
    return steps | {("[*]", state.value) for state in begins}


@pytest.mark.parametrize(
    ("title", "kind", "begins", "follows"),
    [
        ("batch", BatchState, states.BATCH_BEGINS, states.BATCH_FOLLOWS),
        ("file", FileState, states.FILE_BEGINS, states.FILE_FOLLOWS),
        ("page", PageState, states.PAGE_BEGINS, states.PAGE_FOLLOWS),
    ],
)
def test_drawing_shows_what_the_code_allows(
    title: str,
    kind: type[StrEnum],
    begins: frozenset[StrEnum],
    follows: Mapping[StrEnum, frozenset[StrEnum]],
) -> None:
    assert drawn()[title] == in_code(begins, follows)
    reached = {after for _, after in drawn()[title]}
    assert reached == {state.value for state in kind} == {state.value for state in follows}


# --- the functions take no other step ------------------------------------------------------------------


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    settings = Settings(home=tmp_path_factory.mktemp("states"))
    with open_catalog(settings) as opened:
        yield opened


@pytest.fixture
def connection(catalog: Catalog) -> Iterator[Connection]:
    """A transaction that is undone."""
    with catalog.transaction() as opened:
        yield opened
        opened.rollback()


def ledger_with(connection: Connection, batch: BatchState, file: FileState, page: PageState) -> Held:
    """A batch of one file of one page in these states, locked."""
    at = now()
    own = {"id": "b", "origin": "inbox", "operator": "", "state": batch}
    connection.execute(insert(batches).values(created_at=at, updated_at=at, **own))
    connection.execute(
        insert(files).values(id=1, batch_id="b", no=1, name="a.png", sha256="1", size=1, state=file)
    )
    connection.execute(
        insert(pages).values(
            batch_id="b", file_id=1, no=1, file_page=1, sha256="1", media_type="image/png", state=page
        )
    )
    connection.execute(insert(dossiers).values(id=1, number="N", created_at=at))
    connection.execute(
        insert(documents).values(
            id=1,
            dossier_id=1,
            no=1,
            type="form",
            confidence=1.0,
            title="",
            evidence=[],
            fields={},
            batch_id="b",
            first_page=1,
            created_at=at,
        )
    )
    return lock(connection, "b")


def everything(connection: Connection) -> tuple[BatchState, FileState, PageState]:
    batch, file, page = (connection.scalars(select(table.c.state)).one() for table in (batches, files, pages))
    assert isinstance(batch, BatchState)
    assert isinstance(file, FileState)
    assert isinstance(page, PageState)
    return batch, file, page


def unpacked(held: Held) -> None:
    file_unpacked(held, TakenFile(1, 1, "a.png", "key", "1", 1, Unpacked((), ())))


CHANGES: dict[str, Callable[[Held], object]] = {
    **{
        f"to {state}": partial(set_batch_state, state=state)
        for state in BatchState
        if state is not BatchState.TAKING
    },
    "batch_taken": batch_taken,
    "unassign": lambda held: unassign(held, "no-number"),
    "assign_number": lambda held: assign_number(held, "N", None),
    "close_batch": close_batch,
    "fail": lambda held: scheduling.fail(held, "why"),
    "send_on": scheduling.reset_failed,
    "file_taken": lambda held: file_taken(held, 1, "key"),
    "file_withdrawn": lambda held: file_withdrawn(held, 1),
    "file_dropped": lambda held: file_dropped(held, 1),
    "file_unpacked": unpacked,
    "quarantine_file": lambda held: quarantine_file(held, 1, ERROR),
    "page_read": lambda held: page_read(held, 1, READING),
    "page_unread": lambda held: page_unread(held, 1, READING, ERROR),
    "page_quarantined": lambda held: page_quarantined(held, 1, ERROR),
    "page_set_aside": lambda held: page_set_aside(held, 1, Reason("blank", "blank", "trắng")),
    "page_reopened to read": lambda held: page_reopened(held, 1, PageState.READ),
    "page_reopened to taken": lambda held: page_reopened(held, 1, PageState.TAKEN),
    "pages_filed": lambda held: pages_filed(held, [1], 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_takes_another_step(connection: Connection, change: str) -> None:
    """From every state of batch, file and page: along a step that is allowed, or nothing at all."""
    each = [(batch, FileState.UNPACKED, PageState.FILED) for batch in BatchState]
    each += [(BatchState.TAKEN, file, page) for file in FileState for page in PageState]
    taken = 0
    for batch, file, page in each:
        with connection.begin_nested() as undone:
            held = ledger_with(connection, batch, file, page)
            try:
                CHANGES[change](held)
            except (StateError, NotStillError):
                pass
            except ScanflowError:
                assert change == "close_batch"
            after = everything(connection)
            undone.rollback()
        assert after[0] in {batch, *states.BATCH_FOLLOWS[batch]}, f"{batch} -> {after[0]}"
        assert after[1] in {file, *states.FILE_FOLLOWS[file]}, f"{file} -> {after[1]}"
        assert after[2] in {page, *states.PAGE_FOLLOWS[page]}, f"{page} -> {after[2]}"
        taken += after != (batch, file, page)
    assert taken


def test_set_batch_state_takes_each_step_that_is_allowed(connection: Connection) -> None:
    held = ledger_with(connection, BatchState.TAKEN, FileState.UNPACKED, PageState.FILED)
    for before in BatchState:
        for after in BatchState:
            connection.execute(update(batches).values(state=before))
            if after == before or after in states.BATCH_FOLLOWS[before]:
                set_batch_state(held, after)
                assert everything(connection)[0] is after
            else:
                with pytest.raises(StateError, match=f"batch b can't become {after}"):
                    set_batch_state(held, after)
                assert everything(connection)[0] is before


def test_a_state_is_set_by_no_other_way(connection: Connection) -> None:
    held = ledger_with(connection, BatchState.TAKEN, FileState.UNPACKED, PageState.FILED)
    with pytest.raises(TypeError):
        set_batch(held, state=BatchState.CLOSED)
    with pytest.raises(StateError):
        begin_batch(connection, Intake("inbox"), BatchState.CLOSED)

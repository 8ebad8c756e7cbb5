"""What a person decided about the pages of a batch (quyết định của cán bộ). It takes precedence over what
was recognized.

Kept with each page, in the ledger's `pages.decided`, and so in the batch's manifest. Only this module reads
and writes that form.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, select, update

from scanflow.archive.database.tables import batches, pages
from scanflow.ledger.lease import Held
from scanflow.ledger.pages import Reason, page_set_aside, pages_of_signed_files
from scanflow.ledger.records import BatchPage, PlacedPage
from scanflow.model import Attestation

Page = TypeVar("Page", BatchPage, PlacedPage)

REMOVED = Reason("removed", "removed by the clerk", "Cán bộ đã loại trang này")
RESCANNED = Reason(
    "rescanned", "scanned again, another page took its place", "Đã quét lại, có trang khác thay"
)
FED_AGAIN = Reason("fed-again", "its sheet was fed again", "Tờ giấy này đã được quét lại cả hai mặt")

GIVEN_UP = Reason("given-up", "the clerk gave up the whole stack", "Cán bộ đã hủy cả tập giấy tờ")

REMOVED_FILE = Reason(
    "removed-file",
    "the clerk took the signed file out of the stack; the file is kept as it came",
    "Cán bộ đã loại tệp ký số này khỏi tập giấy tờ; tệp gốc được giữ nguyên vẹn",
)

REASONS = {reason.code: reason for reason in (REMOVED, RESCANNED, FED_AGAIN, GIVEN_UP, REMOVED_FILE)}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided about one page; every field's default is "nothing".

    `place` orders pages before their numbers do; `rotation` are the clockwise degrees (0, 90, 180, 270) that
    make the captured raster upright; `begins` whether a paper begins here; `type` that of the paper which
    begins here, `row` the row of its procedure's list that it meets; `removed` the code of one of `REASONS`;
    `replaced_by` the page that was scanned in its place; `kept` that a blank page is to stay; `attested` is
    about the paper that begins here.
    """

    place: int | None = None
    rotation: int | None = None
    begins: bool | None = None
    type: str | None = None
    row: str | None = None
    removed: str | None = None
    replaced_by: int | None = None
    kept: bool = False
    attested_by: str | None = None
    attested_at: str | None = None

    @property
    def attested(self) -> Attestation | None:
        if self.attested_by is None or self.attested_at is None:
            return None
        return Attestation(self.attested_by, datetime.fromisoformat(self.attested_at))


NOTHING = Decision()

Decisions = Mapping[int, Decision]
"""By the page's number in its batch; a page that nobody decided about isn't there."""

_STORED_NAMES = {"rotation": "turn"}
"""Fields that the database and manifests have under another name."""

_NAMES = {_STORED_NAMES.get(each.name, each.name): each.name for each in fields(Decision)}


def decided(connection: Connection, batch_id: str) -> dict[int, Decision]:
    """What was decided about a batch's pages, as far as it leaves signed files whole."""
    query = select(pages.c.no, pages.c.decided).where(
        pages.c.batch_id == batch_id, pages.c.decided.is_not(None)
    )
    found = {no: _decoded(said) for no, said in connection.execute(query)}
    for numbers in pages_of_signed_files(connection, batch_id):
        found |= _as_one(numbers, found)
    return found


def _as_one(numbers: Sequence[int], found: Decisions) -> Iterator[tuple[int, Decision]]:
    """What counts of decisions about a signed file's pages: it is in one place, begins with its first page,
    and is removed only as a whole. The desk lets nobody decide otherwise; older releases did.
    """
    first = found.get(numbers[0], NOTHING)
    removed = first.removed if all(found.get(no, NOTHING).removed for no in numbers) else None
    for no in numbers:
        own = replace(found.get(no, NOTHING), begins=None, removed=removed, replaced_by=None)
        if no != numbers[0]:
            own = replace(own, place=first.place, type=None, row=None, attested_by=None, attested_at=None)
        if own != NOTHING or no in found:
            yield no, own


def decide(held: Held, no: int, **changes: Any) -> Decision:
    """Change what is decided about a page (fields of `Decision`); what it is now."""
    same = (pages.c.batch_id == held.batch_id) & (pages.c.no == no)
    before = held.connection.scalar(select(pages.c.decided).where(same))
    now = replace(_decoded(before or {}), **changes)
    said = {
        _STORED_NAMES.get(name, name): value
        for name, value in asdict(now).items()
        if value != getattr(NOTHING, name)
    }
    held.connection.execute(update(pages).where(same).values(decided=said or None))
    return now


def types_of_operator(connection: Connection, operator: str, most: int = 8) -> list[str]:
    """The types that a person gave to papers, the last one first, each once."""
    query = (
        select(pages.c.decided)
        .join(batches, batches.c.id == pages.c.batch_id)
        .where(batches.c.operator == operator, pages.c.decided.is_not(None))
        .order_by(batches.c.created_at.desc(), pages.c.no.desc())
        .limit(_LOOKED_AT)
    )
    chosen = (_decoded(said).type for (said,) in connection.execute(query))
    return list(dict.fromkeys(type for type in chosen if type))[:most]


_LOOKED_AT = 500
"""Decisions that are looked through for the types which a person chose last."""


def set_removed_aside(held: Held, decisions: Decisions) -> None:
    """Set the pages aside that a person removed: they are kept, in no document."""
    for no, decision in decisions.items():
        if decision.removed:
            page_set_aside(held, no, REASONS[decision.removed])


def in_place(read: Sequence[Page], decisions: Decisions) -> list[Page]:
    """The pages that stay, in the order in which they are wanted."""
    staying = [page for page in read if not decisions.get(page.no, NOTHING).removed]
    return sorted(staying, key=lambda page: place_of(page.no, decisions))


def place_of(no: int, decisions: Decisions) -> tuple[int, int]:
    """What pages are sorted by: those that were never put anywhere come last, as they came."""
    place = decisions.get(no, NOTHING).place
    return (_LAST if place is None else place, no)


_LAST = 1 << 30


def _decoded(said: Mapping[str, Any]) -> Decision:
    """Of a newer release's decisions, those that this one knows."""
    return Decision(**{_NAMES[name]: value for name, value in said.items() if name in _NAMES})

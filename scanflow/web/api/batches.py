"""Batches: held uploads taken together, and the result of a batch."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import Field

from scanflow.archive.logbook import VIEWED, LogEntry, batch_subject
from scanflow.clock import now
from scanflow.membership import Scope
from scanflow.model import BatchState
from scanflow.pipeline.intake import uploads
from scanflow.review.batches import batch_outcome, is_searchable
from scanflow.web.addresses import number_key
from scanflow.web.api.callers import ApiRoute, TheCaller, needs
from scanflow.web.api.problems import described
from scanflow.web.authentication import desk_of
from scanflow.web.review.reviewing import review_of

router = APIRouter(prefix="/batches", route_class=ApiRoute, tags=["uploads"])

BatchId = Annotated[str, Path(max_length=100)]
UploadId = Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


@dataclass(frozen=True, slots=True)
class Together:
    """Held uploads that are one batch, in this order; the first one's dossier and procedure count."""

    uploads: Annotated[list[UploadId], Field(min_length=1, max_length=uploads.MOST_TOGETHER)]


@dataclass(frozen=True, slots=True)
class NewBatch:
    batch: str


@dataclass(frozen=True, slots=True)
class FiledAnswer:
    """A document that a batch put into a dossier; `key` is the dossier's in addresses of this API."""

    dossier: str
    key: str
    document: int
    type: str
    title: str
    pages: int


@dataclass(frozen=True, slots=True)
class UnfiledAnswer:
    """A page, or a whole file (`page` null), that is in no document, and why."""

    file: str
    page: int | None
    where: str
    code: str
    reason: str
    reason_vi: str


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The result of a batch so far: `captured` = `filed` + `set_aside` + `quarantined` once it is closed.

    `searchable`: it is closed, and this server's search finds all of its documents. `reason` says why it is
    not closed.
    """

    id: str
    state: BatchState
    captured: int
    filed: int
    set_aside: int
    quarantined: int
    searchable: bool
    documents: list[FiledAnswer]
    unfiled: list[UnfiledAnswer]
    reason: str
    reason_vi: str


@router.post("", status_code=201, responses=described(404, 409, 413, 423, 460))
@needs(Scope.UPLOAD)
def take_together(request: Request, caller: TheCaller, said: Together) -> NewBatch:
    """Take complete uploads as one batch."""
    desk = desk_of(request)
    found = [uploads.find(desk.services.settings, caller.sender, each) for each in said.uploads]
    done = uploads.take_together(desk.services, desk.submit, found)
    return NewBatch(done[0].batch or "")


@router.get("/{batch_id}", responses=described(404))
@needs(Scope.UPLOAD, Scope.READ)
def batch(request: Request, caller: TheCaller, batch_id: BatchId) -> BatchAnswer:
    """The result of a batch: one of the caller, or with the scope read any of the agency."""
    outcome = batch_outcome(
        review_of(request), caller.name, caller.agency, batch_id, others=Scope.READ in caller.scopes
    )
    entry = LogEntry(now(), caller.name, VIEWED, batch_subject(batch_id))
    request.app.state.views.note(entry, (caller.name, batch_id))
    count = outcome.count
    return BatchAnswer(
        id=outcome.batch_id,
        state=outcome.state,
        captured=count.captured,
        filed=count.filed,
        set_aside=count.set_aside,
        quarantined=count.quarantined,
        searchable=is_searchable(review_of(request), outcome),
        documents=[
            FiledAnswer(each.dossier, number_key(each.dossier), each.no, each.type, each.title, each.pages)
            for each in outcome.filed
        ],
        unfiled=[
            UnfiledAnswer(each.file, each.page, each.where, each.code, each.reason, each.reason_vi)
            for each in outcome.laid
        ],
        reason=outcome.reason,
        reason_vi=outcome.reason_vi,
    )

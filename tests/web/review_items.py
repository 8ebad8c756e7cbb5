"""Quarantined batches and runs, for tests of the reviewers' pages."""

from io import BytesIO
from pathlib import Path

from PIL import Image

from scanflow.archive.documents.documents_again import placed_document
from scanflow.desk.context import Desk
from scanflow.ledger.batches import Intake
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.ledger.nightly.night_documents import filed_documents
from scanflow.model.night_states import REOCR
from scanflow.night.runs.extending import as_item
from scanflow.pipeline.intake.take import take
from tests.pipeline.live_archive import process
from tests.web.reviewing import NORTH

NUMBER = "H57.132-260804-0090"


def picture(width: int = 400) -> bytes:
    target = BytesIO()
    Image.effect_noise((width, 300), 60).save(target, "PNG", dpi=(100, 100))
    return target.getvalue()


def quarantined(desk: Desk, folder: Path, data: bytes, agency: str = NORTH) -> str:
    """A batch of a broken file, worked on."""
    path = folder / "scan.png"
    path.write_bytes(data)
    intake = Intake("inbox", clerk_number=NUMBER if agency == NORTH else None, agency=agency)
    (batch_id,) = take(desk.services, [path], Path.read_bytes, intake).batches
    process(desk.services, batch_id)
    return batch_id


def improved_run(desk: Desk) -> str:
    """A run over all documents, each of which it claims to have improved."""
    with desk.services.catalog.transaction() as connection:
        made = night_runs.begin_run(connection, REOCR, {}, by="cron")
        documents = filed_documents(connection, after=0, until=made.last_document)
        night_items.add_items(connection, made.id, map(as_item, documents))
        for document in documents:
            item = night_items.claim_item(connection, made.id, "night-x")
            assert item is not None and placed_document(connection, document.id) is not None
            night_items.item_done(
                connection, item.id, result="better", version_before=1, version_after=2, to_check=True,
                score={"gain": 12.0, "old": 100, "pages": 1},
            )  # fmt: skip
    return made.id

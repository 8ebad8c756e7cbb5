"""Which filed documents a person has confirmed."""

from datetime import UTC, datetime

from scanflow.archive.catalog import Catalog
from scanflow.archive.documents.confirmed_papers import confirmed_documents
from scanflow.archive.store.folder import FolderStore
from scanflow.model import UNKNOWN_TYPE, Attestation, Evidence, Paper
from tests.archive.filing import NUMBER, OTHER, add_version

CHOSEN = "chosen by a person"
ATTESTED = Attestation("lan", datetime(2026, 8, 4, tzinfo=UTC))


def test_documents_that_a_person_set_or_compared_are_confirmed_and_no_others(
    catalog: Catalog, folder: FolderStore
) -> None:
    title = Evidence("title", f"{CHOSEN} %", 0.9, 0)
    chosen = Evidence(CHOSEN, "giay-uy-quyen", 1.0, 0)
    papers = [
        Paper((0,), "quyet-dinh", 0.9, (title,)),
        Paper((0,), "giay-uy-quyen", 1.0, (title, chosen)),
        Paper((0,), "giay-khai-sinh", 0.9, (title,), attested=ATTESTED),
        Paper((0,), UNKNOWN_TYPE, 0.2, (), attested=ATTESTED),
        Paper((0,), UNKNOWN_TYPE, 1.0, (chosen,)),
    ]
    catalog.ensure_dossier(NUMBER, "1.001193")
    catalog.ensure_dossier(OTHER)
    for no, paper in enumerate(papers, start=1):
        number = OTHER if no == 3 else NUMBER
        ref = catalog.allocate_document(number, paper, "b1", no)
        add_version(folder, catalog, ref, ["một"], number=number, type=paper.type)
        if no == 2:
            add_version(folder, catalog, ref, ["hai"], number=number, type=paper.type, version=2)
    catalog.allocate_document(NUMBER, papers[1], "b2", 1)  # without a version yet
    with catalog.reading() as connection:
        found = confirmed_documents(connection, CHOSEN, 100)
        newest = confirmed_documents(connection, CHOSEN, 1)
    assert [(each.dossier, each.procedure, each.type) for each in found] == [
        (NUMBER, "1.001193", UNKNOWN_TYPE),
        (OTHER, None, "giay-khai-sinh"),
        (NUMBER, "1.001193", "giay-uy-quyen"),
    ]
    assert newest == found[:1]
    assert "v2" in found[2].words.key
    assert folder.stat(found[2].words.key) == found[2].words

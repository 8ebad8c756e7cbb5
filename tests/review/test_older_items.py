"""Items of documents and dossiers that are older than those that are looked at each time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.people import accounts
from scanflow.archive.search.index import SearchIndex
from scanflow.review.access import Reviewer, open_document
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import correct_type
from scanflow.review.corrections.undoing import undo
from scanflow.review.waiting_items import older_items, queue, queue_items
from tests.pipeline.archives import open_archive
from tests.review.filing import file_document
from tests.review.versions import WHO

A, B = "H13.42-260804-0001", "H13.42-260804-0002"
PAGES = [["CỘNG HÒA"]]


@pytest.fixture(params=["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])])
def review(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Review]:
    """One document and one dossier are looked at each time, and one more the first time."""
    for module, name in ((queue_items, "LOOKED_AT"), (queue_items, "DOSSIERS"), (older_items, "PORTION")):
        monkeypatch.setattr(module, name, 1)
    with open_archive(tmp_path / "home", request, request.param) as services:
        accounts.add_user(services.catalog, "thu", "Thu", "một mật khẩu dài")
        yield Review(services, services.children, SearchIndex(services.catalog, None))


def file(review: Review, number: str = A, **more: float | str | None) -> int:
    return file_document(review.services.store, review.catalog, number, PAGES, **more)  # type: ignore[arg-type]  # as named there


def doubtful(review: Review, number: str = A) -> int:
    return file(review, number, confidence=0.4)


def waiting(review: Review, kind: str = "type") -> list[str]:
    """Keys of items after so many looks that each row was looked at."""
    for _ in range(8):
        found = queue.items(review, WHO)
    return [each.key for each in found if each.kind == kind]


def test_old_documents_wait_until_somebody_decides(review: Review) -> None:
    numbers = [doubtful(review), doubtful(review), file(review), file(review)]
    assert waiting(review) == [f"type/{A}/1", f"type/{A}/2"]
    # What is filed from now on waits, too, when it is old.
    numbers += [doubtful(review), file(review)]
    assert waiting(review) == [f"type/{A}/1", f"type/{A}/2", f"type/{A}/5"]
    queue.settle(review, WHO, f"type/{A}/1")
    correct_type(review, WHO, open_document(review, WHO, A, 2), "can-cuoc")
    assert waiting(review) == [f"type/{A}/5"]
    # Taken back, both wait again.
    queue.reopen(review, WHO, f"type/{A}/1")
    undo(review, WHO, open_document(review, WHO, A, 2))
    assert waiting(review) == [f"type/{A}/1", f"type/{A}/2", f"type/{A}/5"]


def test_old_dossiers_that_lack_papers_wait(review: Review) -> None:
    for number in (A, B):
        file(review, number)
    file(review, "H13.42-260804-0003", procedure=None)
    assert waiting(review, "dossier") == [f"dossier/{A}", f"dossier/{B}"]
    queue.settle(review, WHO, f"dossier/{A}", "đã trả dân")
    assert waiting(review, "dossier") == [f"dossier/{B}"]
    queue.reopen(review, WHO, f"dossier/{A}")
    assert waiting(review, "dossier") == [f"dossier/{A}", f"dossier/{B}"]


def test_nothing_of_another_agency_waits(review: Review) -> None:
    other = Reviewer("nam", "H57.133", may_change=True)
    file_document(
        review.services.store, review.catalog, "H57.133-260804-0002", PAGES, agency="H57.133", confidence=0.4
    )
    for _ in range(3):
        doubtful(review)
    keys = waiting(review)
    assert keys and all("H57.133" not in key for key in keys)
    assert [each.key for each in queue.items(review, other) if each.kind == "type"] == [
        "type/H57.133-260804-0002/1"
    ]

"""One child takes a filed page out of its file and reads it; where that can't be done there are two tasks."""

from collections.abc import Iterator
from concurrent.futures import Future
from io import BytesIO
from pathlib import Path
from threading import Event
from typing import Any

import pikepdf
import pytest

from scanflow.archive.documents.documents_again import PlacedDocument, placed_document
from scanflow.archive.documents.filed_documents import document_of
from scanflow.errors import DamagedInputError, LimitError
from scanflow.night.rereading import DocumentAgain, read_again
from scanflow.night.runs.pace import Pace
from scanflow.pipeline.sandbox.filed import RereadPage
from scanflow.pipeline.services import Services
from tests.night.weak_archive import Case, build, cases
from tests.pipeline.archives import open_archive
from tests.review.filing import file_document


@pytest.fixture(scope="module")
def archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Services, Case, Case]]:
    """A document that scanflow wrote, and a signed one."""
    home = tmp_path_factory.mktemp("one-page") / "home"
    home.mkdir()
    with open_archive(home, request, "folder") as services:
        plain, signed = cases(("plain", "signed"))
        build(services, [plain, signed])
        yield services, plain, signed


def placed(services: Services, case: Case) -> PlacedDocument:
    with services.catalog.reading() as connection:
        found = document_of(connection, case.agency, case.number, 1)
        assert found is not None
        document = placed_document(connection, found[0].id)
    assert document is not None
    return document


def again(services: Services, case: Case) -> DocumentAgain:
    return read_again(services, placed(services, case), Pace(services.catalog, None, Event()))


def tasks_of(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that children are given from now on."""
    given: list[str] = []
    real = services.children._schedule

    def noted(task: str, args: tuple[Any, ...], seconds: float) -> "Future[Any]":
        given.append(task)
        return real(task, args, seconds)

    monkeypatch.setattr(services.children, "_schedule", noted)
    return given


def filed_file(services: Services, case: Case) -> bytes:
    pdf = placed(services, case).document.versions[-1].pdf
    return services.store.get(pdf.key, pdf.version_id)


def test_one_task_gives_what_two_give(
    archive: tuple[Services, Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    services, case, signed = archive
    given = tasks_of(services, monkeypatch)
    at_once = again(services, case)
    assert given == ["read_filed"]
    assert at_once.pages[0].reading is not None and at_once.pages[0].new.words
    again(services, signed)  # kept as it came: where its scan lies is in the catalog
    assert given == ["read_filed", "unpack", "read"]

    def too_long(_: bytes) -> "Future[RereadPage]":
        refused: Future[RereadPage] = Future()
        refused.set_exception(LimitError("it takes too long"))
        return refused

    monkeypatch.setattr(services.children, "read_filed", too_long)
    given.clear()
    in_two = again(services, case)
    assert given == ["unpack_filed", "read"]
    assert in_two == DocumentAgain(at_once.pages, in_two.read_seconds, at_once.file)


def test_pages_of_a_longer_document_are_read_one_by_one(
    archive: tuple[Services, Case, Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each waits for live work, so that a clerk's page waits for one of them at most."""
    services, _, _ = archive
    lines = [["TỜ KHAI ĐĂNG KÝ KHAI SINH", f"Trang thứ {no}"] for no in ("nhất", "hai", "ba")]
    file_document(services.store, services.catalog, "H13.42-261127-0100", lines)
    with services.catalog.reading() as connection:
        found = document_of(connection, "default", "H13.42-261127-0100", 1)
        assert found is not None
        longer = placed_document(connection, found[0].id)
    assert longer is not None
    given = tasks_of(services, monkeypatch)
    waits: list[int] = []
    pace = Pace(services.catalog, None, Event())
    monkeypatch.setattr(Pace, "wait", lambda _: waits.append(len(given)))
    read = read_again(services, longer, pace)
    assert given == ["unpack_filed", "read", "read", "read"]
    assert waits == [1, 2, 3]
    assert len(read.pages) == 3 and all(page.reading is not None for page in read.pages)


def test_a_page_that_cannot_be_decoded_is_no_fault_of_the_file(archive: tuple[Services, Case, Case]) -> None:
    services, case, _ = archive
    data = filed_file(services, case)
    with pikepdf.open(BytesIO(data)) as pdf:
        (image,) = pdf.pages[0].obj.Resources.XObject.values()
        image.write(image.read_raw_bytes()[:400], filter=pikepdf.Name.DCTDecode)
        target = BytesIO()
        pdf.save(target)
    page = services.children.read_filed(target.getvalue()).result()
    assert page.reading is None and page.matrix is not None
    assert services.children.read_filed(data).result().reading is not None


def test_a_file_of_several_pages_is_not_read_as_one(
    archive: tuple[Services, Case, Case], tmp_path: Path
) -> None:
    services, case, _ = archive
    path = tmp_path / "two.pdf"
    with pikepdf.open(BytesIO(filed_file(services, case))) as pdf:
        pdf.pages.append(pdf.pages[0])
        pdf.save(path)
    with pytest.raises(DamagedInputError):
        services.children.read_filed(path.read_bytes()).result()
    scans = services.children.unpack_filed(path.read_bytes()).result()
    assert len(scans.pages) == len(scans.matrices) == 2

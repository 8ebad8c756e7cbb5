"""A person changes a document while a run works on it, or while the run is undone: the change stays, once."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanflow.archive.documents.page_words import decode_words
from scanflow.archive.logbook import TEXT_CORRECTED, TEXT_READ_AGAIN, TYPE_SET, document_subject
from scanflow.archive.repair.verify import differences, verify
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.store.base import ObjectStore
from scanflow.archive.store.keys import document_key, words_key
from scanflow.errors import OutdatedError
from scanflow.model import StoredObject
from scanflow.model.night_states import REOCR, REWORK
from scanflow.night.reocr import BETTER
from scanflow.night.rework import PROFILES
from scanflow.night.runs.document_item import GONE
from scanflow.night.undo import undo
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.pipeline.services import Services, open_services
from scanflow.review.access import open_document
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import Typed, correct_text, correct_type
from scanflow.review.corrections.rearranging import join
from tests.archive.searching import search
from tests.night.filed_papers import OLD_TYPE, TRUE_TYPE, file, placed, results
from tests.night.nights import run_here
from tests.night.weak_archive import CORRECTION, WHO, Case, build, cases, document, text_of, weak
from tests.pipeline.archives import EITHER, open_archive
from tests.review.filing import file_document

LATER = "Và sau đó ghi thêm số 4712"


class InterruptedStore:
    """A store that calls given functions before or after the next operation on some keys, once for each."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self.before_put: dict[str, Callable[[], object]] = {}
        self.after_put: dict[str, Callable[[], object]] = {}
        self.before_get: dict[str, Callable[[], object]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def put(self, key: str, data: bytes, **more: Any) -> StoredObject:
        self.before_put.pop(key, _nothing)()
        stored = self._store.put(key, data, **more)
        self.after_put.pop(key, _nothing)()
        return stored

    def get(self, key: str, version_id: str | None = None) -> bytes:
        self.before_get.pop(key, _nothing)()
        return self._store.get(key, version_id)


def _nothing() -> None:
    pass


@pytest.fixture(params=EITHER)
def services(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Services]:
    with open_archive(tmp_path / "home", request, request.param) as opened:
        yield opened


@pytest.fixture
def review(services: Services) -> Review:
    return Review(services, services.children, SearchIndex(services.catalog, None))


@pytest.fixture
def store(services: Services) -> InterruptedStore:
    return InterruptedStore(services.store)


def run_again(services: Services, store: InterruptedStore, kind: str) -> str:
    """A run over all that is filed, to its end; its id."""
    return run_here(replace(services, store=store), kind, parts=[PROFILES])


def type_over(review: Review, number: str, text: str = CORRECTION) -> None:
    """A reviewer corrects the first line of a page."""
    opened = open_document(review, WHO, number, 1)
    (page,) = decode_words(review.services.store.get(opened.version.words.key))
    first = page.words[0]
    count = sum((word.block, word.line) == (first.block, first.line) for word in page.words)
    correct_text(review, WHO, opened, 1, [Typed(0, count, text)])


def confirm_type(review: Review, number: str) -> None:
    """A reviewer confirms the type that the program found."""
    opened = open_document(review, WHO, number, 1)
    correct_type(review, WHO, opened, opened.document.type)


def actions(services: Services, number: str) -> list[str]:
    return [entry.action for entry in services.catalog.log_entries(document_subject(number, 1))]


def filed_with_wrong_type(services: Services) -> tuple[str, int]:
    """The number of a dossier with one document, whose type is another than its text says, and its row."""
    number = "H13.42-261127-0001"
    return number, file(services, number, type=OLD_TYPE)


def is_chosen(services: Services, document: int, type: str) -> bool:
    """Whether a document has this type, and because a person said so."""
    now = placed(services, document).document
    return now.type == type and CHOSEN in {each.cue for each in now.evidence}


def next_keys(services: Services, case: Case) -> tuple[str, str]:
    """The keys under which the next version's file and words are stored."""
    now = document(services, case)
    next_version = now.versions[-1].version + 1
    return (
        document_key(case.number, 1, now.type, next_version),
        words_key(case.number, 1, now.type, next_version),
    )


def test_a_correction_while_a_document_is_read_again_stays(
    services: Services, review: Review, store: InterruptedStore
) -> None:
    made = list(cases(("plain", "plain", "plain"), seed=4))
    with open_services(weak(services.settings)) as older:
        build(older, made)
    early, late, typed = made
    # One before the new version is stored, one between that and its entry in the catalog.
    store.before_put[next_keys(services, early)[0]] = lambda: type_over(review, early.number)
    store.after_put[next_keys(services, late)[1]] = lambda: type_over(review, late.number)
    store.after_put[next_keys(services, typed)[1]] = lambda: correct_type(
        review, WHO, open_document(review, WHO, typed.number, 1), OLD_TYPE
    )
    run_id = run_again(services, store, REOCR)
    assert not store.before_put and not store.after_put, "each was interrupted"
    assert results(services, run_id) == {BETTER: 3}
    for case in (early, late):
        assert text_of(services, case).count(CORRECTION) == 1
        now = document(services, case)
        assert ["corrected" in each.made_by for each in now.versions] == [False, True, False]
        assert now.versions[-1].made_by["run"] == run_id
        assert actions(services, case.number)[1:] == [TEXT_CORRECTED, TEXT_READ_AGAIN]
    assert document(services, typed).type == OLD_TYPE
    assert actions(services, typed.number)[1:] == [TYPE_SET, TEXT_READ_AGAIN]
    hits = search(services.catalog, "4711")
    assert sorted(hit.dossier for hit in hits) == [early.number, late.number]
    assert verify(services.store, services.catalog).ok

    # While it is taken back: a text that is corrected stays; where only the type is set, that does.
    def old_words(case: Case) -> str:
        return document(services, case).versions[-2].words.key

    store.before_get[old_words(early)] = lambda: type_over(review, early.number, LATER)
    store.before_get[old_words(typed)] = lambda: confirm_type(review, typed.number)
    taken_back = undo(replace(services, store=store), run_id, "tester")
    assert (taken_back.undone, taken_back.changed_since) == (2, 1)
    assert text_of(services, early).count(LATER) == 1
    assert len(document(services, early).versions) == 4
    assert text_of(services, late) == text_of(services, late, 2)
    now = document(services, typed)
    assert text_of(services, typed) == text_of(services, typed, 1) and len(now.versions) == 3
    assert now.type == OLD_TYPE and CHOSEN in {each.cue for each in now.evidence}
    found = {word: [hit.dossier for hit in search(services.catalog, word)] for word in ("4711", "4712")}
    assert found == {"4711": [late.number], "4712": [early.number]}
    assert verify(services.store, services.catalog).ok


def test_a_type_that_is_confirmed_meanwhile_stays(
    services: Services, review: Review, store: InterruptedStore
) -> None:
    number, wrong = filed_with_wrong_type(services)
    words = placed(services, wrong).document.versions[-1].words
    store.before_get[words.key] = lambda: confirm_type(review, number)
    run_id = run_again(services, store, REWORK)
    assert not store.before_get, "it was interrupted"
    assert is_chosen(services, wrong, OLD_TYPE)
    assert sum(results(services, run_id).values()) == 1
    assert differences(services.store, services.catalog).ok


def test_a_confirmation_while_a_run_is_taken_back_stays(
    services: Services, review: Review, store: InterruptedStore
) -> None:
    number, wrong = filed_with_wrong_type(services)
    run_id = run_again(services, store, REWORK)
    assert placed(services, wrong).document.type == TRUE_TYPE
    confirm_type(review, number)
    assert undo(services, run_id, "tester").changed_since == 1
    assert is_chosen(services, wrong, TRUE_TYPE)


def test_a_document_that_is_joined_meanwhile_is_found_once(
    services: Services, review: Review, store: InterruptedStore
) -> None:
    number = "H57.132-260804-0001"
    for text in ("trang đầu", "thôn Bình Minh"):
        lines = ["TỜ KHAI ĐĂNG KÝ KHAI SINH", f"Họ, chữ đệm, tên người yêu cầu: {text}"]
        file_document(services.store, services.catalog, number, [lines], type=OLD_TYPE)

    def join_them() -> None:
        for _ in range(3):  # the first document may change at the same moment: a person looks at it again
            both = [open_document(review, WHO, number, no) for no in (1, 2)]
            with suppress(OutdatedError):
                join(review, WHO, *both)
                return

    second = open_document(review, WHO, number, 2)
    store.before_get[second.version.words.key] = join_them
    run_id = run_again(services, store, REWORK)
    assert results(services, run_id)[GONE] == 1, results(services, run_id)
    hits = search(services.catalog, "binh minh")
    assert [(hit.dossier, hit.document, hit.page) for hit in hits] == [(number, 1, 2)]
    # Nor does it keep the others from being taken back.
    undo(services, run_id, "tester")
    assert verify(services.store, services.catalog).ok

"""Learning types from confirmed papers: it helps, it abstains, and its file holds no data of people."""

import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from scanflow.classify.learned import learned_types
from scanflow.classify.learned.learned_types import CUE, LearnedTypes, decode, encode, with_learned
from scanflow.classify.learned.learning import Learning, learn
from scanflow.classify.learned.learning_scores import score_of, sign_test, threshold_of
from scanflow.classify.learned.page_ngrams import PublicWords, ngrams, page_words, public_words
from scanflow.classify.page_view import view
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.classify.titles import classify_view
from scanflow.errors import SettingsError
from scanflow.model import PageReading
from scanflow.text.folding import fold
from tests.classify.invented_site import FORMS, Person, confirmed_papers, known_form, local_form, people
from tests.classify.paper import Sheet, continuation, form

AT = datetime(2026, 11, 27, tzinfo=UTC)
STRANGER = people(1, 77)[0]


@pytest.fixture(scope="module")
def learning(profiles: Profiles) -> Learning:
    return learn(confirmed_papers(1)[0], profiles, at=AT, min_confidence=0.6)


@pytest.fixture(scope="module")
def model(learning: Learning) -> LearnedTypes:
    assert learning.model is not None, learning.why
    return learning.model


@pytest.fixture(scope="module")
def taught(profiles: Profiles, model: LearnedTypes) -> Profiles:
    return replace(profiles, learned=model)


# ---- what it is worth


def test_local_forms_are_learned(learning: Learning) -> None:
    assert learning.rules.right == 12 and learning.rules.unknown == 36
    assert learning.both.wrong == 0
    assert learning.both.right == learning.rules.right + learning.gained > 40
    assert learning.both.precision > learning.rules_at_same_coverage
    assert (learning.dossiers, learning.types) == (12, 3)


def test_what_clerks_choose_at_random_is_not_learned(profiles: Profiles) -> None:
    result = learn(confirmed_papers(1, shuffled=True)[0], profiles, at=AT, min_confidence=0.6)
    assert result.model is None
    assert result.both == result.rules


def test_types_of_few_dossiers_are_not_learned(profiles: Profiles) -> None:
    result = learn(confirmed_papers(1, dossiers=4)[0], profiles, at=AT, min_confidence=0.6)
    assert result.model is None and "too few" in result.why
    assert learn([], profiles, at=AT, min_confidence=0.6).model is None


@pytest.mark.parametrize("type", FORMS)
def test_a_local_form_of_a_stranger_is_known(type: str, profiles: Profiles, taught: Profiles) -> None:
    page = local_form(type, STRANGER, 500)
    assert separate([page], {}, profiles)[0].type == "unknown"
    paper = separate([page], {}, taught)[0]
    assert paper.type == type and paper.confidence >= 0.6
    assert [evidence.cue for evidence in paper.evidence][-1] == CUE
    assert paper.evidence[-1].found  # the words that say so


def test_a_sure_title_goes_before_what_was_learned(taught: Profiles) -> None:
    local = "giay-uy-quyen"
    words = [word.text for word in local_form(local, STRANGER, 1).words if word.text.islower()]
    page = form("TỜ KHAI ĐĂNG KÝ KHAI SINH", *(" ".join(words[at : at + 12]) for at in range(0, 48, 12)))
    paper = separate([page], {}, taught)[0]
    assert paper.type == "to-khai-dang-ky-khai-sinh"
    assert CUE not in {evidence.cue for evidence in paper.evidence}


@pytest.mark.parametrize(
    "page",
    [
        pytest.param(
            Sheet().title("MENU NHÀ HÀNG").prose(20, "món ăn trong ngày").reading(), id="other words"
        ),
        pytest.param(Sheet().title("ẢNH").reading(), id="hardly a word"),
        pytest.param(continuation(), id="running text"),
    ],
)
def test_pages_of_other_kinds_get_no_learned_type(page: PageReading, taught: Profiles) -> None:
    assert separate([page], {}, taught)[0].type == "unknown"


def test_pages_are_cut_as_without_it(profiles: Profiles, taught: Profiles) -> None:
    pages = [known_form(STRANGER), *(local_form(type, STRANGER, 3) for type in FORMS), continuation(2)]
    assert [p.pages for p in separate(pages, {}, taught)] == [p.pages for p in separate(pages, {}, profiles)]


def test_a_type_that_the_profiles_lost_is_not_given(profiles: Profiles, taught: Profiles) -> None:
    fewer = replace(taught, types={id: t for id, t in profiles.types.items() if id != "giay-uy-quyen"})
    seen = view(local_form("giay-uy-quyen", STRANGER, 500))
    best = with_learned(classify_view(seen, fewer), seen, fewer, min_confidence=0.6)
    assert best is None or best.type != "giay-uy-quyen"


def test_no_other_dossier_of_a_paper_judges_it(profiles: Profiles) -> None:
    """A form that only one dossier has is never answered: its own dossier had no part in learning."""
    papers, _ = confirmed_papers(1)
    one = [replace(paper, dossier="H13.132-260804-0001") for paper in papers]
    result = learn(one, profiles, at=AT, min_confidence=0.6)
    assert result.model is None and result.dossiers == 1


# ---- no data of people


def test_papers_of_other_people_give_the_same_file(profiles: Profiles, model: LearnedTypes) -> None:
    """With other names, numbers and places the file is the same byte for byte."""
    papers, others = confirmed_papers(2, official="LÝ VĂN CHỪNG")
    assert {person.name for person in others} != {person.name for person in confirmed_papers(1)[1]}
    result = learn(papers, profiles, at=AT, min_confidence=0.6)
    assert result.model is not None
    assert encode(result.model) == encode(model)


def texts_of(data: bytes) -> list[str]:
    """All text in the model's file, its numbers apart."""
    import io  # noqa: PLC0415 - to look into the file as anybody could

    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return [file[name].tobytes().decode() for name in file.files if file[name].dtype == np.uint8]


def test_nothing_of_the_people_is_in_the_file(profiles: Profiles, model: LearnedTypes) -> None:
    _, persons = confirmed_papers(1)
    said, *lists = sorted(texts_of(encode(model)), key=lambda text: "schema" not in text)
    public = public_words(profiles)
    entries = {entry for text in lists for entry in text.split("\n")}
    assert not any(re.search(r"\d", entry) for entry in entries)
    everything = "\n".join(lists).lower()
    for person in persons:
        for text in person.texts:
            assert text.lower() not in everything and fold(text) not in everything
            assert text not in said
        for part in re.findall(r"\d{6,}", " ".join(person.texts)):
            assert part not in said and part not in everything
    # n-grams over the seams of a name's words, and of words that no published list has
    published = {fold(word) for word in public.words} | {fold(pair) for pair in public.pairs}
    for person in persons:
        for piece in person_ngrams(person):
            if piece in {each.lower() for each in model.ngrams}:
                assert any(piece.strip() in f" {word} " for word in published) or seen_in_print(piece), piece


def person_ngrams(person: Person) -> set[str]:
    """The n-grams of somebody's name and address."""
    return set(ngrams_of(fold(person.name))) | set(ngrams_of(fold(person.address)))


def ngrams_of(text: str) -> list[str]:
    padded = f" {text} "
    return [padded[at : at + size] for size in (3, 4, 5) for at in range(len(padded) - size + 1)]


def seen_in_print(piece: str) -> bool:
    """Whether the n-gram stands in what the forms themselves print."""
    printed = [line for headings, lines in FORMS.values() for line in (*headings, *lines)]
    more = ["tôi là", "số định danh", "điện thoại", "thường trú tại số", "ấp"]
    blank = known_form(Person("", "", "", "")).words
    more.append(" ".join(word.text for word in blank))
    return any(piece in f" {fold(text)} " for text in [*printed, *more])


def test_a_rare_word_is_not_learned(profiles: Profiles, model: LearnedTypes) -> None:
    """What stands in one dossier's papers is in no n-gram, however often it stands there."""
    papers, _ = confirmed_papers(1)
    sheet = Sheet().title("PHIẾU NHỜ LÀM THAY")
    for _ in range(10):
        sheet.line("bệnh tâm thần phân liệt")
    odd = replace(papers[0], type="giay-uy-quyen", seen=view(sheet.reading()))
    assert "phan" in {fold(word) for word in public_words(profiles).words}
    result = learn([*papers, odd], profiles, at=AT, min_confidence=0.6)
    assert result.model is not None
    assert {each for each in result.model.ngrams if "liet" in each or "m th" in each} == set()
    assert set(result.model.ngrams) <= set(model.ngrams)


def test_which_words_count() -> None:
    public = PublicWords(
        frozenset({"tôi", "là", "người", "mẫu", "văn"}), frozenset({"giấy phép", "phép con"})
    )
    sheet = Sheet().line("TRẦN GIẤY PHÉP").line("GIẤY PHÉP CON 12 VĂN MẪU").line("GIẤY PHÉP")
    sheet.line("Tôi là người mẫu Trần Văn Mẫu, số 12 văn")
    words = page_words(view(sheet.reading()), public)
    assert words.headings == (("giấy", "phép", "con"), ("giấy", "phép"))
    assert words.text == (("là", "người", "mẫu"), ("văn",))
    counted = ngrams(words)
    assert counted[" GI"] == 2 and counted[" la n"] == 1 and counted["n va"] == 0


# ---- the file and the numbers


def test_the_file_comes_back(model: LearnedTypes, tmp_path: Path) -> None:
    learned_types.keep(tmp_path, model)
    again = learned_types.load_learned(tmp_path)
    assert again is not None
    assert (again.types, again.ngrams, again.public) == (model.types, model.ngrams, model.public)
    assert (again.threshold, again.trust, again.report) == (model.threshold, model.trust, model.report)
    counts = ngrams(page_words(view(local_form("giay-uy-quyen", STRANGER, 9)), model.public))
    assert again.guess(counts) == model.guess(counts)
    assert [path.name for path in tmp_path.iterdir()] == [learned_types.FILE]
    assert learned_types.forget(tmp_path) and not learned_types.forget(tmp_path)
    assert learned_types.load_learned(tmp_path) is None


@pytest.mark.parametrize("damage", ["cut", "empty", "other", "schema"])
def test_a_damaged_file_is_refused(damage: str, model: LearnedTypes, tmp_path: Path) -> None:
    whole = encode(model)
    wrong = encode(replace(model, bias=model.bias[:-1]))
    data = {"cut": whole[:-200], "empty": b"", "other": b"PK no model", "schema": wrong}[damage]
    (tmp_path / learned_types.FILE).write_bytes(data)
    with pytest.raises(SettingsError, match="profiles learned --forget"):
        learned_types.load_learned(tmp_path)


def test_a_pickle_is_not_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", said=np.array([{"a": 1}], dtype=object))
    with pytest.raises(SettingsError):
        decode((tmp_path / "x.npz").read_bytes())


def test_threshold() -> None:
    right = [(1 - index / 100, True) for index in range(40)]
    threshold, trust = threshold_of(right)
    assert threshold == pytest.approx(0.61) and trust == pytest.approx(41 / 42)
    assert threshold_of([*right, *((0.1, False) for _ in range(20))])[0] == pytest.approx(0.61)
    assert threshold_of([(0.9, True), (0.9, False)] * 20) == (1.0, 0.0)
    assert threshold_of([]) == (1.0, 0.0)


def test_sign_test_and_scores() -> None:
    assert sign_test(5, 0) == pytest.approx(1 / 32)
    assert sign_test(3, 3) > 0.5
    assert sign_test(0, 0) == 1.0
    score = score_of([("a", "a"), ("a", "b"), ("b", "unknown"), ("b", "b")])
    assert (score.right, score.wrong, score.unknown) == (2, 1, 1)
    assert score.precision == pytest.approx(2 / 3) and score.coverage == 0.75


def test_too_few_words_say_nothing(model: LearnedTypes) -> None:
    assert model.guess(Counter({model.ngrams[0]: 3})) is None

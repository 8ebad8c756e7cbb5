"""What a dossier has, lacks and has beyond its list; and which procedure a batch belongs to."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.classify.checklist import build_checklist, infer_procedure
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles, RequiredPaper
from scanflow.model import Checklist, Paper
from tests.classify.invented_procedure import procedure

PROFILES = load_profiles()
BIRTH = PROFILES.procedures["1.001193"]


def row(checklist: Checklist, id: str) -> tuple[tuple[int, ...], bool]:
    item = next(item for item in checklist.items if item.id == id)
    return item.documents, item.missing


def test_complete_dossier() -> None:
    documents = [(1, "to-khai-dang-ky-khai-sinh"), (2, "giay-chung-sinh"), (3, "can-cuoc"), (4, "cmnd")]
    checklist = build_checklist(BIRTH, documents)
    assert row(checklist, "can-cuoc-cha-me") == ((3, 4), False)
    assert not any(item.missing for item in checklist.items)
    assert checklist.extra == ()


def test_one_of_two_cards_is_missing() -> None:
    checklist = build_checklist(BIRTH, [(1, "can-cuoc")])
    assert row(checklist, "can-cuoc-cha-me") == ((1,), True)
    assert row(checklist, "to-khai") == ((), True)


def test_what_the_dossier_holds_already_fills_a_row_and_is_counted() -> None:
    checklist = build_checklist(BIRTH, [(1, "can-cuoc")], held=["can-cuoc", "ban-ve"])
    (item,) = [each for each in checklist.items if each.id == "can-cuoc-cha-me"]
    assert (item.documents, item.held, item.missing) == ((1,), 1, False)
    assert checklist.extra == ()  # it is in the dossier for a reason that this stack does not know


def test_an_optional_row_is_never_missing() -> None:
    assert row(build_checklist(BIRTH, []), "uy-quyen") == ((), False)


def test_what_no_row_asks_for_is_extra() -> None:
    assert build_checklist(BIRTH, [(7, "ban-ve"), (8, "unknown")]).extra == (7, 8)


def test_receipts_and_results_are_neither_extra_nor_in_a_row() -> None:
    checklist = build_checklist(
        BIRTH, [(1, "giay-tiep-nhan"), (2, "giay-khai-sinh"), (3, "phieu-yeu-cau-bo-sung")]
    )
    assert checklist.extra == ()
    assert not any(item.documents for item in checklist.items)


def test_a_result_that_a_row_asks_for_fills_it() -> None:
    land = PROFILES.procedures["1.012783"]
    assert row(build_checklist(land, [(1, "giay-chung-nhan-qsdd")]), "gcn") == ((1,), False)


def test_a_third_card_stays_in_the_row_that_asks_for_cards() -> None:
    checklist = build_checklist(BIRTH, [(n, "can-cuoc") for n in (1, 2, 3)])
    assert row(checklist, "can-cuoc-cha-me") == ((1, 2, 3), False)


def test_a_paper_goes_where_it_is_needed_most() -> None:
    """The first row would take either paper, the second only the first one's type."""
    wide = RequiredPaper("wide", "Giấy tờ", ("can-cuoc", "cmnd"))
    narrow = RequiredPaper("narrow", "Căn cước", ("can-cuoc",))
    for rows in ((wide, narrow), (narrow, wide)):
        checklist = build_checklist(procedure(*rows), [(1, "can-cuoc"), (2, "cmnd")])
        assert (row(checklist, "wide"), row(checklist, "narrow")) == (((2,), False), ((1,), False))


def test_a_required_row_is_filled_before_an_optional_one() -> None:
    optional = RequiredPaper("optional", "Nếu có", ("can-cuoc",), required=False)
    needed = RequiredPaper("needed", "Căn cước", ("can-cuoc",))
    checklist = build_checklist(procedure(optional, needed), [(1, "can-cuoc")])
    assert row(checklist, "needed") == ((1,), False)


def test_any_paper_may_be_certified_but_not_the_receipt() -> None:
    certify = PROFILES.procedures["2.000815"]
    assert row(build_checklist(certify, [(1, "giay-tiep-nhan")]), "ban-chinh") == ((), True)
    assert row(build_checklist(certify, [(1, "unknown")]), "ban-chinh") == ((1,), False)


def test_only_rows_in_force_on_the_day_count() -> None:
    old = RequiredPaper("old", "Sổ hộ khẩu", ("so-ho-khau",), effective_to=date(2022, 12, 31))
    asked = procedure(old)
    assert [item.id for item in build_checklist(asked, [], on=date(2022, 12, 31)).items] == ["old"]
    assert build_checklist(asked, [], on=date(2023, 1, 1)).items == ()


KINDS = st.sampled_from([*PROFILES.types, "unknown"])


@given(st.sampled_from(sorted(PROFILES.procedures)), st.lists(KINDS, max_size=12))
def test_every_document_is_counted_exactly_once(code: str, kinds: list[str]) -> None:
    asked = PROFILES.procedures[code]
    documents = list(enumerate(kinds, start=1))
    checklist = build_checklist(asked, documents)
    placed = [n for item in checklist.items for n in item.documents]
    aside = [n for n, kind in documents if n not in placed and n not in checklist.extra]
    assert sorted([*placed, *checklist.extra, *aside]) == [n for n, _ in documents]
    assert all(kinds[n - 1] in {*asked.results, *asked.intake} for n in aside)
    for item in checklist.items:
        assert all("*" in item.types or kinds[n - 1] in item.types for n in item.documents)


@given(st.sampled_from(sorted(PROFILES.procedures)), st.data())
def test_what_is_missing_does_not_depend_on_the_order(code: str, data: st.DataObject) -> None:
    kinds = data.draw(st.lists(KINDS, max_size=8))
    shuffled = data.draw(st.permutations(kinds))

    def missing(papers: list[str]) -> int:
        checklist = build_checklist(PROFILES.procedures[code], list(enumerate(papers)))
        return sum(max(0, i.count - len(i.documents)) for i in checklist.items if i.required)

    assert missing(kinds) == missing(shuffled)


# ---- which procedure


def paper(kind: str, page: int = 0, **fields: str) -> Paper:
    return Paper((page,), kind, 0.95, fields=fields)


@pytest.mark.parametrize("code", ["1.001193", "1.001193.000.00.00.H61"])
def test_the_receipts_code_decides(profiles: Profiles, code: str) -> None:
    papers = [paper("giay-tiep-nhan", procedure_code=code), paper("to-khai-dang-ky-ket-hon", 1)]
    found = infer_procedure(papers, profiles)
    assert found is not None
    assert (found[0], found[1].page, found[1].found) == ("1.001193", 0, code)


def test_the_receipts_name_decides_where_it_has_no_code(profiles: Profiles) -> None:
    found = infer_procedure([paper("giay-tiep-nhan", procedure_name="Thủ tục đăng ký kết hôn")], profiles)
    assert found is not None and found[0] == "1.000894"


def test_an_older_name_is_known_too(profiles: Profiles) -> None:
    found = infer_procedure([paper("giay-tiep-nhan", procedure_name="Đăng ký đất đai lần đầu")], profiles)
    assert found is not None and found[0] == "1.013978"


def test_a_form_of_one_procedure_decides(profiles: Profiles) -> None:
    found = infer_procedure([paper("can-cuoc"), paper("to-khai-dang-ky-khai-tu", 1)], profiles)
    assert found is not None and found[0] == "1.000656" and found[1].page == 1


@pytest.mark.parametrize(
    "papers",
    [
        [],
        [paper("can-cuoc")],
        [paper("to-khai-ct01")],  # thường trú or tạm trú
        [paper("unknown")],
        [paper("to-khai-dang-ky-khai-sinh"), paper("to-khai-dang-ky-ket-hon", 1)],
        [paper("giay-tiep-nhan", procedure_code="9.999999"), paper("to-khai-dang-ky-khai-sinh", 1)],
        [paper("giay-tiep-nhan", n, procedure_code=c) for n, c in enumerate(("1.001193", "1.000894"))],
        [paper("giay-tiep-nhan", procedure_name="Cấp phiếu lý lịch tư pháp")],
    ],
)  # fmt: skip
def test_no_procedure_is_guessed_without_evidence(profiles: Profiles, papers: list[Paper]) -> None:
    assert infer_procedure(papers, profiles) is None

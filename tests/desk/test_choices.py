"""Choosing a procedure or a type among many: by words without accents, by code, the last used first."""

import pytest

from scanflow.desk import choices, stacks
from scanflow.desk.changing import changes
from scanflow.desk.choices import Choice, matching
from scanflow.errors import UsageError
from scanflow.model import UNKNOWN_TYPE, ChecklistItem
from tests.desk.conftest import CLERK, COUNTER, OTHER, Counter
from tests.desk.sheets import upper_halves

BIRTH = upper_halves("H13.42-260804-0017")
NAMES = ("Đăng ký khai sinh", "Đăng ký khai tử", "Đăng ký lại khai sinh", "Cấp giấy phép xây dựng nhà ở")
CHOICES = [Choice(str(no), name) for no, name in enumerate(NAMES)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("khai sinh", [0, 2]),  # the shorter name first
        ("KHAI SINH", [0, 2]),
        ("Đăng ký khai tử", [1]),
        ("dang ky", [0, 1, 2]),
        ("sinh lai", [2]),
        ("xay dung", [3]),
        ("khai cuoi", []),
        ("", [0, 1, 2, 3]),
    ],
)
def test_words_may_lack_accents_and_come_in_any_order(query: str, found: list[int]) -> None:
    assert {each.value for each in matching(query, CHOICES)} == {CHOICES[no].value for no in found}
    if query and found:
        assert matching(query, CHOICES)[0] == CHOICES[found[0]]


def test_what_a_clerk_used_last_comes_first(counter: Counter) -> None:
    for code in ("1.001193", "1.000894"):
        stacks.open_stack(counter.desk, clerk=CLERK, counter=COUNTER, number=None, procedure=code)
    recent, rest = choices.search_procedures(counter.desk, CLERK, "dang ky")
    assert [each.value for each in recent][:2] == ["1.000894", "1.001193"]
    assert not {each.value for each in recent} & {each.value for each in rest}
    assert choices.search_procedures(counter.desk, OTHER, "dang ky")[0] == []
    everything, _ = choices.search_procedures(counter.desk, CLERK, "")
    assert [each.value for each in everything][:2] == ["1.000894", "1.001193"]
    recent, rest = choices.search_procedures(counter.desk, OTHER, "1.001193")
    assert [each.value for each in (*recent, *rest)] == ["1.001193"]


def test_types_that_the_procedure_asks_for_come_first_then_those_chosen_last(counter: Counter) -> None:
    counter.begin(counter.number)
    counter.scan(BIRTH[0])
    counter.read()
    changes.choose_type(counter.desk, counter.stack, CLERK, 1, "giay-uy-quyen")
    row = ChecklistItem("chung-sinh", "Giấy chứng sinh", ("giay-chung-sinh",), True, 1)
    asked, recent, rest = choices.search_types(counter.desk, CLERK, "giay", [row])
    assert [each.value for each in asked] == ["giay-chung-sinh"]
    assert [each.value for each in recent] == ["giay-uy-quyen"]
    assert rest and not {"giay-chung-sinh", "giay-uy-quyen"} & {each.value for each in rest}


def test_what_was_typed_and_not_chosen_counts_only_where_one_procedure_fits(counter: Counter) -> None:
    profiles = counter.desk.services.profiles
    assert choices.resolve_procedure(profiles, "", "  ") is None
    assert choices.resolve_procedure(profiles, "1.001193", "whatever stands there") == "1.001193"
    assert choices.resolve_procedure(profiles, "", "1.001193.000.00.00.H61") == "1.001193"
    assert choices.resolve_procedure(profiles, "", "dang ky khai sinh") == "1.001193"
    for text in ("dang ky", "no such procedure"):
        with pytest.raises(UsageError) as error:
            choices.resolve_procedure(profiles, "", text)
        assert "Hãy chọn" in error.value.message_vi


def test_a_row_that_names_no_type_is_chosen_itself(counter: Counter) -> None:
    counter.begin(counter.number, "2.000815")
    counter.scan(BIRTH[2])
    (dossier,) = counter.read().dossiers
    assert dossier.checklist is not None
    (item,) = [each for each in dossier.checklist.items if each.types == ("*",)]
    asked, _, _ = choices.search_types(counter.desk, CLERK, "", dossier.checklist.items)
    assert choices.ROW + item.id in [each.value for each in asked]
    with pytest.raises(UsageError):
        changes.choose_row(counter.desk, counter.stack, CLERK, 1, "no-such-row")
    changes.choose_row(counter.desk, counter.stack, CLERK, 1, item.id)
    (dossier,) = counter.seen.dossiers
    (paper,) = dossier.papers
    assert (paper.type, paper.name, paper.chosen) == (UNKNOWN_TYPE, item.title, True)
    assert "unknown-type" not in {verdict.code for verdict in paper.verdicts}
    assert dossier.checklist is not None
    assert [each.documents for each in dossier.checklist.items if each.id == item.id] == [(1,)]
    assert counter.file().state == "closed"
    filed = counter.desk.services.catalog.dossier(counter.number)
    assert filed is not None
    assert [[match.row for match in document.rows] for document in filed.documents] == [[item.id]]


def test_a_chosen_row_goes_where_its_paper_is_joined_to_another(counter: Counter) -> None:
    counter.begin(counter.number, "2.000815")
    counter.scan(BIRTH[0], BIRTH[2])
    counter.read()
    assert counter.seen.dossiers[0].checklist is not None
    (row,) = [each.id for each in counter.seen.dossiers[0].checklist.items if each.types == ("*",)]
    changes.choose_row(counter.desk, counter.stack, CLERK, 2, row)
    assert [paper.chosen for paper in counter.seen.dossiers[0].papers] == [False, True]
    changes.join(counter.desk, counter.stack, CLERK, 2)
    changes.split(counter.desk, counter.stack, CLERK, 2)
    assert [paper.chosen for paper in counter.seen.dossiers[0].papers] == [False, False]

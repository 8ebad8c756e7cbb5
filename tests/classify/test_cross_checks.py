"""Papers of a dossier that disagree on one person or parcel."""

import pytest

from scanflow.classify.cross_checks import Disagreement, disagreements, same_name
from scanflow.desk.stack_view.verdicts import disagreeing
from scanflow.model import FieldValue, Paper


def paper(name: str = "", number: str = "", birth: str = "", sure: float = 0.99, **fields: str) -> Paper:
    read = {"person": name, "person_number": number, "person_birth_date": birth}
    details = tuple(FieldValue(key, value, value, sure, person=1) for key, value in read.items() if value)
    return Paper((0,), "to-khai", 0.9, fields=fields, field_details=details)


MAU = ("Trần Văn Mẫu", "093094000041", "05/08/1994")


def test_papers_that_agree_give_no_disagreement() -> None:
    again = paper("TRẦN VĂN MẪU", MAU[1], MAU[2])
    card = Paper((0,), "can-cuoc", 0.9, fields={"name": "Trần Văn Mẫu", "identity_number": MAU[1]})
    assert disagreements([paper(*MAU), again, card, paper("Lê Thị Thử", "093194000055")]) == []


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (("Trần Văn Mẩu", MAU[1], MAU[2]), "name"),
        ((MAU[0], MAU[1], "05/08/1995"), "birth_date"),
        ((MAU[0], "093094000042", MAU[2]), "identity_number"),
    ],
)
def test_values_of_one_person_that_disagree_are_found(other: tuple[str, str, str], what: str) -> None:
    found = disagreements([paper(*MAU), paper(*other)])
    assert [each.what for each in found] == [what]
    assert found[0].papers == (0, 1)


def test_two_people_of_one_name_are_two() -> None:
    assert disagreements([paper(*MAU), paper(MAU[0], "093071000777", "01/01/1971")]) == []


def test_a_doubtful_value_gives_no_disagreement() -> None:
    assert disagreements([paper(*MAU), paper("Trần Văn Mẩu", MAU[1], MAU[2], sure=0.5)]) == []


def test_the_parcels_of_two_papers_are_compared() -> None:
    one, other = paper(map_plot="583", serial="CT 991786"), paper(map_plot="853", serial="CT991786")
    assert disagreements([one, other]) == [Disagreement("map_plot", (("583", (0,)), ("853", (1,))))]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Nguyễn Thị Hòa", "NGUYỄN THỊ HOÀ", True),
        ("Trần Văn Mẫu", "TRAN VAN MAU", True),
        ("Trần Văn Mẫu", "Trần Văn Mậu", False),
    ],
)
def test_names(a: str, b: str, same: bool) -> None:
    assert same_name(a, b) is same


def test_the_verdict_names_papers_and_values() -> None:
    found = Disagreement("birth_date", (("05/08/1994", (0,)), ("05/08/1995", (1,))))
    said = disagreeing(found, ["Tờ khai", "Căn cước"])
    assert (said.code, said.severity) == ("disagrees-birth_date", "warning")
    assert "05/08/1994 (1. Tờ khai); 05/08/1995 (2. Căn cước)" in said.text_vi

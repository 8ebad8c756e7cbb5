"""Stacks whose receipt has the number, each in an archive of its own."""

from pathlib import Path

import pytest

from scanflow.archive.site_profiles import profiles_of
from scanflow.desk.stack_view.slips import first_name
from scanflow.errors import StackGoneError
from scanflow.settings import ClassifySettings
from tests.desk.conftest import Counter
from tests.desk.sheets import sheets

MARRIAGE = sheets("quay-1")
FORM = "to-khai-dang-ky-khai-sinh"


@pytest.mark.parametrize(
    ("papers", "names"),
    [
        (
            [("can-cuoc", "Bà Con"), ("giay-tiep-nhan", "Ông Nộp"), (FORM, "Ai")],
            "Ông Nộp",
        ),
        ([("can-cuoc", "Bà Con"), (FORM, "Ông Nộp")], "Ông Nộp"),
        ([("can-cuoc", "Bà Con"), ("can-cuoc", "Ông Nộp"), ("can-cuoc", "Bà Con")], "Bà Con, Ông Nộp"),
        ([("can-cuoc", ""), ("unknown", "Ai")], ""),
    ],
)
def test_the_applicant_of_a_stack_is_found(papers: list[tuple[str, str]], names: str, tmp_path: Path) -> None:
    profiles = profiles_of(ClassifySettings(), tmp_path)
    found = first_name([(type_id, {"name": name}) for type_id, name in papers], profiles)
    assert found == names


def test_a_stack_is_seen_as_it_is_filed(new_counter: Counter) -> None:
    new_counter.begin()
    new_counter.scan(*MARRIAGE)
    seen = new_counter.read()
    (dossier,) = seen.dossiers
    assert (dossier.number, dossier.source) == ("H13.42-260806-0031", "code")
    assert dossier.applicant == "Võ Công Hậu"  # as the receipt says
    assert [paper.type for paper in dossier.papers] == [
        "giay-tiep-nhan",
        "to-khai-dang-ky-ket-hon",
        "giay-xac-nhan-tinh-trang-hon-nhan",
        "can-cuoc",
        "giay-chung-nhan-ket-hon",
    ]
    assert dossier.checklist is not None and dossier.procedure == "1.000894"
    assert seen.can_file and seen.feeding is not None and seen.feeding.state == "done"
    outcome = new_counter.file()
    assert outcome.state == "closed"
    assert [filed.type for filed in outcome.filed] == [paper.type for paper in dossier.papers]
    assert (outcome.count.captured, outcome.count.filed) == (len(MARRIAGE), len(MARRIAGE))
    with pytest.raises(StackGoneError):
        new_counter.seen  # noqa: B018  what is asked is whether it can be seen


def test_papers_that_the_archive_has_already_are_reported(new_counter: Counter) -> None:
    new_counter.begin()
    new_counter.scan(*MARRIAGE[:2])
    new_counter.read()
    assert new_counter.file().state == "closed"
    new_counter.begin("H13.42-260806-0031")
    new_counter.scan(MARRIAGE[1])
    (dossier,) = new_counter.read().dossiers
    (paper,) = dossier.papers
    assert [verdict.text for verdict in paper.verdicts] == ["already held: H13.42-260806-0031.02"]
    # The dossier's procedure is known from before, so what it still lacks is too.
    assert dossier.known and dossier.procedure == "1.000894" and dossier.checklist is not None


def test_several_receipts_make_several_dossiers(new_counter: Counter) -> None:
    new_counter.begin()
    land = sheets("quay-2")
    new_counter.scan(*MARRIAGE[:2], land[0], land[1])
    seen = new_counter.read()
    assert [(dossier.number, len(dossier.papers)) for dossier in seen.dossiers] == [
        ("H13.42-260806-0031", 2),
        ("H13.57-260818-0108", 2),
    ]
    assert new_counter.file().dossiers == ("H13.42-260806-0031", "H13.57-260818-0108")

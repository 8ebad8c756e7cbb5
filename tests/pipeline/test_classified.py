"""Without an archive: a file's papers with type, kind and row, and the procedures that forms propose."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fixtures import digital
from fixtures.writer import Writer
from scanflow.capture.files.unpacked import Unpacked
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles, RequiredPaper
from scanflow.classify.separation import is_doubtful
from scanflow.cli.commands import app
from scanflow.errors import InputError, UsageError
from scanflow.model import CapturedPage, PageReading
from scanflow.pipeline.standalone.classified_files import ClassifiedFile, classify_file
from scanflow.pipeline.standalone.read_files import ReadFile, ReadPage
from scanflow.settings import ClassifySettings
from tests.classify.invented_procedure import procedure
from tests.classify.paper import Sheet, form, official, reading

BEES = RequiredPaper(
    "don", "Đơn xin nuôi ong theo Mẫu số 07/NO", (), titles=("Đơn xin nuôi ong",), form_numbers=("07/NO",)
)


@pytest.fixture(scope="module")
def known() -> Profiles:
    shipped = load_profiles()
    asked = procedure(BEES, RequiredPaper("the", "Thẻ căn cước", ("can-cuoc",)))
    return Profiles({asked.code: asked}, shipped.types, kinds=shipped.kinds)


def classified(
    profiles: Profiles, code: str | None, *readings: PageReading, signed: bool = False
) -> ClassifiedFile:
    pages = tuple(
        ReadPage(CapturedPage(no, b"", "image/png", 100, 100, (300.0, 300.0), "stated"), reading)
        for no, reading in enumerate(readings, start=1)
    )
    read = ReadFile("to.pdf", Unpacked((), (), signed=signed), pages)
    return classify_file(read, profiles, ClassifySettings(), code)


def test_each_paper_has_its_pages_kind_and_row(known: Profiles) -> None:
    code = next(iter(known.procedures))
    found = classified(known, code, form("ĐƠN XIN NUÔI ONG"), official("QUYẾT ĐỊNH", number="12/QĐ-UBND"))
    first, second = found.papers
    assert (first.pages, first.paper.kind, first.row) == ((1,), "don", BEES.name)
    assert first.chance is not None and first.chance > 0.65
    assert (second.pages, second.paper.type, second.row, second.chance) == ((2,), "quyet-dinh", None, None)
    assert found.proposals == ()


def test_a_form_proposes_its_procedure_but_is_filed_in_no_list(known: Profiles) -> None:
    found = classified(known, None, form("ĐƠN XIN NUÔI ONG", number="Mẫu số 07/NO"))
    assert found.procedure is None
    assert [proposal.code for proposal in found.proposals] == list(known.procedures)
    assert found.proposals[0].evidence[0].cue == "form: number and title"
    assert found.papers[0].row is None


def test_a_receipt_says_the_procedure_itself(known: Profiles) -> None:
    (asked,) = known.procedures.values()
    receipt = form(
        "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ",
        "Mã hồ sơ: H13.42-260804-0017",
        f"Thủ tục: {asked.name} ({asked.code})",
    )
    found = classified(known, None, receipt, form("ĐƠN XIN NUÔI ONG"))
    assert (found.procedure, found.proposals) == (asked.code, ())
    assert [each.row for each in found.papers] == [None, BEES.name]


def test_a_signed_file_is_one_paper(known: Profiles) -> None:
    pages = form("ĐƠN XIN NUÔI ONG"), official("QUYẾT ĐỊNH", number="12/QĐ-UBND")
    found = classified(known, None, *pages, signed=True)
    assert [each.pages for each in found.papers] == [(1, 2)]


def test_blank_backs_tell_where_papers_begin(known: Profiles) -> None:
    """In a duplex scan with blank backs the next front more likely begins another paper."""
    pages = [Sheet(y=60).prose(12).reading() for _ in range(3)]
    blank = replace(reading([]), blank=True)
    spread, close = (
        classified(known, None, pages[0], blank, pages[1], blank, pages[2]),
        classified(known, None, *pages),
    )
    assert spread.blank == (2, 4)
    assert all(one > other + 0.1 for one, other in zip(_chances(spread), _chances(close), strict=True))


def _chances(file: ClassifiedFile) -> list[float]:
    """How likely a paper begins at each page but the first."""
    return [border.chance for each in file.papers for border in each.paper.borders][1:]


def test_a_doubtful_border_has_the_number_of_its_page(known: Profiles) -> None:
    project = Sheet().motto().title("BẢN THUYẾT MINH").prose(20).line("Người thuyết minh.").reading()
    heading = Sheet().title("BẢN TƯỜNG TRÌNH").prose(20).reading()
    blank = replace(reading([]), blank=True)
    found = classified(known, None, blank, project, heading)
    doubts = [doubt for each in found.papers for doubt in each.doubtful_borders]
    assert [no for no, _ in doubts] == [3]
    assert is_doubtful(doubts[0][1])


def test_what_is_no_form_proposes_nothing(known: Profiles) -> None:
    assert classified(known, None, official("QUYẾT ĐỊNH", number="12/QĐ-UBND")).proposals == ()


def test_procedures_that_share_a_form_share_the_chance(known: Profiles) -> None:
    one = next(iter(known.procedures.values()))
    two = procedure(BEES)
    both = Profiles({one.code: one, "1.999998": two}, known.types, kinds=known.kinds)
    found = classified(both, None, form("ĐƠN XIN NUÔI ONG"))
    assert [round(proposal.chance, 2) for proposal in found.proposals] == [0.5, 0.5]


def test_the_command_prints_it_as_json(tmp_path: Path) -> None:
    writer = Writer()
    writer.form_head("Mẫu số 01")
    writer.title("TỜ KHAI ĐĂNG KÝ KHAI SINH")
    writer.paragraph("Tôi đề nghị cơ quan đăng ký khai sinh cho người dưới đây theo quy định của pháp luật.")
    writer.paragraph("Tôi cam đoan những nội dung khai trên đây là đúng sự thật và chịu trách nhiệm.")
    path = tmp_path / "to-khai.pdf"
    path.write_bytes(digital.born_digital(writer.sheets))
    said = CliRunner().invoke(
        app, ["--home", str(tmp_path), "classify", str(path), "-p", "1.001193", "--json"]
    )
    assert said.exit_code == 0, said.output
    (paper,) = json.loads(said.stdout)["files"][0]["papers"]
    assert (paper["pages"], paper["type"], paper["kind"]) == ([1], "to-khai-dang-ky-khai-sinh", "to-khai")
    assert paper["row"] == "Tờ khai đăng ký khai sinh"
    assert paper["chance"] > 0.8
    assert json.loads(said.stdout)["problems"] == []
    told = CliRunner().invoke(
        app, ["--home", str(tmp_path), "classify", str(path), "-p", "1.001193", "--explain"]
    )
    assert "title of the row: Tờ khai đăng ký khai sinh: TỜ KHAI ĐĂNG KÝ KHAI SINH (1.00)" in told.stdout
    wrong = CliRunner().invoke(app, ["--home", str(tmp_path), "classify", str(path), "-p", "9.000000"])
    assert isinstance(wrong.exception, UsageError)


@pytest.mark.parametrize(("command", "of_file"), [("classify", "files"), ("fields", "papers")])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(
    tmp_path: Path, command: str, of_file: str
) -> None:
    writer = Writer()
    writer.title("TỜ KHAI ĐĂNG KÝ KHAI SINH")
    good, bad = tmp_path / "to-khai.pdf", tmp_path / "hong.pdf"
    good.write_bytes(digital.born_digital(writer.sheets))
    bad.write_bytes(b"%PDF-1.4 broken")
    said = CliRunner().invoke(app, ["--home", str(tmp_path), command, str(bad), str(good), "--json"])
    assert said.exit_code == InputError.exit_code
    found = json.loads(said.stdout)
    assert [each["file"] for each in found[of_file]] == ["to-khai.pdf"]
    assert [(each["file"], each["page"]) for each in found["problems"]] == [("hong.pdf", None)]
    assert found["problems"][0]["error"] == "truncated"
    assert said.stderr.count("hong.pdf") == 2  # in each language once

"""A seal is weak evidence for a paper's title or symbol, and never evidence against them."""

from dataclasses import replace

import pytest

from scanflow.classify.kinds import KindIndex
from scanflow.classify.page_view import view
from scanflow.classify.profiles import Profiles
from scanflow.classify.seal_signs import seal_sign, with_seal
from scanflow.classify.separation import separate
from scanflow.model import Box, Evidence, PageReading, Paper, Seal
from tests.classify.paper import Sheet, form, official

CUE = "seal beside the signature"


def sealed(reading: PageReading, beside: str, shape: str = "round") -> PageReading:
    """The page with a red seal of 36 mm left of the line that begins with a word."""
    word = next(each for each in reading.words if each.text == beside)
    x, y = word.box.left - 30, word.box.bottom + 35
    box = Box(x - 51, y - 51, x + 51, y + 51)
    return replace(reading, seals=(Seal(box, "rectangular" if shape != "round" else "round", "red"),))


def paper(reading: PageReading, profiles: Profiles) -> Paper:
    (found,) = separate([reading], {}, profiles)
    return found


def seals_said(found: Paper) -> list[Evidence]:
    return [each for each in found.evidence if "seal" in each.cue]


def test_an_issuers_seal_is_evidence_and_raises_the_chance_a_little(profiles: Profiles) -> None:
    bare = official("GIẤY CHỨNG NHẬN", "đủ điều kiện nuôi chim yến")
    without, found = paper(bare, profiles), paper(sealed(bare, "TM."), profiles)
    assert (found.kind, found.type) == (without.kind, without.type) == ("giay-chung-nhan", "unknown")
    (said,) = seals_said(found)
    assert said.cue == CUE and said.found == "dấu tròn đỏ, 36 mm, cạnh «TM. ỦY BAN NHÂN DÂN»"
    assert seals_said(without) == []


def test_chances_move_a_little_and_by_what_is_issued(profiles: Profiles) -> None:
    sign = seal_sign([view(sealed(official("QUYẾT ĐỊNH"), "TM."))])
    assert sign is not None and sign.of == "issuer"
    index = KindIndex(profiles.kinds)
    issued, asked, agreed = (index.group(kind) for kind in ("quyet-dinh", "don", "hop-dong-thue"))
    for chance in (0.3, 0.55, 0.9, 0.99):
        assert chance < with_seal(chance, issued, sign) < chance + 0.11
        assert with_seal(chance, asked, sign) == with_seal(chance, agreed, sign) == chance
        assert with_seal(chance, issued, None) == chance


def test_a_doubtful_kind_is_given_where_a_seal_supports_it(profiles: Profiles) -> None:
    # Its title stands left of the middle, as a heading might.
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "")
    doubtful = sheet.line("Bản án", size=15, middle=207).prose(8).sign().reading()
    assert paper(doubtful, profiles).kind == ""
    assert paper(sealed(doubtful, "TM."), profiles).kind == "ban-an"


def test_a_seal_never_goes_against_a_title(profiles: Profiles) -> None:
    bare = form("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP NUÔI CHIM YẾN")
    sheet = Sheet().motto().title("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP NUÔI CHIM YẾN").prose(10).sign().reading()
    assert paper(bare, profiles).kind == paper(sealed(sheet, "TM."), profiles).kind == "don"


@pytest.mark.parametrize("who", ["NGƯỜI LÀM ĐƠN", "NGƯỜI KHAI"])
def test_a_seal_on_what_a_citizen_signed_is_no_evidence_of_an_issuer(who: str, profiles: Profiles) -> None:
    sheet = Sheet().motto().title("ĐƠN XIN XÁC NHẬN").prose(8).skip(15).line(who, middle=150)
    found = paper(sealed(sheet.skip(-15).sign().reading(), "TM."), profiles)
    assert found.kind == "don" and seals_said(found) == []


def test_a_received_stamp_is_no_evidence(profiles: Profiles) -> None:
    bare = official("QUYẾT ĐỊNH", "Về việc cho phép")
    stamped = sealed(bare, "TM.", "rectangular")
    assert paper(stamped, profiles).evidence == paper(bare, profiles).evidence
    far = sealed(bare, "ỦY")
    assert paper(far, profiles).evidence == paper(bare, profiles).evidence


def test_a_seal_under_a_copys_mark_is_the_copys(profiles: Profiles) -> None:
    sheet = Sheet().motto().title("BẰNG TỐT NGHIỆP").prose(6).skip(30)
    sheet.line("CHỨNG THỰC BẢN SAO ĐÚNG VỚI BẢN CHÍNH", middle=300)
    found = paper(sealed(sheet.sign().reading(), "TM."), profiles)
    (said,) = seals_said(found)
    assert "certified copy" in said.cue and said.score == 0.0 and found.kind == "bang"


def test_evidence_of_a_seal_names_its_page(profiles: Profiles) -> None:
    head = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", "12/QĐ-UBND")
    first = head.title("QUYẾT ĐỊNH").prose(20).reading()
    last = sealed(Sheet().line("2", "centre").prose(5).sign().reading(), "TM.")
    (found,) = separate([first, last], {1: False}, profiles)
    assert [each.page for each in seals_said(found)] == [1]

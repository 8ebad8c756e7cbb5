"""Seals on a scan are kept with the page's reading, at their places on the upright page, and used."""

import io
import re
from dataclasses import replace

import pytest
import zstandard

from fixtures.damage import Scan, scan_sheet
from fixtures.sheet import Seal as Pressed
from fixtures.sheet import Sheet
from fixtures.words import POINTS
from fixtures.writer import Writer
from scanflow.archive.documents.page_words import decode_words, encode_words
from scanflow.capture.files.unpack import unpack
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.separation import separate
from scanflow.ledger import readings
from scanflow.model import PageReading
from scanflow.ocr.engines.base import open_engine
from scanflow.pipeline.filing.file import page_words
from scanflow.recognition.page import read_page
from scanflow.settings import Settings


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    writer = Writer()
    writer.official_head(
        "ỦY BAN NHÂN DÂN THÀNH PHỐ",
        "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN",
        "Số: 12/QĐ-UBND",
        "Vị Tân, ngày 05 tháng 8 năm 2026",
    )
    writer.line("QUYẾT ĐỊNH", "serif-bold", 15, "centre")
    writer.paragraph("Căn cứ quy định của pháp luật và sau khi xem xét hồ sơ của người đề nghị.")
    writer.sign("KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", name="Huỳnh Tấn Phong", seal="PHƯỜNG VỊ TÂN * CẦN THƠ *")
    return writer.sheets[0]


@pytest.fixture(scope="module")
def reading(sheet: Sheet) -> PageReading:
    scan = Scan(110, rotation=90, skew=1.2)
    picture = io.BytesIO()
    scan_sheet(sheet, scan, 5).save(picture, "png", dpi=(scan.dpi, scan.dpi))
    settings = Settings()
    unpacked = unpack(picture.getvalue(), "page.png", settings.limits, settings.ocr.min_layer_quality)
    return read_page(unpacked.pages[0], open_engine(settings.ocr), settings)


def test_a_seal_stands_where_it_is_on_the_upright_page(reading: PageReading, sheet: Sheet) -> None:
    (pressed,) = (mark for mark in sheet.marks if isinstance(mark, Pressed))
    (seal,) = reading.seals
    assert (seal.shape, seal.colour) == ("round", "red")
    assert (seal.box.left + seal.box.right) / 2 == pytest.approx(pressed.x * POINTS, abs=6)
    assert (seal.box.top + seal.box.bottom) / 2 == pytest.approx(pressed.y * POINTS, abs=6)
    assert seal.box.width == pytest.approx(2 * pressed.radius * POINTS, rel=0.08)


def test_it_is_evidence_of_a_paper_that_is_issued(reading: PageReading) -> None:
    (paper,) = separate([reading], {}, load_profiles())
    assert paper.kind == "quyet-dinh"
    (said,) = (each for each in paper.evidence if each.cue == "seal beside the signature")
    assert re.fullmatch(r"dấu tròn đỏ, 3[456] mm, cạnh «(?:KT\.|PHÓ) CHỦ TỊCH»", said.found)


def test_the_ledger_and_the_words_object_keep_it(reading: PageReading) -> None:
    assert readings.decode(readings.encode(reading)).seals == reading.seals
    (page,) = decode_words(encode_words([page_words(reading, None)]))
    assert [(seal.shape, seal.colour) for seal in page.seals] == [("round", "red")]
    assert page.seals[0].box.left == pytest.approx(reading.seals[0].box.left, abs=0.06)


def test_a_reading_of_an_earlier_version_has_none(reading: PageReading) -> None:
    bare = replace(reading, seals=())
    old = zstandard.ZstdDecompressor().decompress(readings.encode(bare)).replace(b',"seals":[]', b"")
    assert b'"seals"' not in old
    assert readings.decode(zstandard.compress(old)) == bare

"""A filed PDF without its text gives the same scans."""

import pytest

from scanflow.capture.files.unpack import unpack
from scanflow.capture.files.unpacked import Wanted
from scanflow.capture.pdf.unpack import scans_of_filed
from scanflow.errors import DamagedInputError
from scanflow.imaging.decode import decode
from scanflow.model import Box, Geometry, Word
from scanflow.night.readings.placing import matrix_of
from scanflow.pdf.text_renewal import remove_text
from scanflow.pdf.writer import write_pdf
from scanflow.settings import LimitSettings
from tests.capture.samples import saved
from tests.pdf.makers import METADATA, drawing, page_of

WORD = Word("Giấy phép", Box(40, 40, 120, 52), 0.9, 0, 0)


def test_the_scans_are_the_same_without_the_text() -> None:
    jpeg, png = saved(drawing(), "JPEG", dpi=(100, 100)), saved(drawing("L"), "PNG", dpi=(100, 100))
    pages = [
        page_of(jpeg, "image/jpeg", (WORD,), Geometry(skew=1.2)),
        page_of(png, "image/png", (WORD,), Geometry(rotation=90)),
    ]
    filed = write_pdf(pages, METADATA).data
    limits, wanted = LimitSettings(), Wanted("none", old_text=False)
    before = unpack(filed, "filed.pdf", limits, 0.7, wanted)
    after, matrices = scans_of_filed(filed, "filed.pdf", limits, remove_text)
    assert after[0].data == before.pages[0].data  # the stream itself, without a PDF around it
    assert [bytes(decode(page, limits)) for page in after] == [
        bytes(decode(page, limits)) for page in before.pages
    ]
    assert [(p.geometry, p.dpi, p.kind) for p in after] == [(p.geometry, p.dpi, p.kind) for p in before.pages]
    assert {"TextLayer"} & set(before.pages[0].left_out) and not after[0].left_out
    assert matrices == tuple(pytest.approx(matrix_of(page.size, page.geometry), abs=0.01) for page in pages)


def test_a_file_that_ends_too_early_is_said_to_be_damaged() -> None:
    with pytest.raises(DamagedInputError):
        scans_of_filed(b"%PDF-1.7 and no more\n%%EOF\n", "filed.pdf", LimitSettings(), remove_text)

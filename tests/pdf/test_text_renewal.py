"""A filed PDF without its text gives the same scans."""

import io

import pikepdf
import pytest
from pikepdf import Dictionary, Name

from scanflow.capture.files.unpack import unpack
from scanflow.capture.files.unpacked import Wanted
from scanflow.capture.pdf.unpack import scans_of_filed
from scanflow.errors import DamagedInputError
from scanflow.imaging.decoding.decode import decode
from scanflow.model import Box, Geometry, Word
from scanflow.night.readings.placing import matrix_of
from scanflow.pdf.document import SourcePage
from scanflow.pdf.rearrangement import rearrange
from scanflow.pdf.text_renewal import remove_text, renew_text
from scanflow.pdf.writer import IMAGE_NAME, write_pdf
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


@pytest.mark.parametrize("contents", ["none", "several streams"])
def test_a_page_of_another_program_with_an_image_of_our_name_stays(contents: str) -> None:
    with pikepdf.new() as pdf:
        image = pikepdf.Stream(pdf, b"\0", Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1)
        pdf.add_blank_page(page_size=(200, 300))
        page = pdf.pages[0].obj
        page.Resources = Dictionary(XObject=Dictionary({IMAGE_NAME: image}))
        if contents == "none":
            del page.Contents
        else:
            page.Contents = pikepdf.Array([pdf.make_stream(b"q "), pdf.make_stream(b"/I Do Q")])
        file = io.BytesIO()
        pdf.save(file)
    renewed = renew_text(file.getvalue(), [[]])
    turned = rearrange([file.getvalue()], [SourcePage(0, 1, 90)], [[]], METADATA).data
    for data, rotation in ((renewed, 0), (turned, 90)):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            page = pdf.pages[0].obj
            assert list(page.Resources.XObject.keys()) == [IMAGE_NAME]
            assert int(page.get(Name.Rotate, 0)) == rotation
            assert len(page.get(Name.Contents, ())) == (0 if contents == "none" else 2)


def test_a_file_that_ends_too_early_is_said_to_be_damaged() -> None:
    with pytest.raises(DamagedInputError):
        scans_of_filed(b"%PDF-1.7 and no more\n%%EOF\n", "filed.pdf", LimitSettings(), remove_text)

"""Pages stand upright, words lie over their print, files are small, the same input gives the same bytes."""

import io
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pikepdf
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pdf2image import convert_from_bytes
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageDraw, ImageOps

from scanflow.imaging.geometry.upright import upright_matrix, upright_size
from scanflow.model import Box, Geometry, Word
from scanflow.pdf.text_renewal import renew_text
from scanflow.pdf.writer import PdfPage, placement, write_pdf
from tests.capture.samples import saved
from tests.pdf.makers import (
    DPI,
    METADATA,
    SHEET,
    born_digital_pdf,
    captured,
    ccitt_pdf,
    drawing,
    page_of,
    words_of,
)
from tests.pdf.pdfa_check import violations
from tests.pdf.viewers import pdftotext, poppler_boxes

Render = Callable[[bytes], Image.Image]

GEOMETRIES = [
    *(Geometry(rotation, skew) for rotation in (0, 90, 180, 270) for skew in (0.0, 2.5, -1.3)),
    Geometry(0, 0.0, mirrored=True),
    Geometry(90, 1.0, mirrored=True),
    Geometry(270, -1.0, mirrored=True),
]


def upright(image: Image.Image, geometry: Geometry) -> Image.Image:
    """The upright page by resampling, step by step as `Geometry` words it; Pillow turns anticlockwise."""
    if geometry.mirrored:
        image = ImageOps.mirror(image)
    image = image.rotate(-geometry.rotation, expand=True)
    return image.rotate(geometry.skew, Image.Resampling.BICUBIC, fillcolor="white")


def poppler_image(data: bytes) -> Image.Image:
    (shown,) = convert_from_bytes(data, dpi=DPI)
    return shown.convert("RGB")


def pdfium_image(data: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(data) as document:
        shown: Image.Image = document[0].render(scale=DPI / 72).to_pil()
        return shown.convert("RGB")


def block_in(image: Image.Image) -> Box:
    """Where the black block of the drawing is, in points."""
    black: NDArray[np.bool_] = np.asarray(image).max(axis=2) < 100
    rows, columns = np.nonzero(black)
    edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    return Box(*(float(edge) * 72 / DPI for edge in edges))


@pytest.mark.parametrize("geometry", GEOMETRIES, ids=str)
@pytest.mark.parametrize(
    ("render", "close"),
    # PDFium sets a turned image a pixel or two aside; a wrong turn is off by far more than either allows.
    [(poppler_image, 1.0), (pdfium_image, 2.5)],
    ids=["poppler", "pdfium"],
)
def test_the_page_stands_upright_and_the_word_lies_on_its_print(
    geometry: Geometry, render: Render, close: float
) -> None:
    sheet = drawing()
    expected = upright(sheet, geometry)
    block = block_in(expected)
    word = Word("khối", block, 1, 0, 0)
    data = write_pdf([page_of(saved(sheet, "PNG"), "image/png", (word,), geometry)], METADATA).data

    shown = render(data).resize(expected.size)
    difference = np.abs(np.asarray(shown, dtype=int) - np.asarray(expected, dtype=int))
    assert difference.mean() < close
    found = block_in(shown)
    ((_, box),) = poppler_boxes(data)
    for side in ("left", "top", "right", "bottom"):
        assert getattr(found, side) == pytest.approx(getattr(block, side), abs=close)
        assert getattr(box, side) == pytest.approx(getattr(found, side), abs=2.5)


def test_a_level_line_is_level_after_its_skew_is_taken_out() -> None:
    """`skew` is the fall of the lines towards the right: with a falling line, a positive one levels it."""
    sheet = Image.new("RGB", SHEET, "white")
    fall = round(500 * np.tan(np.radians(2)))
    ImageDraw.Draw(sheet).line((40, 400, 540, 400 + fall), fill="black", width=3)
    data = write_pdf([page_of(saved(sheet, "PNG"), "image/png", (), Geometry(0, 2.0))], METADATA).data
    block = block_in(poppler_image(data))
    assert block.width > 350
    assert block.height < 4


@given(
    st.builds(
        Geometry,
        st.sampled_from([0, 90, 180, 270]),
        st.floats(-45, 45),
        st.booleans(),
        st.sampled_from([1.0, 1.2]),
    ),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_the_page_lies_as_the_engines_copy(geometry: Geometry, across: float, down: float) -> None:
    """`imaging` turns the engine's copy and `pdf` the page: both must put each point in the same place."""
    width, height = SHEET
    seen = upright_matrix(width, height, geometry) @ (across * width, down * height, 1)
    size = upright_size(width, height, geometry)
    matrix = placement((float(size[0]), float(size[1])), geometry)
    x, y = matrix.transform((across, 1 - down))
    assert (x, size[1] - y) == pytest.approx(tuple(seen), abs=1e-6)


def test_no_page_has_a_rotation_for_viewers() -> None:
    page = page_of(ccitt_pdf(), "application/pdf", (), Geometry(90, 0.4))
    with pikepdf.open(io.BytesIO(write_pdf([page], METADATA).data)) as pdf:
        assert "/Rotate" not in pdf.pages[0]
        assert [float(side) for side in pdf.pages[0].MediaBox] == pytest.approx([0, 0, *page.size])


def test_pages_come_in_order_with_their_own_words() -> None:
    texts = ["trang thứ nhất", "", "trang thứ ba"]
    pages = [page_of(saved(drawing("L"), "JPEG"), "image/jpeg", words_of(text)) for text in texts]
    data = write_pdf(pages, METADATA).data
    assert violations(data) == []
    assert [text.strip() for text in pdftotext(data).split("\f")] == texts


def test_the_same_input_gives_the_same_bytes() -> None:
    pages = [
        page_of(saved(drawing("CMYK"), "JPEG"), "image/jpeg", words_of("Quyết định")),
        page_of(saved(drawing("P"), "PNG"), "image/png", words_of("Giấy phép")),
        page_of(ccitt_pdf(), "application/pdf", words_of("Biên lai")),
    ]
    first = write_pdf(pages, METADATA).data
    assert write_pdf(pages, METADATA).data == first
    assert write_pdf(pages[:2], METADATA).data != first
    assert write_pdf(pages, replace(METADATA, title="Khác")).data != first


def test_a_file_has_an_identifier_of_its_own_and_keeps_it_with_another_text() -> None:
    pages = [page_of(saved(drawing("L"), "JPEG"), "image/jpeg", words_of("Giấy phép"))]
    files = [write_pdf(pages, METADATA).data, write_pdf(pages, replace(METADATA, title="Khác")).data]
    files.append(renew_text(files[0], [words_of("Giấy khai sinh")]))
    identifiers = [[bytes(half) for half in pikepdf.open(io.BytesIO(each)).trailer.ID] for each in files]
    (first, now), (other, _), (renewed, changed) = identifiers
    assert first == now == renewed
    assert len({now, other, changed}) == 3
    assert all(violations(each) == [] for each in files)


def full_page() -> tuple[Word, ...]:
    """600 words as Tesseract gives them: edges are whole pixels at 300 dpi, widths vary with the letters."""
    generator = np.random.default_rng(7)
    syllables = re.findall(
        r"\S+",
        "căn cứ luật tổ chức chính quyền địa phương ngày tháng năm của ủy ban nhân dân thành phố về việc "
        "cấp giấy phép xây dựng nhà ở riêng lẻ theo đề nghị trưởng phòng quản lý đô thị quyết định số "
        "Điều khoản hồ sơ thủ tục hành công Nguyễn Trần thửa đất diện tích m² 123,4 05/2026 QĐ-UBND",
    )
    words = []
    for line in range(46):
        chosen = " ".join(generator.choice(syllables, 13))
        for word in words_of(chosen, 70, 60 + 15 * line, 10):
            jitter = generator.normal(0, 0.25, 4)
            edges = (word.box.left, word.box.top, word.box.right, word.box.bottom)
            left, top, right, bottom = (
                round((v + j) * 300 / 72) * 72 / 300 for v, j in zip(edges, jitter, strict=True)
            )
            words.append(replace(word, box=Box(left, top, right, bottom), line=line))
    return tuple(words[:600])


def test_all_but_the_image_is_small() -> None:
    scan = captured(ccitt_pdf(), "application/pdf")
    page = PdfPage(scan, Geometry(0, 0.7), (595, 842), full_page())
    one, ten = (write_pdf([page] * count, METADATA) for count in (1, 10))
    with pikepdf.open(io.BytesIO(one.data)) as pdf:
        image = len(pdf.pages[0].Resources.XObject.I.read_raw_bytes())
    each = (len(ten.data) - len(one.data)) / 9 - image
    assert each <= 5_000
    assert len(one.data) - image - each <= 15_000


def test_born_digital_pages_are_copied_and_the_claim_is_dropped() -> None:
    born = captured(born_digital_pdf(), "application/pdf", kind="text")
    text_page = PdfPage(born, Geometry(), (432, 594), ())
    scan = page_of(saved(drawing("L"), "JPEG"), "image/jpeg", words_of("Quét"))
    result = write_pdf([text_page, scan], METADATA)
    assert (result.conformance, result.recoded) == (None, ())
    assert pdftotext(result.data).split() == ["Born", "digital", "Quét"]
    with pikepdf.open(io.BytesIO(result.data)) as pdf, pikepdf.open(io.BytesIO(born_digital_pdf())) as source:
        assert pdf.pages[0].Contents.read_bytes() == source.pages[0].Contents.read_bytes()
        assert "/OutputIntents" not in pdf.Root
        assert b"pdfaid:part" not in pdf.Root.Metadata.read_bytes()


def form_pdf() -> bytes:
    with Pdf.new() as source:
        source.add_blank_page(page_size=(432, 594))
        look = Stream(source, b"q Q", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 100, 20])
        field = source.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T="name",
                V="Lê Mẫu",
                Rect=[50, 500, 150, 520],
                AP=Dictionary(N=source.make_indirect(look)),
            )
        )
        source.pages[0].obj.Annots = Array([field])
        source.Root.AcroForm = Dictionary(Fields=Array([field]))
        buffer = io.BytesIO()
        source.save(buffer)
    return buffer.getvalue()


def test_the_fields_of_a_form_are_copied() -> None:
    page = PdfPage(captured(form_pdf(), "application/pdf", kind="text"), Geometry(), (432, 594), ())
    with pikepdf.open(io.BytesIO(write_pdf([page, page], METADATA).data)) as pdf:
        fields = list(pdf.Root.AcroForm.Fields)
        assert [str(field.V) for field in fields] == ["Lê Mẫu", "Lê Mẫu"]
        assert {field.objgen for field in fields} == {
            annotation.objgen for each in pdf.pages for annotation in each.Annots
        }


def test_plain_pdf_makes_no_claim() -> None:
    page = page_of(saved(drawing("L"), "JPEG"), "image/jpeg", words_of("Giấy"))
    result = write_pdf([page], METADATA, output_type="pdf")
    assert result.conformance is None
    assert b"pdfaid:part" not in result.data
    assert pdftotext(result.data) == "Giấy"


def test_decoded_rasters_are_never_held() -> None:
    """An A4 page in colour at 300 dpi has 26 MB of pixels; writing it takes a fraction of that."""
    noise = np.random.default_rng(1).integers(200, 255, (3508, 2480, 3), dtype=np.uint8)
    ok, jpeg = cv2.imencode(".jpg", cv2.GaussianBlur(noise, (9, 9), 0))
    assert ok
    page = page_of(jpeg.tobytes(), "image/jpeg")
    write_pdf([page], METADATA)
    tracemalloc.start()
    write_pdf([page], METADATA)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * len(jpeg) + 1_000_000


@pytest.mark.parametrize("size", [(1.5, 2.0), (20_000.0, 30.0)])
def test_page_of_a_size_that_the_format_forbids_is_written_without_a_claim(size: tuple[float, float]) -> None:
    page = replace(page_of(saved(drawing(), "PNG"), "image/png"), size=size)
    written = write_pdf([page], METADATA)
    assert written.conformance is None
    with Pdf.open(io.BytesIO(written.data)) as pdf:
        assert [float(n) for n in pdf.pages[0].mediabox] == [0, 0, *size]

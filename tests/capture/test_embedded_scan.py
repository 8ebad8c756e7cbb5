"""Plain scans leave their PDF with every byte of the image stream; everything else is rendered."""

import io
import zlib
from typing import Any

import numpy as np
import pdf2image
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageCms

from scanflow.errors import OversizedInputError
from scanflow.model import CapturedPage, Geometry
from tests.capture.samples import (
    A4_POINTS,
    alike,
    image_keys,
    jpeg,
    jpeg_scan,
    only_image,
    page_pdf,
    picture,
    raster,
    raw,
    saved,
    take,
    upright,
)

OVER_PAGE = "q 595.2 0 0 841.92 0 0 cm /Im Do Q "


def only_page(data: bytes) -> CapturedPage:
    unpacked = take(data)
    assert not unpacked.problems
    (page,) = unpacked.pages
    return page


def group4(image: Image.Image) -> bytes:
    tiff = Image.open(io.BytesIO(saved(image, "TIFF", compression="group4", tiffinfo={278: 100_000})))
    (offset,), (length,) = tiff.tag_v2[273], tiff.tag_v2[279]  # type: ignore[attr-defined]  # of TIFF images
    assert tiff.fp is not None
    tiff.fp.seek(offset)
    return tiff.fp.read(length)


def test_a_jpeg_scan_comes_out_as_the_jpeg_that_went_in() -> None:
    page = only_page(jpeg_scan())
    assert (page.kind, page.media_type) == ("scan", "image/jpeg")
    assert page.data == jpeg(picture())
    assert (page.width, page.height) == (200, 260)


def bilevel() -> Image.Image:
    return picture().convert("1")


def grey_bytes() -> bytes:
    return picture().tobytes()


STREAMS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "ccitt": (
        group4(bilevel()),
        image_keys(
            bilevel(), Name.CCITTFaxDecode, DecodeParms=Dictionary(K=-1, Columns=200, Rows=260, BlackIs1=True)
        ),
    ),
    "flate": (zlib.compress(grey_bytes()), image_keys(picture(), Name.FlateDecode)),
    "flate-jpeg": (
        zlib.compress(jpeg()),
        {**image_keys(picture(), Name.DCTDecode), "Filter": Array([Name.FlateDecode, Name.DCTDecode])},
    ),
    "jpx": (
        saved(picture(), "JPEG2000", no_jp2=False),
        {"Width": 200, "Height": 260, "Filter": Name.JPXDecode},
    ),
    "jpeg-inverted": (jpeg(), image_keys(picture(), Name.DCTDecode, Decode=Array([1, 0]))),
    "jpeg-cmyk": (
        jpeg(picture().convert("CMYK")),
        image_keys(picture().convert("CMYK"), Name.DCTDecode),
    ),
    "palette": (
        zlib.compress(bytes(i // 64 for i in grey_bytes())),
        image_keys(
            picture(),
            Name.FlateDecode,
            ColorSpace=Array([Name.Indexed, Name.DeviceRGB, 3, bytes(range(0, 240, 20))]),
        ),
    ),
}


@pytest.mark.parametrize("name", STREAMS)
def test_the_image_stream_is_kept_byte_for_byte(name: str) -> None:
    data, keys = STREAMS[name]
    page = only_page(page_pdf(OVER_PAGE, {"Im": (data, keys)}))
    assert (page.kind, page.media_type) == ("scan", "application/pdf")
    with Pdf.open(io.BytesIO(page.data)) as pdf:
        image = only_image(pdf)
        assert image.read_raw_bytes() == data
        for key in ("Filter", "DecodeParms", "Decode", "ColorSpace"):
            assert image.get(f"/{key}") == keys.get(key)


def test_a_jpeg_with_a_profile_in_its_dictionary_stays_in_a_pdf() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = picture().convert("RGB")
    with Pdf.open(
        io.BytesIO(page_pdf(OVER_PAGE, {"Im": (jpeg(image), image_keys(image, Name.DCTDecode))}))
    ) as pdf:
        only_image(pdf).ColorSpace = Array([Name.ICCBased, Stream(pdf, profile, N=3)])
        page = only_page(raw(pdf))
    assert page.media_type == "application/pdf"
    with Pdf.open(io.BytesIO(page.data)) as pdf:
        assert only_image(pdf).read_raw_bytes() == jpeg(image)
        assert only_image(pdf).ColorSpace[1].read_bytes() == profile


def test_a_jpeg_that_its_exif_would_turn_stays_in_a_pdf() -> None:
    exif = Image.Exif()
    exif[274] = 6
    data = jpeg(exif=exif)
    page = only_page(page_pdf(OVER_PAGE, {"Im": (data, image_keys(picture(), Name.DCTDecode))}))
    assert (page.media_type, page.geometry) == ("application/pdf", Geometry())


def test_equal_input_gives_equal_bytes() -> None:
    data = page_pdf(OVER_PAGE, {"Im": STREAMS["ccitt"]})
    assert take(data) == take(data)


PLACEMENTS = {
    "as it is": "400 0 0 520 0 0",
    "quarter left": "0 400 -520 0 520 0",
    "half": "-400 0 0 -520 400 520",
    "quarter right": "0 -400 520 0 0 400",
    "mirrored": "-400 0 0 520 400 0",
    "upside down": "400 0 0 -520 0 520",
    "transposed": "0 400 520 0 0 0",
    "transversed": "0 -400 -520 0 520 400",
}


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rotate", [0, 90, 180, 270, -90, 450])
def test_geometry_turns_the_raster_into_what_viewers_show(placement: str, rotate: int) -> None:
    image = (jpeg(), image_keys(picture(), Name.DCTDecode))
    content = f"{PLACEMENTS[placement]} cm /Im Do"
    size = (520, 400) if content.startswith("0") else (400, 520)
    data = page_pdf(content, {"Im": image}, size=size, page={"Rotate": rotate})
    page = only_page(data)
    assert page.kind == "scan"
    (shown,) = pdf2image.convert_from_bytes(data, dpi=36, grayscale=True)
    assert alike(upright(raster(page), page.geometry), np.asarray(shown))


def test_rotation_is_inherited_from_the_page_tree() -> None:
    with Pdf.open(io.BytesIO(jpeg_scan())) as pdf:
        pdf.Root.Pages.Rotate = 90
        assert only_page(raw(pdf)).geometry == Geometry(rotation=90)


def test_a_slight_turn_in_the_placement_is_left_to_deskewing() -> None:
    matrix = "594 10 -14 841 1 -5"
    page = only_page(page_pdf(f"{matrix} cm /Im Do", {"Im": STREAMS["flate"]}))
    assert (page.kind, page.geometry) == ("scan", Geometry())


WHITE_PAGE = "1 g 0 0 595.2 841.92 re f "
INVISIBLE_TEXT = "BT 3 Tr (Xin chao) Tj ET "
VISIBLE_TEXT = "BT 0 Tr (Xin chao) Tj ET "


@pytest.mark.parametrize(
    "content",
    [
        WHITE_PAGE + OVER_PAGE,
        VISIBLE_TEXT + OVER_PAGE,
        OVER_PAGE + INVISIBLE_TEXT,
        OVER_PAGE + "BT 0 Tr (   ) Tj ET",
        "q 0 0 595.2 841.92 re W n " + OVER_PAGE + " Q",
        OVER_PAGE + "/Artifact <</Type /Pagination /Subtype /Watermark>> BDC " + VISIBLE_TEXT + "EMC",
        "q 450 0 0 650 70 100 cm /Im Do Q",
    ],
    ids=["white ground", "text under it", "invisible text", "spaces", "clip", "watermark", "margins"],
)
def test_invisible_content_leaves_a_plain_scan(content: str) -> None:
    page = only_page(page_pdf(content, {"Im": (jpeg(), image_keys(picture(), Name.DCTDecode))}))
    assert (page.kind, page.data) == ("scan", jpeg())


@pytest.mark.parametrize(
    "content",
    [
        OVER_PAGE + VISIBLE_TEXT,
        OVER_PAGE + "1 0 0 RG 10 10 200 50 re S",
        OVER_PAGE + "q 100 0 0 100 20 20 cm /Im Do Q",
        "q 200 0 0 260 20 20 cm /Im Do Q",
        "q 0 0 300 841.92 re W n " + OVER_PAGE + " Q",
        "q 100 100 m 400 100 l 300 500 l W n " + OVER_PAGE + " Q",
        OVER_PAGE + "q 100 100 m 400 100 l 300 500 l W n q 400 0 0 500 50 50 cm /Im Do Q Q",
        OVER_PAGE + "q BT 7 Tr 1 0 0 1 100 100 Tm (Xin chao) Tj ET 300 0 0 421 9 9 cm /Im Do Q",
        OVER_PAGE + "q BT 7 Tr 1 0 0 1 100 100 Tm (Xin chao) Tj ET " + OVER_PAGE + " Q",
        "q 595.2 0 400 841.92 0 0 cm /Im Do Q",
        OVER_PAGE + "BI /W 1 /H 1 /BPC 8 /CS /G ID \xff EI",
        "10 10 200 50 re S",
        "",
    ],
    ids=[
        "text",
        "line",
        "stamp",
        "photo",
        "half of it",
        "odd clip",
        "stamp in an odd clip",
        "stamp in letters",
        "letters cut out of an image",
        "sheared",
        "inline",
        "no image",
        "blank",
    ],
)
def test_what_shows_more_or_less_than_the_scan_is_rendered(content: str) -> None:
    data = page_pdf(content.encode("latin1"), {"Im": (jpeg(), image_keys(picture(), Name.DCTDecode))})
    page = only_page(data)
    assert page.kind == "render"
    assert page.dpi == (300, 300)
    assert abs(page.width - 2480) <= 1
    assert abs(page.height - 3508) <= 1
    (shown,) = pdf2image.convert_from_bytes(data, dpi=36, grayscale=True)
    assert alike(upright(raster(page), page.geometry), np.asarray(shown))


def test_a_scan_in_a_form_is_found_and_a_watermark_form_left_out() -> None:
    with Pdf.open(io.BytesIO(page_pdf("/Fm Do /Wm Do", {"Im": STREAMS["flate"]}))) as pdf:
        xobjects = pdf.pages[0].obj.Resources.XObject
        form = {"/Type": Name.XObject, "/Subtype": Name.Form, "/BBox": Array([0, 0, 300, 421])}
        inner = Stream(pdf, b"297.6 0 0 420.96 0 0 cm /Im Do", Dictionary(form))
        inner.Resources = Dictionary(XObject=Dictionary(Im=xobjects.Im))
        inner.Matrix = Array([2, 0, 0, 2, 0, 0])
        mark = Stream(pdf, b"BT (www.example.vn) Tj ET", Dictionary(form))
        mark.PieceInfo = Dictionary(ADBE_CompoundType=Name.Watermark)
        pdf.pages[0].obj.Resources.XObject = Dictionary(Fm=inner, Wm=mark)
        marked = only_page(raw(pdf))
        del mark[Name.PieceInfo]
        unmarked = only_page(raw(pdf))
    assert marked.kind == "scan"
    assert unmarked.kind == "render"


@pytest.mark.parametrize(("ink", "kind"), [("0 g", "scan"), ("1 g", "render"), ("1 0 0 rg", "render")])
def test_a_stencil_in_black_is_a_scan_and_shows_the_same(ink: str, kind: str) -> None:
    data, keys = STREAMS["ccitt"]
    mask = {k: v for k, v in keys.items() if k != "ColorSpace"} | {"ImageMask": True}
    source = page_pdf(f"{ink} {OVER_PAGE}", {"Im": (data, mask)})
    page = only_page(source)
    assert page.kind == kind
    (shown,) = pdf2image.convert_from_bytes(source, dpi=36, grayscale=True)
    assert alike(upright(raster(page), page.geometry), np.asarray(shown))


@pytest.mark.parametrize("extra", ["SMask", "Mask"])
def test_an_image_with_a_mask_is_rendered(extra: str) -> None:
    with Pdf.open(io.BytesIO(page_pdf(OVER_PAGE, {"Im": STREAMS["flate"], "Ma": STREAMS["flate"]}))) as pdf:
        xobjects = pdf.pages[0].obj.Resources.XObject
        xobjects.Im[f"/{extra}"] = Array([0, 10]) if extra == "Mask" else xobjects.Ma
        assert only_page(raw(pdf)).kind == "render"


def test_a_visible_annotation_is_rendered_and_a_link_is_not() -> None:
    with Pdf.open(io.BytesIO(jpeg_scan())) as pdf:
        look = Stream(
            pdf, b"1 0 0 rg 0 0 100 50 re f", Dictionary({"/Subtype": Name.Form, "/BBox": [0, 0, 100, 50]})
        )
        note = Dictionary(Type=Name.Annot, Subtype=Name.Stamp, Rect=[50, 50, 150, 100], AP=Dictionary(N=look))
        pdf.pages[0].obj.Annots = Array([note])
        assert only_page(raw(pdf)).kind == "render"
        note.Subtype = Name.Link
        pdf.pages[0].obj.Annots = Array([note])
        assert only_page(raw(pdf)).kind == "scan"


def test_resolution_comes_from_the_placement() -> None:
    image = Image.new("L", (1654, 2339), 255)
    source = {"Im": (zlib.compress(image.tobytes()), image_keys(image, Name.FlateDecode))}
    stated = only_page(page_pdf(OVER_PAGE, source))
    assert stated.dpi == pytest.approx((200.1, 200.0), abs=0.1)
    assert stated.dpi_source == "stated"
    enlarged = only_page(page_pdf("2100 0 0 2970 0 0 cm /Im Do", source, size=(2100, 2970)))
    assert (enlarged.dpi, enlarged.dpi_source) == ((200, 200), "measured")
    unit = only_page(
        page_pdf("297.6 0 0 420.96 0 0 cm /Im Do", source, size=(297.6, 420.96), page={"UserUnit": 2})
    )
    assert unit.dpi == pytest.approx((200.1, 200.0), abs=0.1)


def test_a_page_too_large_is_a_problem_and_the_others_go_on() -> None:
    with (
        Pdf.open(io.BytesIO(jpeg_scan())) as pdf,
        Pdf.open(io.BytesIO(page_pdf("", size=(14400, 14400)))) as huge,
    ):
        pdf.pages.append(huge.pages[0])
        pdf.pages.append(pdf.pages[0])
        unpacked = take(raw(pdf))
    assert [page.no for page in unpacked.pages] == [1, 3]
    (problem,) = unpacked.problems
    assert problem.no == 2
    assert isinstance(problem.error, OversizedInputError)
    assert not unpacked.pristine


def test_pixels_are_counted_before_anything_is_decoded() -> None:
    bomb = {**image_keys(picture(), Name.FlateDecode), "Width": 60_000, "Height": 60_000}
    unpacked = take(page_pdf(OVER_PAGE, {"Im": (b"never decoded", bomb)}))
    assert [problem.error.code for problem in unpacked.problems] == ["oversized"]


def test_the_crop_box_is_what_counts() -> None:
    source = {"Im": (jpeg(), image_keys(picture(), Name.DCTDecode))}
    inside = page_pdf("200 0 0 260 100 100 cm /Im Do", source, page={"CropBox": Array([100, 100, 300, 360])})
    assert only_page(inside).kind == "scan"
    part = page_pdf(OVER_PAGE, source, page={"CropBox": Array([0, 0, *A4_POINTS[:1], 300])})
    assert only_page(part).kind == "render"


def test_a_photograph_is_rendered_to_jpeg_and_black_on_white_to_grey_png() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (1754, 1240, 3), np.uint8)
    photo = Image.fromarray(noise)
    keys = image_keys(photo, Name.DCTDecode)
    page = only_page(page_pdf(OVER_PAGE + VISIBLE_TEXT, {"Im": (jpeg(photo), keys)}))
    assert (page.kind, page.media_type) == ("render", "image/jpeg")
    assert raster(page).mode == "RGB"
    plain = only_page(page_pdf("10 10 200 50 re S"))
    assert (plain.media_type, raster(plain).mode) == ("image/png", "L")

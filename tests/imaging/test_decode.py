"""Decoding: pixels exactly as captured, limits before work, clear errors."""

import io

import img2pdf
import numpy as np
import pikepdf
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from scanflow.errors import (
    DamagedInputError,
    LimitError,
    OversizedInputError,
    TruncatedInputError,
)
from scanflow.imaging.decoding.decode import _decode_with_opencv, decode, square
from scanflow.imaging.raster import Raster
from scanflow.model import CapturedPage, MediaType, PageKind
from scanflow.settings import LimitSettings
from tests.capture.samples import saved
from tests.imaging.pages import LIMITS

WIDTH, HEIGHT = 90, 130
COLOUR = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
GREY = np.ascontiguousarray(COLOUR[:, :, 0])
TURNED = Image.Exif()
TURNED[274] = 6  # orientation: to be turned by 90 degrees, which is left to the page's geometry
BILEVEL = np.where(GREY < 128, 0, 255).astype(np.uint8)


def captured(
    data: bytes,
    media_type: MediaType = "application/pdf",
    *,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    dpi: tuple[float, float] = (72.0, 72.0),
    kind: PageKind = "scan",
) -> CapturedPage:
    return CapturedPage(1, data, media_type, *size, dpi, "stated", kind)


def rgb(image: Raster) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(image[:, :, ::-1]))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (rgb(COLOUR), COLOUR),
        (Image.fromarray(GREY), GREY),
        (Image.fromarray(BILEVEL).convert("1"), BILEVEL),
        (Image.fromarray(GREY).convert("P"), GREY),
        (Image.fromarray(GREY.astype(np.uint16) * 257), GREY),
        (rgb(COLOUR).convert("RGBA"), COLOUR),
    ],
    ids=["colour", "grey", "bilevel", "grey-palette", "16-bit", "opaque-alpha"],
)
def test_png_is_exact(image: Image.Image, expected: Raster) -> None:
    pixels = decode(captured(saved(image, "PNG"), "image/png"), LIMITS)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, expected)


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (WIDTH, HEIGHT), (0, 0, 0, 0))
    assert (decode(captured(saved(image, "PNG"), "image/png"), LIMITS) == 255).all()


def test_a_colour_palette_stays_colour() -> None:
    image = Image.new("RGB", (WIDTH, HEIGHT), (200, 30, 10)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert decode(captured(saved(image, "PNG"), "image/png"), LIMITS)[5, 5].tolist() == [10, 30, 200]


def test_jpeg_is_not_turned_by_its_exif() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(rgb(COLOUR), "JPEG", quality=95, exif=exif)
    assert decode(captured(data, "image/jpeg"), LIMITS).shape == (HEIGHT, WIDTH, 3)
    grey = saved(Image.fromarray(GREY), "JPEG")
    assert decode(captured(grey, "image/jpeg"), LIMITS).shape == (HEIGHT, WIDTH)


def test_cmyk_jpeg_becomes_colour() -> None:
    white = saved(Image.new("CMYK", (WIDTH, HEIGHT)), "JPEG")
    assert decode(captured(white, "image/jpeg"), LIMITS).min() > 240


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (rgb(COLOUR), COLOUR),
        (Image.fromarray(GREY), GREY),
        (Image.fromarray(BILEVEL).convert("1"), BILEVEL),
    ],
    ids=["flate-colour", "flate-grey", "ccitt"],
)
def test_scans_in_pdf_are_exact(image: Image.Image, expected: Raster) -> None:
    data = img2pdf.convert(saved(image, "PNG"))
    assert np.array_equal(decode(captured(data), LIMITS), expected)


def as_png_in_pdf(image: Image.Image) -> bytes:
    """A PDF with the image's data as they stand in its PNG file."""
    return bytes(img2pdf.convert(saved(image, "PNG")))


@pytest.mark.parametrize(
    ("image", "expected"), [(rgb(COLOUR), COLOUR), (Image.fromarray(GREY), GREY)], ids=["colour", "grey"]
)
def test_data_of_a_png_in_pdf_are_decoded_as_one(
    image: Image.Image, expected: Raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(pikepdf.PdfImage, "as_pil_image")
    assert np.array_equal(decode(captured(as_png_in_pdf(image)), LIMITS), expected)


def test_data_of_a_png_that_end_too_early_are_damaged() -> None:
    with pikepdf.open(io.BytesIO(as_png_in_pdf(rgb(COLOUR)))) as pdf:
        (drawn,) = pdf.pages[0].resources["/XObject"].values()
        parameters = pikepdf.Dictionary(Predictor=15, Colors=3, Columns=WIDTH)
        drawn.write(drawn.read_raw_bytes()[:-2000], filter=pikepdf.Name.FlateDecode, decode_parms=parameters)
        target = io.BytesIO()
        pdf.save(target)
    with pytest.raises((DamagedInputError, TruncatedInputError)):
        decode(captured(target.getvalue()), LIMITS)


def test_a_palettes_rows_are_no_grey_values() -> None:
    palette = Image.new("RGB", (WIDTH, HEIGHT), (200, 30, 10)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert decode(captured(as_png_in_pdf(palette)), LIMITS)[5, 5].tolist() == [10, 30, 200]


def test_jpeg_in_pdf_is_the_jpeg() -> None:
    jpeg = saved(rgb(COLOUR), "JPEG", quality=90)
    plain = decode(captured(jpeg, "image/jpeg"), LIMITS)
    assert np.array_equal(decode(captured(img2pdf.convert(jpeg)), LIMITS), plain)


def one_image(change: str) -> bytes:
    """A page with the grey test image, made odd in one way, and turned by /Rotate."""
    with pikepdf.open(io.BytesIO(img2pdf.convert(saved(Image.fromarray(GREY), "PNG")))) as pdf:
        page = pdf.pages[0]
        (name,) = page.resources["/XObject"].keys()
        image = page.resources["/XObject"][name]
        page.obj["/Rotate"] = 90
        if change == "inverted":
            image["/Decode"] = pikepdf.Array([1, 0])
        elif change == "nested":
            form = pdf.make_stream(b"/Im Do", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form)
            form["/BBox"] = pikepdf.Array([0, 0, 1, 1])
            form["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
            page.resources["/XObject"][name] = pdf.make_indirect(form)
        elif change == "short":
            image.write(GREY.tobytes()[: GREY.size // 2])
        elif change == "jpx":
            image.write(saved(Image.fromarray(GREY), "JPEG2000"), filter=pikepdf.Name.JPXDecode)
        elif change == "lost":
            image.write(b"no JPEG 2000", filter=pikepdf.Name.JPXDecode)
        elif change == "unknown":
            image["/Filter"] = pikepdf.Name.FlateDegode
        target = io.BytesIO()
        pdf.save(target)
        return target.getvalue()


@pytest.mark.parametrize("change", ["none", "inverted", "nested", "jpx"])
def test_odd_images_in_pdf_are_rendered_pixel_for_pixel_and_unturned(change: str) -> None:
    pixels = decode(captured(one_image(change)), LIMITS)
    pixels = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    assert np.array_equal(pixels, 255 - GREY if change == "inverted" else GREY)


@pytest.mark.parametrize("change", ["lost", "unknown"])
def test_an_image_that_poppler_leaves_out_is_damaged(change: str) -> None:
    """The page that poppler shows then is white: it would pass for a blank one."""
    with pytest.raises(DamagedInputError, match="Syntax Error"):
        decode(captured(one_image(change)), LIMITS)


def drawn(content: bytes) -> CapturedPage:
    """An A4 page of kind `text`."""
    with pikepdf.new() as pdf:
        leaf = pdf.add_blank_page(page_size=(595, 842))
        leaf.obj["/Contents"] = pdf.make_stream(content)
        target = io.BytesIO()
        pdf.save(target)
    return captured(target.getvalue(), size=(2480, 3508), dpi=(300, 300), kind="text")


def test_a_text_page_is_rendered_at_half_size() -> None:
    page = drawn(b"0 0 297 421 re f")
    pixels = decode(page, LIMITS)
    assert pixels.shape == (1754, 1240)
    assert (pixels[-100, 100], pixels[100, 100]) == (0, 255)
    assert square(pixels, page)[1] == pytest.approx(150)


def test_faxes_get_square_pixels() -> None:
    image = np.zeros((1100, 1728), np.uint8)
    page = captured(b"", size=(1728, 1100), dpi=(204.0, 98.0))
    squared, dpi = square(image, page)
    assert dpi == 204.0
    assert squared.shape == (2290, 1728)
    same, _ = square(image, captured(b"", size=(1728, 1100), dpi=(200.0, 199.0)))
    assert same is image


def test_pixels_are_counted_before_anything_is_decoded() -> None:
    few = LimitSettings(pixels=WIDTH * HEIGHT - 1)
    png, pdf = saved(rgb(COLOUR), "PNG"), img2pdf.convert(saved(rgb(COLOUR), "PNG"))
    for page in (
        captured(png, "image/png"),
        captured(png, "image/png", size=(1, 1)),  # a wrong word about the size doesn't help
        captured(pdf, size=(1, 1)),
        captured(b"", size=(10**6, 10**6), kind="text"),
    ):
        with pytest.raises(OversizedInputError):
            decode(page, few)


def test_a_bomb_is_oversized() -> None:
    bomb = saved(Image.new("1", (20_000, 10_000)), "PNG")
    with pytest.raises(OversizedInputError):
        decode(captured(bomb, "image/png", size=(10, 10)), LIMITS)


@pytest.mark.parametrize("name", ["PNG", "JPEG"])
def test_cut_images_are_truncated(name: str) -> None:
    data = saved(rgb(COLOUR), name)
    media_type: MediaType = "image/png" if name == "PNG" else "image/jpeg"
    with pytest.raises(TruncatedInputError):
        decode(captured(data[: len(data) // 2], media_type), LIMITS)


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "application/pdf"])
def test_rubbish_is_damaged(media_type: MediaType) -> None:
    with pytest.raises(DamagedInputError):
        decode(captured(b"rubbish" * 50, media_type), LIMITS)


def test_an_image_with_too_few_samples_is_damaged() -> None:
    with pytest.raises(DamagedInputError):
        decode(captured(one_image("short")), LIMITS)


def test_rendering_has_a_limit_of_time() -> None:
    with pytest.raises(LimitError):
        decode(drawn(b"0 0 m 500 800 l S " * 2_000_000), LimitSettings(seconds=1))


def _with_gamma() -> PngInfo:
    info = PngInfo()
    info.add(b"gAMA", (100_000).to_bytes(4, "big"))
    return info


@pytest.mark.parametrize(
    ("mode", "name", "options"),
    [
        ("RGB", "JPEG", {"quality": 80}),
        ("RGB", "JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("RGB", "JPEG", {"keep_rgb": True}),
        ("RGB", "JPEG", {"exif": TURNED}),
        ("L", "JPEG", {"quality": 40}),
        ("RGB", "JPEG2000", {}),
        ("RGB", "JPEG2000", {"quality_mode": "rates", "quality_layers": [20], "irreversible": True}),
        ("L", "JPEG2000", {}),
        ("RGB", "PNG", {}),
        ("L", "PNG", {"optimize": True}),
        ("RGB", "PNG", {"pnginfo": _with_gamma(), "exif": TURNED}),
    ],
)
def test_opencv_and_pillow_decode_to_the_same_pixels(
    mode: str, name: str, options: dict[str, object]
) -> None:
    data = saved(Image.fromarray(COLOUR).convert(mode), name, **options)
    with Image.open(io.BytesIO(data)) as image:
        quick = _decode_with_opencv(data, image)
        pixels = np.asarray(image)
    assert quick is not None
    assert (quick == (pixels if mode == "L" else pixels[:, :, ::-1])).all()
    with Image.open(io.BytesIO(data)) as image:
        # Where data end too early OpenCV gives nothing, so that Pillow says what is wrong.
        assert _decode_with_opencv(data[: len(data) // 2], image) is None

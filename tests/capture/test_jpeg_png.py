"""JPEG, PNG and TIFF files."""

import io
import struct
from typing import Any

import numpy as np
import pikepdf
import pytest
from pikepdf import Pdf
from PIL import Image, ImageOps, PngImagePlugin

from scanflow.capture.files.resolution import resolve_dpi
from scanflow.errors import DamagedInputError, InputError, OversizedInputError, TruncatedInputError
from scanflow.model import CapturedPage, Geometry
from tests.capture.samples import (
    LIMITS,
    alike,
    jpeg,
    only_image,
    picture,
    png_chunk,
    raster,
    saved,
    take,
    upright,
)


def only_page(data: bytes) -> CapturedPage:
    (page,) = take(data).pages
    return page


def with_orientation(orientation: int) -> dict[str, Any]:
    exif = Image.Exif()
    exif[274] = orientation
    return {"exif": exif}


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("orientation", range(9))
def test_exif_orientation_becomes_geometry_and_the_bytes_stay(kind: str, orientation: int) -> None:
    data = saved(picture(), kind, **with_orientation(orientation))
    page = only_page(data)
    assert page.data == data
    assert (page.width, page.height) == picture().size
    wanted = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    assert alike(upright(raster(page), page.geometry), np.asarray(wanted.convert("L")))


def test_a_png_that_says_nothing_of_its_orientation_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_image: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", load)
    assert only_page(saved(picture(), "PNG", dpi=(200, 200))).geometry == Geometry()


def test_an_orientation_behind_the_pixels_of_a_png_counts() -> None:
    exif = Image.Exif()
    exif[274] = 6
    whole = png_chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    data = saved(picture(), "PNG")
    end = data.rindex(b"IEND") - 4
    assert only_page(data[:end] + whole + data[end:]).geometry == Geometry(rotation=90)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpegs_of_every_colour_are_kept(mode: str) -> None:
    data = jpeg(picture().convert(mode), progressive=mode == "RGB")
    assert (only_page(data).data, only_page(data).media_type) == (data, "image/jpeg")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pngs_of_every_colour_are_kept(mode: str) -> None:
    image = Image.new(mode, (30, 40)) if mode == "I;16" else picture().convert(mode)
    data = saved(image, "PNG")
    assert (only_page(data).data, only_page(data).media_type) == (data, "image/png")


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("kept", [0.02, 0.1, 0.5, 0.95])
def test_cut_images_are_truncated(kind: str, kept: float) -> None:
    data = saved(picture(800, 1000), kind)
    with pytest.raises(TruncatedInputError):
        take(data[: int(len(data) * kept)])


def test_a_png_with_a_wrong_checksum_is_damaged() -> None:
    data = bytearray(saved(picture(), "PNG"))
    data[data.index(b"IDAT") + 10] ^= 1
    with pytest.raises(DamagedInputError):
        take(bytes(data))


def test_a_header_without_a_picture_is_an_input_error() -> None:
    for head in (
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"II*\0",
        b"MM\0*\0\0\0\x08",
        b"\xff\xd8\xff" + b"\0" * 99,
    ):
        with pytest.raises(InputError):
            take(head)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_pixels_are_limited_before_decoding(kind: str) -> None:
    limits = LIMITS.model_copy(update={"pixels": 200 * 260 - 1})
    data = saved(picture(), kind)
    if kind == "TIFF":
        assert [type(p.error) for p in take(data, limits).problems] == [OversizedInputError]
    else:
        with pytest.raises(OversizedInputError):
            take(data, limits)


def test_a_larger_limit_than_pillows_own_holds() -> None:
    page = only_page(saved(Image.new("1", (13_000, 11_000), 1), "PNG"))
    assert page.width * page.height > 89_478_485


@pytest.mark.parametrize(
    ("size", "stated", "dpi", "source"),
    [
        ((2480, 3508), (300, 300), (300, 300), "stated"),
        ((1728, 1145), (204, 98), (204, 98), "stated"),
        ((2480, 3508), (72, 72), (300, 300), "measured"),
        ((1654, 2339), None, (200, 200), "measured"),
        ((3508, 4961), None, (300, 300), "measured"),
        ((1011, 638), None, (300, 300), "measured"),
        ((2550, 3300), (0, 0), (300, 300), "measured"),
        ((1000, 1414), None, (121, 121), "measured"),
        ((3024, 4032), (72, 72), (344.9, 344.9), "assumed"),
        ((9933, 14043), (300, 300), (300, 300), "stated"),
        ((100, 30), (2_000_000, 1), (100, 100), "assumed"),
    ],
)
def test_resolution_is_stated_measured_or_assumed(
    size: tuple[int, int], stated: tuple[float, float] | None, dpi: tuple[float, float], source: str
) -> None:
    found, found_source = resolve_dpi(*size, stated)
    assert found == pytest.approx(dpi, rel=0.01)
    assert found_source == source


def test_resolution_stated_in_the_file_is_found() -> None:
    image = picture(1240, 1754)
    for kind in ("JPEG", "PNG", "TIFF"):
        page = only_page(saved(image, kind, dpi=(150, 150)))
        assert page.dpi == pytest.approx((150, 150), abs=0.1)
        assert page.dpi_source == "stated"


COMPRESSIONS = {
    "1": ["raw", "group3", "group4", "tiff_lzw", "packbits", "tiff_adobe_deflate"],
    "L": ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"],
    "RGB": ["raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"],
    "P": ["raw", "tiff_lzw"],
    "CMYK": ["raw", "tiff_lzw"],
    "I;16": ["raw"],
}
CASES = [(mode, compression) for mode, names in COMPRESSIONS.items() for compression in names]


@pytest.mark.parametrize(("mode", "compression"), CASES)
@pytest.mark.parametrize("rows", [16, 10_000], ids=["strips", "one strip"])
def test_tiff_frames_keep_every_pixel(mode: str, compression: str, rows: int) -> None:
    image = Image.effect_noise((120, 90), 80).convert("I;16") if mode == "I;16" else picture().convert(mode)
    if mode == "RGB":
        image = Image.merge("RGB", (picture(), picture().rotate(180), picture().rotate(10)))
    data = saved(image, "TIFF", compression=compression, tiffinfo={278: rows}, dpi=(200, 200))
    source = Image.open(io.BytesIO(data))
    source.load()
    page = only_page(data)
    got = raster(page)
    if mode == "P":
        got, source = got.convert("RGB"), source.convert("RGB")  # type: ignore[assignment]  # still an image
    assert got.size == source.size == (page.width, page.height)
    assert np.array_equal(np.asarray(got.convert(source.mode)), np.asarray(source))


def test_a_group4_strip_passes_byte_for_byte() -> None:
    data = saved(picture().convert("1"), "TIFF", compression="group4", tiffinfo={278: 10_000})
    tags = Image.open(io.BytesIO(data)).tag_v2  # type: ignore[attr-defined]  # of TIFF images
    strip = data[tags[273][0] : tags[273][0] + tags[279][0]]
    page = only_page(data)
    with Pdf.open(io.BytesIO(page.data)) as pdf:
        assert only_image(pdf).read_raw_bytes() == strip
        assert only_image(pdf).Filter == pikepdf.Name.CCITTFaxDecode


def test_one_bit_frames_stay_small() -> None:
    image = picture(2480, 3508).point(lambda value: 255 * (value > 128)).convert("1")
    page = only_page(saved(image, "TIFF", compression="tiff_lzw"))
    assert len(page.data) < 5_000


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["group4", "tiff_lzw", "jpeg"])
def test_tiff_orientation_is_honoured(orientation: int, compression: str) -> None:
    image = picture().convert("1" if compression == "group4" else "L")
    tags = {274: orientation, 278: 10_000}
    data = saved(image, "TIFF", compression=compression, tiffinfo=tags, dpi=(200, 100))
    page = only_page(data)
    plain = Image.open(io.BytesIO(saved(image.convert("L"), "PNG", **with_orientation(orientation))))
    wanted = np.asarray(ImageOps.exif_transpose(plain).convert("L"))
    assert alike(upright(raster(page), page.geometry), wanted)
    turned = (page.height > page.width) != (picture().height > picture().width)
    assert page.dpi == ((100, 200) if turned else (200, 100))


def many(*images: Image.Image, **options: Any) -> bytes:
    first, *rest = images
    return saved(first, "TIFF", save_all=True, append_images=rest, **options)


def test_every_frame_is_a_page() -> None:
    frames = [picture(), picture().convert("1"), picture(300, 200).convert("RGB")]
    pages = take(many(*frames)).pages
    assert [page.no for page in pages] == [1, 2, 3]
    assert [raster(page).size for page in pages] == [frame.size for frame in frames]


def test_one_broken_frame_is_a_problem_and_the_others_go_on() -> None:
    data = bytearray(many(*[picture()] * 3, compression="tiff_adobe_deflate"))
    strip = Image.open(io.BytesIO(data))
    strip.seek(1)
    (offset, *_) = strip.tag_v2[273]  # type: ignore[attr-defined]  # of TIFF images
    data[offset : offset + 20] = b"\xff" * 20
    unpacked = take(bytes(data))
    assert [page.no for page in unpacked.pages] == [1, 3]
    assert [(p.no, type(p.error)) for p in unpacked.problems] == [(2, DamagedInputError)]


def test_a_preview_is_no_page() -> None:
    data = bytearray(many(picture(), picture(50, 65), tiffinfo={254: 0}))
    second = Image.open(io.BytesIO(data))
    second.seek(1)
    at = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, at)[0]
    following = struct.unpack_from("<I", data, at + 2 + 12 * entries)[0]
    tag, kind, count, _ = struct.unpack_from("<HHII", data, following + 2)
    assert tag == 254
    struct.pack_into("<HHII", data, following + 2, tag, kind, count, 1)
    assert [page.width for page in take(bytes(data)).pages] == [picture().width]


@pytest.mark.parametrize("kept", [0.05, 0.5, 0.98])
def test_a_cut_tiff_is_truncated(kept: float) -> None:
    data = many(picture(), picture(), compression="tiff_lzw")
    with pytest.raises(TruncatedInputError):
        take(data[: int(len(data) * kept)])


def test_a_tiff_with_a_cycle_of_directories_is_damaged() -> None:
    data = bytearray(many(picture(), picture()))
    first = struct.unpack_from("<I", data, 4)[0]
    entries = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<I", data, first + 2 + 12 * entries, first)
    with pytest.raises(DamagedInputError, match="twice"):
        take(bytes(data))


def test_too_many_frames_are_refused() -> None:
    with pytest.raises(OversizedInputError):
        take(many(*[picture(8, 8)] * 4), LIMITS.model_copy(update={"pages": 3}))


def test_big_tiffs_are_read() -> None:
    data = saved(picture(), "TIFF", big_tiff=True)
    assert data[2] == 43
    assert np.array_equal(np.asarray(raster(only_page(data))), np.asarray(picture()))

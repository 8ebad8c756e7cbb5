"""JPEG 2000 decoded in this process shows what poppler shows; what has to be converted is left to poppler."""

import io
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from scanflow.errors import DamagedInputError
from scanflow.imaging.decoding import decode as decoding
from scanflow.imaging.decoding.decode import decode
from scanflow.imaging.decoding.jpeg2000 import plain_channels
from scanflow.imaging.raster import Raster
from scanflow.model import CapturedPage
from tests.capture.samples import saved
from tests.imaging.pages import LIMITS

WIDTH, HEIGHT = 90, 130
COLOUR = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
RGB = Image.fromarray(COLOUR)
GREY = RGB.convert("L")
DEEP = Image.fromarray(np.asarray(GREY).astype(np.uint16) * 256 + 7)


def encoded(image: Image.Image, **options: object) -> bytes:
    return saved(image, "JPEG2000", **options)


def with_opacity(image: Image.Image) -> Image.Image:
    layered = image.copy()
    opacity = Image.new("L", image.size, 255)
    opacity.paste(60, (20, 20, 60, 90))
    layered.putalpha(opacity)
    return layered


def page(data: bytes, space: object = None, **more: object) -> CapturedPage:
    """A page that shows one image of this data and nothing else."""
    pdf = pikepdf.new()
    image = pdf.make_stream(data)
    keys: dict[str, Any] = {
        "Type": pikepdf.Name.XObject, "Subtype": pikepdf.Name.Image, "Width": WIDTH, "Height": HEIGHT,
        "Filter": pikepdf.Name.JPXDecode, **more,
    }  # fmt: skip
    if space is not None:
        keys["ColorSpace"] = pikepdf.Name(space) if isinstance(space, str) else space
    for name, value in keys.items():
        image[f"/{name}"] = value
    leaf = pdf.add_blank_page(page_size=(WIDTH, HEIGHT))
    leaf.obj["/Resources"] = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=image))
    leaf.obj["/Contents"] = pdf.make_stream(f"{WIDTH} 0 0 {HEIGHT} 0 0 cm /Im Do".encode())
    target = io.BytesIO()
    pdf.save(target)
    return CapturedPage(
        1, target.getvalue(), "application/pdf", WIDTH, HEIGHT, (72.0, 72.0), "stated", "scan"
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What poppler is asked to render."""
    calls: list[str] = []
    render = decoding._render

    def noting(*arguments: Any) -> Raster:
        calls.append("rendered")
        return render(*arguments)

    monkeypatch.setattr(decoding, "_render", noting)
    return calls


def by_poppler(captured: CapturedPage) -> Raster:
    with pikepdf.open(io.BytesIO(captured.data)) as pdf:
        (image,) = decoding._images(pdf.pages[0].resources)
        return decoding._render(decoding._one_image_page(image), (WIDTH, HEIGHT), False, LIMITS)


LOSSY = {"irreversible": True, "quality_mode": "rates", "quality_layers": [12]}


@pytest.mark.parametrize(
    ("data", "space"),
    [
        (encoded(RGB), "/DeviceRGB"),
        (encoded(RGB), None),
        (encoded(RGB, **LOSSY), "/DeviceRGB"),
        (encoded(RGB, no_jp2=True), "/DeviceRGB"),
        (encoded(RGB, mct=0), "/DeviceRGB"),
        (encoded(RGB, tile_size=(32, 32)), "/DeviceRGB"),
        (encoded(GREY), "/DeviceGray"),
        (encoded(GREY), None),
        (encoded(GREY, **LOSSY), "/DeviceGray"),
        (encoded(GREY, no_jp2=True), "/DeviceGray"),
        (encoded(DEEP), "/DeviceGray"),
    ],
)
def test_plain_samples_are_decoded_here_and_are_popplers_pixels(
    data: bytes, space: str | None, asked: list[str]
) -> None:
    captured = page(data, space)
    pixels = decode(captured, LIMITS)
    assert not asked
    rendered = by_poppler(captured)
    assert np.array_equal(pixels if pixels.ndim == 3 else np.dstack([pixels] * 3), rendered)


@pytest.mark.parametrize(
    ("data", "space", "more"),
    [
        (encoded(with_opacity(RGB)), "/DeviceRGB", {}),
        (encoded(with_opacity(GREY)), "/DeviceGray", {}),
        (encoded(RGB.convert("YCbCr")), "/DeviceRGB", {}),
        (encoded(RGB.convert("CMYK")), "/DeviceCMYK", {}),
        (encoded(GREY), "/DeviceRGB", {}),
        (encoded(RGB), "/DeviceRGB", {"Decode": pikepdf.Array([1, 0, 1, 0, 1, 0])}),
        (encoded(RGB), "/DeviceRGB", {"SMaskInData": 1}),
        (
            encoded(GREY),
            pikepdf.Array([
                pikepdf.Name.Indexed, pikepdf.Name.DeviceRGB, 255, pikepdf.String(bytes(range(256)) * 3),
            ]),
            {},
        ),
    ],
    ids=["opacity", "grey with opacity", "YCC", "CMYK", "other space", "inverted", "mask inside", "palette"],
)  # fmt: skip
def test_what_has_to_be_converted_is_popplers(
    data: bytes, space: object, more: dict[str, object], asked: list[str]
) -> None:
    captured = page(data, space, **more)
    pixels = decode(captured, LIMITS)
    assert asked == ["rendered"]
    assert np.array_equal(pixels, by_poppler(captured))


def test_what_is_cut_is_damaged_as_poppler_says(asked: list[str]) -> None:
    data = encoded(RGB, **LOSSY)
    with pytest.raises(DamagedInputError, match="poppler"):
        decode(page(data[: len(data) // 2], "/DeviceRGB"), LIMITS)
    assert asked


@pytest.mark.parametrize("length", [0, 3, 12, 30, 50, 80, 100])
def test_headers_that_end_too_early_are_not_plain(length: int) -> None:
    assert plain_channels(encoded(RGB)[:length]) is None
    assert plain_channels(encoded(RGB, no_jp2=True)[: min(length, 50)]) is None

"""Photographs from telephones: HEIC and WebP."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scanflow.errors import DamagedInputError, InputError, OversizedInputError, TruncatedInputError
from scanflow.model import CapturedPage, Geometry
from scanflow.settings import LimitSettings
from tests.capture.samples import alike, heic, picture, saved, take

LIMIT_OF_NONE = LimitSettings(pixels=100)


def only_page(data: bytes) -> CapturedPage:
    (page,) = take(data).pages
    assert not take(data).lossless
    assert page.altered == ("recoded",)
    return page


def shown(page: CapturedPage) -> Any:
    return np.asarray(Image.open(io.BytesIO(page.data)).convert("L"))


def lossy(image: Image.Image, **options: Any) -> bytes:
    return saved(image, "WEBP", quality=90, **options)


@pytest.mark.parametrize("made", [heic, lossy])
def test_a_photograph_is_one_page_that_looks_the_same(made: Any) -> None:
    page = only_page(made(picture()))
    assert page.media_type == "image/jpeg"
    assert (page.width, page.height) == picture().size
    assert alike(shown(page), np.asarray(picture()))


def test_a_webp_without_loss_stays_without_loss() -> None:
    page = only_page(saved(picture(), "WEBP", lossless=True))
    assert page.media_type == "image/png"
    assert np.array_equal(shown(page), np.asarray(picture()))


@pytest.mark.parametrize("made", [heic, lossy])
def test_it_is_upright_as_the_telephone_was_held(made: Any) -> None:
    exif = Image.Exif()
    exif[274] = 6
    page = only_page(made(picture(), exif=exif.tobytes()))
    assert (page.width, page.height, page.geometry) == (*reversed(picture().size), Geometry())
    assert alike(shown(page), np.asarray(picture().rotate(-90, expand=True)))


def test_what_is_transparent_is_white() -> None:
    clear = Image.new("RGBA", (80, 100), (0, 0, 0, 0))
    assert (shown(only_page(saved(clear, "WEBP", lossless=True))) == 255).all()


def test_other_pictures_of_a_file_are_named() -> None:
    moving = saved(picture(), "WEBP", save_all=True, append_images=[picture().rotate(180)], duration=100)
    assert take(moving).left_out == ("Images",)
    assert take(lossy(picture())).left_out == ()


@pytest.mark.parametrize("made", [heic, lossy])
def test_what_cannot_be_read_is_refused(made: Any) -> None:
    data = made(picture())
    with pytest.raises(TruncatedInputError):
        take(data[: len(data) - 20])
    with pytest.raises(OversizedInputError):
        take(data, LIMIT_OF_NONE)
    spoiled = data[:40] + bytes(len(data) - 40)
    with pytest.raises(InputError):
        take(spoiled)


def test_damage_within_a_picture_is_reported() -> None:
    data = bytearray(lossy(picture()))
    data[20:60] = b"\xff" * 40
    with pytest.raises(DamagedInputError):
        take(bytes(data))

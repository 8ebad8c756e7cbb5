"""Damages of a sheet before or during scanning, beyond those of `fixtures.damage`.

They show where reading fails. No limit of the program is chosen by these pages alone.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from fixtures import fonts, raster
from fixtures.sheet import BLUE, RED, Colour, Mark, Rule, Seal, Sheet, Text

DPI = 200
_MM = DPI / 25.4
"""Pixels of a millimetre."""

Light = NDArray[np.floating[Any]]
Rng = np.random.Generator


def _same_sheet(sheet: Sheet, _rng: Rng) -> Sheet:
    return sheet


def _same_pixels(pixels: Light, _rng: Rng) -> Light:
    return pixels


@dataclass(frozen=True, slots=True)
class Damage:
    """What is changed on the sheet, then on its pixels (H×W×3, RGB, 0 to 255), and how they are kept.

    `bilevel` is the grey level below which a pixel is black; None keeps greys and colours.
    """

    pixels: Callable[[Light, Rng], Light] = _same_pixels
    sheet: Callable[[Sheet, Rng], Sheet] = _same_sheet
    dpi: int = DPI
    bilevel: int | None = None
    container: Literal["png", "jpeg"] = "png"


def damaged(sheet: Sheet, damage: Damage, seed: int) -> tuple[bytes, str]:
    """A damaged scan of the sheet: a file's bytes and its name's suffix. The seed decides all chances."""
    rng = np.random.default_rng(seed)
    page = raster.draw(damage.sheet(sheet, rng), damage.dpi)
    light = np.asarray(page, np.float32)
    light = damage.pixels(light + rng.standard_normal(light.shape[:2], np.float32)[..., None] * 2, rng)
    image = Image.fromarray(light.clip(0, 255).astype(np.uint8))
    if damage.bilevel is not None:
        black = np.asarray(image.convert("L")) < damage.bilevel
        image = Image.fromarray(~black)
    kept = io.BytesIO()
    dpi = (damage.dpi, damage.dpi)
    if damage.container == "jpeg":
        image.convert("RGB").save(kept, "JPEG", quality=10, dpi=dpi)
        return kept.getvalue(), ".jpg"
    image.save(kept, "PNG", dpi=dpi)
    return kept.getvalue(), ".png"


# --- on the sheet -----------------------------------------------------------------------------------------


def _texts(sheet: Sheet, change: Callable[[Text], Text]) -> Sheet:
    marks: list[Mark] = [change(mark) if isinstance(mark, Text) else mark for mark in sheet.marks]
    return replace(sheet, marks=marks)


def _small(sheet: Sheet, _rng: Rng) -> Sheet:
    return _texts(sheet, lambda text: replace(text, size=text.size * 7.5 / 13))


def _typewriter(sheet: Sheet, _rng: Rng) -> Sheet:
    """Each run in a face of one width, as much smaller as it takes."""

    def change(text: Text) -> Text:
        if not text.text:
            return text
        shrunk = fonts.ems(text.font, text.text) / fonts.ems("mono", text.text)
        return replace(text, font="mono", size=text.size * min(1.0, shrunk))

    return _texts(sheet, change)


def _coloured(sheet: Sheet, rng: Rng) -> Sheet:
    colours: list[Colour] = [RED, BLUE, (20, 120, 60), (110, 40, 130), (150, 90, 20)]
    return _texts(sheet, lambda text: replace(text, colour=colours[rng.integers(len(colours))]))


def _underlined(sheet: Sheet, _rng: Rng) -> Sheet:
    texts = [mark for mark in sheet.marks if isinstance(mark, Text) and mark.text]
    rules = [
        Rule(text.x, text.y + 0.6, text.x + fonts.width(text.font, text.size, text.text), text.y + 0.6)
        for text in texts
    ]
    return replace(sheet, marks=[*sheet.marks, *rules])


def _blue_stamps(sheet: Sheet, rng: Rng) -> Sheet:
    seals = [
        Seal(float(rng.uniform(40, 170)), y + float(rng.uniform(-15, 15)), 17, "PHÒNG TƯ PHÁP", colour=BLUE)
        for y in (90, 150, 210)
    ]
    return replace(sheet, marks=[*sheet.marks, *seals])


# --- on paper and glass -----------------------------------------------------------------------------------


def _drawn(draw: Callable[[ImageDraw.ImageDraw, Rng], None]) -> Callable[[Light, Rng], Light]:
    """Drawn in ink that lets through what is below: the page multiplied with the drawing."""

    def apply(pixels: Light, rng: Rng) -> Light:
        ink = Image.new("RGB", (pixels.shape[1], pixels.shape[0]), "white")
        draw(ImageDraw.Draw(ink), rng)
        return np.asarray(pixels * (np.asarray(ink, np.float32) / 255), np.float32)

    return apply


def _clouds(shape: tuple[int, ...], cells: int, rng: Rng) -> Light:
    """A smooth random field between 0 and 1 of so many cells down the page."""
    coarse = rng.random((cells, cells), np.float32)
    return cv2.resize(coarse, (shape[1], shape[0]), interpolation=cv2.INTER_CUBIC).clip(0, 1)


def _grain(pixels: Light, rng: Rng) -> Light:
    return pixels + rng.standard_normal(pixels.shape[:2], np.float32)[..., None] * 28


def _shadow(pixels: Light, rng: Rng) -> Light:
    """A soft dark band down the page, as beside a book's fold."""
    across = np.arange(pixels.shape[1], dtype=np.float32)
    middle, width = rng.uniform(0.2, 0.8) * pixels.shape[1], 15 * _MM
    dark = 1 - 0.65 * np.exp(-(((across - middle) / width) ** 2))
    return np.asarray(pixels * dark[None, :, None], np.float32)


def _overleaf(pixels: Light, _rng: Rng) -> Light:
    back = cv2.GaussianBlur(np.roll(pixels[:, ::-1], 30, axis=0), (0, 0), 2)
    return pixels * (1 - 0.3 * (255 - back) / 255)


def _moved(pixels: Light, dx: Light, dy: Light) -> Light:
    ys, xs = np.indices(pixels.shape[:2], np.float32)
    return cv2.remap(pixels, xs + dx, ys + dy, cv2.INTER_CUBIC, borderValue=(255, 255, 255)).astype(
        np.float32
    )


def _waves(pixels: Light, rng: Rng) -> Light:
    """Lines that rise and fall by 2 mm, as paper that was wet."""
    xs = np.arange(pixels.shape[1], dtype=np.float32)
    wave = 2 * _MM * np.sin(xs / pixels.shape[1] * 4 * np.pi + rng.uniform(0, 6))
    return _moved(pixels, np.zeros(pixels.shape[:2], np.float32), np.broadcast_to(wave, pixels.shape[:2]))


def _crumpled(pixels: Light, rng: Rng) -> Light:
    """Smooth hollows that shade the page and shift its print by up to 1 mm."""
    shape = pixels.shape[:2]
    shade = 0.75 + 0.25 * _clouds(shape, 9, rng)
    dx, dy = ((_clouds(shape, 7, rng) - 0.5) * 2 * _MM for _ in range(2))
    return _moved(pixels, dx, dy) * shade[..., None]


def _dark_paper(pixels: Light, _rng: Rng) -> Light:
    return 70 + pixels / 255 * 75


def _carbon_copy(pixels: Light, rng: Rng) -> Light:
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.4)
    return 255 - (255 - soft) * 0.5 + rng.standard_normal(pixels.shape[:2], np.float32)[..., None] * 6


def _marker(pen: ImageDraw.ImageDraw, rng: Rng) -> None:
    """Yellow and green bands of a marker, and a pen's strokes under and through words."""
    for _ in range(6):
        x, y = rng.uniform(20, 120) * _MM, rng.uniform(50, 260) * _MM
        colour = (255, 245, 110) if rng.random() < 0.5 else (150, 240, 150)
        pen.rectangle((x, y, x + rng.uniform(20, 60) * _MM, y + 6 * _MM), fill=colour)
    for _ in range(8):
        x, y = rng.uniform(20, 140) * _MM, rng.uniform(50, 260) * _MM
        pen.line((x, y, x + rng.uniform(10, 40) * _MM, y + rng.uniform(-2, 2) * _MM), fill=BLUE, width=3)


def _watermark(pixels: Light, _rng: Rng) -> Light:
    """BẢN SAO in large grey letters across the page."""
    mark = Image.new("L", (pixels.shape[1], pixels.shape[0]), 255)
    font = fonts.at("sans-bold", 42 * _MM)
    middle = (pixels.shape[1] / 2, pixels.shape[0] / 2)
    ImageDraw.Draw(mark).text(middle, "BẢN SAO", fill=175, font=font, anchor="mm")
    turned = mark.rotate(45, Image.Resampling.BICUBIC, fillcolor=255)
    return np.asarray(np.minimum(pixels, np.asarray(turned, np.float32)[..., None]), np.float32)


def _turned(pixels: Light, degrees: float, ground: int) -> Light:
    """The sheet askew on a ground of this grey level, its corners not cut."""
    image = Image.fromarray(pixels.clip(0, 255).astype(np.uint8))
    return np.asarray(
        image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(ground,) * 3), np.float32
    )


def _askew(least: float, most: float) -> Callable[[Light, Rng], Light]:
    return lambda pixels, rng: _turned(pixels, rng.uniform(least, most) * rng.choice((-1, 1)), 255)


def _black_border(pixels: Light, rng: Rng) -> Light:
    turned = _turned(pixels, rng.uniform(1.5, 4), 15)
    return np.pad(turned, ((30, 60), (50, 20), (0, 0)), constant_values=15)


def _fax(pixels: Light, rng: Rng) -> Light:
    """Half the rows, some shifted, some lost, some black."""
    rows = np.repeat(pixels[::2], 2, axis=0)[: len(pixels)].copy()
    for y in rng.integers(0, len(rows) - 8, 40):
        rows[y : y + rng.integers(2, 7)] = np.roll(rows[y : y + 1], rng.integers(-30, 30), axis=1)
    for y in rng.integers(0, len(rows) - 4, 12):
        rows[y : y + rng.integers(1, 4)] = rng.choice((0, 255))
    return rows


def _specks(pixels: Light, rng: Rng) -> Light:
    spoilt = pixels.copy()
    count = spoilt[..., 0].size // 6000
    ys, xs = rng.integers(0, len(spoilt) - 3, count), rng.integers(0, spoilt.shape[1] - 3, count)
    for y, x, size in zip(ys, xs, rng.integers(1, 4, count), strict=True):
        spoilt[y : y + size, x : x + size] = 0
    return spoilt


def _coloured_paper(pixels: Light, rng: Rng) -> Light:
    uneven = 0.85 + 0.15 * _clouds(pixels.shape[:2], 5, rng)
    return pixels * uneven[..., None] * (np.array((250, 225, 190), np.float32) / 255)


def _stained(pixels: Light, rng: Rng) -> Light:
    """Brown stains with a darker rim, as of coffee."""
    ys, xs = np.indices(pixels.shape[:2], np.float32)
    light = np.ones(pixels.shape[:2], np.float32)
    for _ in range(3):
        y, x = rng.uniform(0.2, 0.9) * pixels.shape[0], rng.uniform(0.1, 0.9) * pixels.shape[1]
        far = np.hypot(ys - y, xs - x) / (rng.uniform(15, 35) * _MM)
        light = light * np.where(far < 1, 0.82, 1) - 0.25 * np.exp(-(((far - 1) / 0.04) ** 2))
    return pixels * light[..., None] ** np.array((0.6, 1.0, 1.6), np.float32)


def _screen(pixels: Light, _rng: Rng) -> Light:
    """A photograph of a screen: a pattern of its pixels, a blue tint, less light at the edges."""
    ys, xs = np.indices(pixels.shape[:2], np.float32)
    pattern = 1 - 0.12 * (np.sin(xs * 2.1 + ys * 0.05) + np.sin(ys * 1.9)) / 2
    far = np.hypot(xs / pixels.shape[1] - 0.5, ys / pixels.shape[0] - 0.5)
    soft = cv2.GaussianBlur(pixels, (0, 0), 0.8)
    tint = np.array((0.82, 0.9, 1), np.float32)
    return np.asarray(soft * (pattern * (1 - 0.5 * far**2))[..., None] * tint, np.float32)


def _squared(pen: ImageDraw.ImageDraw, _rng: Rng) -> None:
    for at in np.arange(0, 300 * _MM, 5 * _MM):
        pen.line((at, 0, at, 4000), fill=(185, 185, 185), width=2)
        pen.line((0, at, 4000, at), fill=(185, 185, 185), width=2)


def _folded(pixels: Light, rng: Rng) -> Light:
    """Two creases across the page, each part of it in its own light."""
    spoilt = pixels.copy()
    for y in (len(pixels) // 3 + rng.integers(-30, 30), 2 * len(pixels) // 3 + rng.integers(-30, 30)):
        spoilt[y:] *= rng.uniform(0.85, 0.97)
        spoilt[y - 1 : y + 2] *= 0.35
    return spoilt


def _movement(along: bool) -> Callable[[Light, Rng], Light]:
    kernel = np.full((9, 1) if along else (1, 9), 1 / 9, np.float32)
    return lambda pixels, _rng: cv2.filter2D(pixels, -1, kernel).astype(np.float32)


def _soft(pixels: Light, _rng: Rng) -> Light:
    return cv2.GaussianBlur(pixels, (0, 0), 0.9).astype(np.float32)


def _toner(pixels: Light, rng: Rng) -> Light:
    """A drum that runs out of toner: bands down the page with a third of the ink."""
    ink = np.ones(pixels.shape[1], np.float32)
    for left in rng.integers(0, pixels.shape[1] - 100, 5):
        ink[left : left + rng.integers(40, 160)] = 0.35
    soft = cv2.GaussianBlur(ink[None], (0, 0), 8)
    return 255 - (255 - pixels) * soft[..., None]


def _faded(pixels: Light, rng: Rng) -> Light:
    """Thermal paper that has lost its ink unevenly."""
    ink = 0.18 + 0.5 * _clouds(pixels.shape[:2], 4, rng)
    return 255 - (255 - pixels) * ink[..., None]


def _doubled(pixels: Light, _rng: Rng) -> Light:
    """Printed twice, half a millimetre apart, the second time paler."""
    return np.asarray(np.minimum(pixels, 255 - (255 - np.roll(pixels, (3, 3), (0, 1))) * 0.4), np.float32)


def _punched(pen: ImageDraw.ImageDraw, rng: Rng) -> None:
    """Holes of a punch, with a dark lid behind, and shadows of staples."""
    for hole in (100, 197):
        pen.ellipse((9 * _MM, hole * _MM, 15 * _MM, (hole + 6) * _MM), fill=(30, 30, 30))
    for _ in range(2):
        x, y = rng.uniform(5, 25) * _MM, rng.uniform(5, 25) * _MM
        pen.line((x, y, x + 10 * _MM, y + 4 * _MM), fill=(90, 90, 90), width=4)


DAMAGES: dict[str, Damage] = {
    "none": Damage(),
    "grain, 28 levels": Damage(_grain),
    "shadow of a fold": Damage(_shadow),
    "print overleaf, 30 %": Damage(_overleaf),
    "waves of 2 mm": Damage(_waves),
    "crumpled": Damage(_crumpled),
    "dark paper, little contrast": Damage(_dark_paper),
    "carbon copy": Damage(_carbon_copy),
    "marker and pen strokes": Damage(_drawn(_marker)),
    "1-bit, thin": Damage(bilevel=95),
    "1-bit, fat": Damage(_soft, bilevel=215),
    "3 to 9° askew": Damage(_askew(3, 9)),
    "17 to 38° askew": Damage(_askew(17, 38)),
    "watermark": Damage(_watermark),
    "black border, askew": Damage(_black_border),
    "underlined": Damage(sheet=_underlined),
    "fax": Damage(_fax, bilevel=150),
    "1-bit with specks": Damage(_specks, bilevel=150),
    "coloured, uneven paper": Damage(_coloured_paper),
    "coffee": Damage(_stained),
    "print of 7.5 points": Damage(sheet=_small),
    "photograph of a screen": Damage(_screen),
    "text in five colours": Damage(sheet=_coloured),
    "squared paper": Damage(_drawn(_squared)),
    "folded twice": Damage(_folded),
    "three blue stamps": Damage(sheet=_blue_stamps),
    "JPEG 10": Damage(container="jpeg"),
    "a program's picture, 96 dpi": Damage(dpi=96),
    "movement, across": Damage(_movement(along=False)),
    "movement, along": Damage(_movement(along=True)),
    "typewriter": Damage(sheet=_typewriter),
    "toner runs out": Damage(_toner),
    "faded": Damage(_faded),
    "printed twice": Damage(_doubled),
    "punched and stapled": Damage(_drawn(_punched)),
}

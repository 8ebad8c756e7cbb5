"""Training lines as pictures: blocks of a few lines are set, worn, and cut into lines as Tesseract would.

Lines are set in blocks because a line cut out of a page has pieces of its neighbours above and below, and
because a page has one scanner. Tesseract scales each line's box to 36 pixels, so it matters what it holds.
Here it holds the line's ink, at least from the capitals' height to the descenders, and 4 pixels around. In
every third line it ends near the capitals' height, as Tesseract's does where it leaves the uppermost marks
out of the line ("phố" loses most of its tone): what remains of the mark then has to do.
"""

import random
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from scanflow.text.alphabet import TONE_MARKS
from scanflow.text.normalization import nfc
from scanflow.units import POINTS_PER_INCH
from training import faces, wear
from training.faces import Family
from training.text import Sources, make_line

_BELOW = "\u0323"
_ROOFS = "\u0302\u0306"  # circumflex and breve
_PADDING = 4  # kImagePadding in Tesseract's linerec.cpp
_LINES = 6
_MARKS_LEFT_OUT = 0.33  # of the lines
_MARGIN = 60


@dataclass(frozen=True)
class _Run:
    """Words in one style."""

    text: str
    font: ImageFont.FreeTypeFont
    slant: float


@dataclass(frozen=True)
class _Looseness:
    """Where tone marks stand in a block, against where the font's designer put them, in ems.

    Fonts differ most in this (TCVN3's and VNI's above all), and tones are what is misread most.
    """

    stacked: float
    aside: float
    lift: float


@dataclass(frozen=True)
class _Box:
    """A line's ink and its text, in pixels of the block."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def make_lines(
    sources: Sources, families: tuple[Family, ...], count: int, seed: int
) -> Iterator[tuple[NDArray[np.uint8], str]]:
    """`count` lines, the same for the same seed."""
    rng = random.Random(seed)
    while count > 0:
        for line in _block(sources, families, rng):
            if count > 0:
                yield line
                count -= 1


def _block(
    sources: Sources, families: tuple[Family, ...], rng: random.Random
) -> Iterator[tuple[NDArray[np.uint8], str]]:
    family = rng.choices(families, [each.weight for each in families])[0]
    points = rng.choices((5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), (2, 3, 3, 4, 4, 8, 11, 17, 25, 20, 3))[0]
    finest = points < 8  # smaller print is no print at 150 dpi
    dpi = rng.choices((200, 300, 250, 150), (70, 15, 8, 0 if finest else 7))[0]
    # Supersampled print has soft edges like a scan; drawn directly it is hinted as on a screen.
    fine = rng.choice((1, 2, 3))
    em = points / POINTS_PER_INCH * dpi
    pitch = em * rng.uniform(1.1, 1.6)
    loose = _looseness(rng) if rng.random() < 0.16 and faces.has(family, 0, "\u0309") else None
    usual = rng.choices(range(4), (46, 24, 21, 9))[0]
    texts = [text for text in (make_line(sources, rng) for _ in range(_LINES)) if text]
    lines = [_runs(text, family, usual, em * fine, rng) for text in texts]
    width = max(sum(run.font.getlength(run.text) for run in runs) for runs in lines) / fine
    size = round((width + 2 * _MARGIN) * fine), round((pitch * len(lines) + 2 * _MARGIN) * fine)
    press = _Press(Image.new("L", size, 255), em * fine, fine, loose)
    boxes = []
    for place, (runs, text) in enumerate(zip(lines, texts, strict=True)):
        baseline = (_MARGIN + pitch * (place + 0.8)) * fine
        box = press.set_line(runs, text, baseline)
        boxes.append(_lowered(box, baseline / fine, em, rng))
        if rng.random() < 0.02:
            press.underline(box, baseline)
    grey = np.asarray(press.page.resize((size[0] // fine, size[1] // fine), Image.Resampling.BOX), np.float32)
    stretch = rng.uniform(0.93, 1.07) if rng.random() < 0.4 else 1.0
    angle = rng.gauss(0, 0.12)
    grey, turn = _bent(grey, stretch, angle)
    worn = wear.worn(grey, dpi, rng)
    scale = 200 / dpi if dpi > 200 and rng.random() < 0.8 else 1.0
    if scale != 1:
        worn = wear.reduced(worn, scale)
    for box in boxes:
        yield _cut(worn, box, turn, scale, rng), box.text


def _lowered(box: _Box, baseline: float, em: float, rng: random.Random) -> _Box:
    """The box as Tesseract sometimes draws it: without the uppermost marks."""
    if rng.random() > _MARKS_LEFT_OUT:
        return box
    return replace(box, top=max(box.top, baseline - rng.uniform(0.64, 0.8) * em))


def _looseness(rng: random.Random) -> _Looseness:
    return _Looseness(rng.uniform(0.0, 0.22), rng.uniform(-0.05, 0.06), rng.uniform(-0.02, 0.05))


def _runs(text: str, family: Family, usual: int, pixels: float, rng: random.Random) -> list[_Run]:
    """The line in the block's style, in another, or half and half (**Điều 1.** Phê duyệt …)."""
    style = usual if rng.random() < 0.7 else rng.randrange(4)
    words = text.split(" ")
    cut = rng.randint(1, len(words) - 1) if len(words) > 2 and rng.random() < 0.12 else len(words)
    parts = [(" ".join(words[:cut]), style), (" ".join(words[cut:]), rng.randrange(4))]
    runs = []
    for place, (part, each) in enumerate(parts):
        if part:
            font = faces.load(family, each, pixels)
            runs.append(_Run((" " if place else "") + part, font, 0.06 if each >= 2 else 0.0))
    return runs


@dataclass(frozen=True)
class _Press:
    """What prints a block: `fine` pixels of the page make one of the block, `em` is in the page's."""

    page: Image.Image
    em: float
    fine: int
    loose: _Looseness | None

    def set_line(self, runs: list[_Run], text: str, baseline: float) -> _Box:
        """Draw a line; give its box in pixels of the block."""
        pen = ImageDraw.Draw(self.page)
        x, top, bottom = float(_MARGIN * self.fine), -0.66 * self.em, 0.2 * self.em
        for run in runs:
            if self.loose:
                for letter in run.text:
                    self._draw_loose(pen, letter, run, (x, baseline), self.loose)
                    x += run.font.getlength(letter)
            else:
                pen.text((x, baseline), run.text, fill=0, font=run.font, anchor="ls")
                x += run.font.getlength(run.text)
            extent = run.font.getbbox(run.text, anchor="ls")
            top, bottom = min(top, extent[1]), max(bottom, extent[3])
        edges = (edge / self.fine for edge in (baseline + top, x, baseline + bottom))
        return _Box(text, _MARGIN, *edges)

    def _draw_loose(
        self,
        pen: ImageDraw.ImageDraw,
        letter: str,
        run: _Run,
        place: tuple[float, float],
        loose: _Looseness,
    ) -> None:
        """A letter whose tone mark is drawn apart from it."""
        parts = unicodedata.normalize("NFD", letter)
        tone = next((part for part in parts if part in TONE_MARKS), "")
        base = nfc(parts.replace(tone, "")) if tone else letter
        if base == "i" and tone and tone != _BELOW:
            base = "ı"  # a tone above takes the dot's place
        pen.text(place, base, fill=0, font=run.font, anchor="ls")
        if not tone:
            return
        x, baseline = place
        bare, full, mark = (_ink(run.font, text) for text in (parts[0], base, tone))
        middle = x + (bare[0] + bare[2]) / 2
        if tone == _BELOW:
            middle -= run.slant * self.em
            origin = baseline + (0.07 + loose.lift) * self.em - mark[1]
        elif len(parts) == 3 and parts[1] in _ROOFS:
            middle += loose.stacked * 0.75 * self.em
            lift = -0.1 if loose.stacked > 0.12 else 0.03 + loose.lift  # beside the roof, or over it
            origin = baseline + full[1] - lift * self.em - mark[3]
        else:
            middle += (loose.aside + run.slant) * self.em
            origin = baseline + full[1] - (0.03 + loose.lift) * self.em - mark[3]
        pen.text((middle - (mark[0] + mark[2]) / 2, origin), tone, fill=0, font=run.font, anchor="ls")

    def underline(self, box: _Box, baseline: float) -> None:
        """A rule close below a line, as under heads."""
        y, width = baseline + 2.5 * self.fine, max(1, self.fine)
        ends = (box.left * self.fine, y, box.right * self.fine, y)
        ImageDraw.Draw(self.page).line(ends, fill=0, width=width)


@cache
def _ink(font: ImageFont.FreeTypeFont, text: str) -> tuple[float, float, float, float]:
    """Where ink falls, from the pen's place; Pillow's own box reaches to the baseline and the advance."""
    left, top, _, _ = font.getbbox(text, anchor="ls")
    ink = font.getmask(text).getbbox() or (0, 0, 0, 0)
    return left + ink[0], top + ink[1], left + ink[2], top + ink[3]


def _bent(grey: wear.Grey, stretch: float, angle: float) -> tuple[wear.Grey, NDArray[np.float64]]:
    """Wider or narrower letters and a slight skew; and the affine map that did it."""
    height, width = grey.shape
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), np.float64)
    turn[:, 0] *= stretch
    size = (round(width * max(1.0, stretch)), height)
    if stretch == 1 and abs(angle) < 0.05:
        return grey, np.array([[1.0, 0, 0], [0, 1.0, 0]])
    bent = cv2.warpAffine(grey, turn, size, flags=cv2.INTER_LINEAR, borderValue=(255,))
    return np.asarray(bent, np.float32), turn


def _cut(
    page: NDArray[np.uint8], box: _Box, turn: NDArray[np.float64], scale: float, rng: random.Random
) -> NDArray[np.uint8]:
    corners = np.array([(x, y, 1.0) for x in (box.left, box.right) for y in (box.top, box.bottom)])
    around = (turn @ corners.T) * scale
    left, top = around.min(axis=1)
    right, bottom = around.max(axis=1)
    pad = [_PADDING + rng.choice((-2, -1, 0, 0, 0, 1, 2, 3)) for _ in range(4)]
    pad[0] += rng.choice((0, 0, 0, 8))
    y0, y1 = max(0, round(top) - pad[1]), min(page.shape[0], round(bottom) + pad[3])
    x0, x1 = max(0, round(left) - pad[0]), min(page.shape[1], round(right) + pad[2])
    return page[y0:y1, x0:x1]

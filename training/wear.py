"""What scanners and copiers do to print, on a block of grey lines; harsher than fixtures/damage.py.

Each step takes and gives grey levels as float (0 black, 255 white).
"""

import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from scanflow.units import MM_PER_INCH

Grey = NDArray[np.float32]


def worn(page: Grey, dpi: float, rng: random.Random) -> NDArray[np.uint8]:
    """The block as some scanner delivers it, grey."""
    noise = np.random.default_rng(rng.getrandbits(32))
    page = _overlaid(_on_waves(page, dpi, rng), dpi, rng)
    kind = rng.choices((_clean, _scanned, _bilevel, _copied), (26, 32, 27, 15))[0]
    page = kind(page, dpi, rng, noise)
    if rng.random() < 0.15:
        page = _specked(page, dpi, rng, noise)
    return page.clip(0, 255).astype(np.uint8)


def reduced(page: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """As the line hands finer scans to the reader."""
    return np.asarray(cv2.resize(page, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


Step = Callable[[Grey, float, random.Random, np.random.Generator], Grey]


def _clean(page: Grey, _dpi: float, rng: random.Random, _noise: np.random.Generator) -> Grey:
    """A page printed to a picture, never on paper; perhaps through JPEG."""
    black = rng.choice((0, 0, 20, 60))
    page = (black + page * ((255 - black) / 255)).astype(np.float32)
    return _jpeg(page, rng.randint(55, 92)) if rng.random() < 0.3 else page


def _scanned(page: Grey, dpi: float, rng: random.Random, noise: np.random.Generator) -> Grey:
    """Grey or colour: paper not white, ink not black, soft edges, grain, a lamp that is not even."""
    page = _blurred(page, rng.uniform(0.3, 1.0) * dpi / 200)
    if rng.random() < 0.35:
        page = _unevenly_inked(page, rng.uniform(0.15, 0.5), dpi, noise)
    white, black = rng.uniform(205, 254), rng.uniform(5, 95)
    page = black + page * ((white - black) / 255)
    lamp = 1 + rng.uniform(-0.1, 0.1) * np.linspace(-1, 1, page.shape[1], dtype=np.float32)
    page = page * lamp + noise.standard_normal(page.shape, np.float32) * rng.uniform(0.5, 9)
    return _jpeg(page, rng.randint(28, 88)) if rng.random() < 0.55 else page


def _bilevel(page: Grey, dpi: float, rng: random.Random, noise: np.random.Generator) -> Grey:
    """Black or white, from over-inked to faint, as fax and CCITT scans are."""
    page = _blurred(page, rng.uniform(0.35, 0.9) * dpi / 200)
    if rng.random() < 0.4:
        page = _unevenly_inked(page, rng.uniform(0.1, 0.35), dpi, noise)
    page = page + noise.standard_normal(page.shape, np.float32) * rng.uniform(0, 22)
    return np.where(page > rng.uniform(100, 205), np.float32(255), np.float32(0))


def _copied(page: Grey, dpi: float, rng: random.Random, noise: np.random.Generator) -> Grey:
    """A photocopy of a photocopy: each time softer edges, then hard ones again, and some dirt."""
    for _ in range(rng.randint(1, 2)):
        page = _blurred(page, rng.uniform(0.4, 0.8) * dpi / 200)
        grain = _blurred(noise.standard_normal(page.shape, np.float32) * rng.uniform(15, 45), 0.6)
        page = _unevenly_inked(page, rng.uniform(0.05, 0.25), dpi, noise) + grain
        slope, middle = rng.uniform(2, 6), rng.uniform(120, 185)
        page = ((page - middle) * slope + 128).clip(0, 255)
    page = _specked(page, dpi, rng, noise)
    return np.where(page > 128, np.float32(255), np.float32(0)) if rng.random() < 0.6 else page


def _blurred(page: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def _unevenly_inked(page: Grey, most: float, dpi: float, noise: np.random.Generator) -> Grey:
    """Ink that thins out in places a few letters wide."""
    height, width = page.shape
    cell = max(4, round(dpi / 12))
    coarse = noise.random((height // cell + 2, width // cell + 2), np.float32)
    lost = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * most
    return np.asarray(255 - (255 - page) * (1 - lost), np.float32)


def _jpeg(page: Grey, quality: int) -> Grey:
    _, data = cv2.imencode(".jpg", page.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)


def _specked(page: Grey, dpi: float, rng: random.Random, noise: np.random.Generator) -> Grey:
    """Dirt on the glass: small dots of ink, and a few of paper in the ink."""
    page = page.copy()
    count = round(page.size / 30_000 * rng.uniform(0.3, 3))
    for y, x in zip(
        noise.integers(0, page.shape[0], count), noise.integers(0, page.shape[1], count), strict=True
    ):
        radius = max(1, round(rng.uniform(0.2, 1.4) * dpi / 200))
        tone = rng.uniform(0, 90) if rng.random() < 0.8 else 255.0
        cv2.circle(page, (int(x), int(y)), radius, tone, -1)
    return page


def _overlaid(page: Grey, dpi: float, rng: random.Random) -> Grey:
    """Part of a seal's ring, or a pen's line, over the print: they darken what they fall on."""
    if rng.random() > 0.1:
        return page
    height, width = page.shape
    ink = np.full_like(page, 255)
    tone = rng.uniform(110, 220)
    for _ in range(rng.randint(1, 2)):
        centre = rng.randrange(width), rng.randrange(-height // 2, height + height // 2)
        radius = round(rng.uniform(12, 20) / MM_PER_INCH * dpi)
        for inner in (1.0, 0.9):
            cv2.circle(ink, centre, round(radius * inner), tone, rng.randint(1, 4), cv2.LINE_AA)
    return np.asarray(page * ink / 255, np.float32)


def _on_waves(page: Grey, dpi: float, rng: random.Random) -> Grey:
    """On a certificate's or card's ground: pale fine lines in waves (hoa văn)."""
    if rng.random() > 0.08:
        return page
    height, width = page.shape
    ground = np.full_like(page, 255)
    tone, pitch = rng.uniform(170, 235), rng.uniform(1.5, 5) / MM_PER_INCH * dpi
    length, swing = rng.uniform(8, 40) / MM_PER_INCH * dpi, rng.uniform(1, 4) / MM_PER_INCH * dpi
    across = np.arange(width, dtype=np.float32)
    for phase in (0.0, rng.uniform(0.5, 3.0)):
        wave = swing * np.sin(2 * np.pi * across / length + phase)
        for row in np.arange(-swing, height + swing, pitch):
            curve = np.stack([across, row + wave], axis=1).round().astype(np.int32)
            cv2.polylines(ground, [curve], False, tone, 1, cv2.LINE_AA)
    return np.asarray(page * ground / 255, np.float32)

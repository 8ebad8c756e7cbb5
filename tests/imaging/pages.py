"""Pages with known truth: drawn here, or from the project's own fixtures."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from scanflow.capture.files.unpack import unpack
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.raster import Raster, as_raster, to_grey
from scanflow.model import Geometry
from scanflow.settings import LimitSettings

ROOT = Path(__file__).parents[2]
FIXTURES = ROOT / "fixtures"
LIMITS = LimitSettings()
A4 = (8.27, 11.69)


@dataclass(frozen=True, slots=True)
class FixturePage:
    """A scanned page as it came (turned as its source states), and what it is in truth."""

    name: str
    image: Raster
    dpi: float
    geometry: Geometry
    blank: bool
    damages: frozenset[str]

    @property
    def grey(self) -> Raster:
        return to_grey(self.image)

    @property
    def upright(self) -> Raster:
        return to_upright(self.image, self.geometry)


@cache
def fixture_pages() -> tuple[FixturePage, ...]:
    """Every scanned page of the fixtures' dossiers that can be read."""
    found: list[FixturePage] = []
    for truth_file in sorted((FIXTURES / "truth").glob("*.json")):
        batch = json.loads(truth_file.read_text(encoding="utf-8"))
        for file in batch["files"]:
            if file["outcome"] == "quarantined" or not file.get("pages"):
                continue
            name = f"{batch['batch']}/{file['name']}"
            data = (FIXTURES / "dossiers" / name).read_bytes()
            unpacked = unpack(data, file["name"], LIMITS, 0.7)
            for page, truth in zip(unpacked.pages, file["pages"], strict=True):
                if page.kind == "text":
                    continue
                image, dpi = square(decode(page, LIMITS), page)
                turn = (truth["rotation"] - page.geometry.rotation) % 360
                found.append(
                    FixturePage(
                        name=f"{name}:{page.no}",
                        image=to_upright(image, page.geometry),
                        dpi=dpi,
                        geometry=Geometry(rotation=turn, skew=truth["skew"]),
                        blank=truth["blank"],
                        damages=frozenset(truth["damages"]),
                    )
                )
    assert len(found) > 30  # the tests of all of them say nothing where there are none
    return tuple(found)


def written_pages() -> list[FixturePage]:
    """The fixtures' pages with running text: no blanks, no drawings, no cards."""
    few_words = (
        "02-ban-ve",
        "3_trichdo",
        "cccd",
        "tuy-than",
        "scan0001.pdf:5",
        "scan0001.pdf:6",
        "anh3.tif:2",
    )
    return [p for p in fixture_pages() if not p.blank and not any(word in p.name for word in few_words)]


def plain_page() -> FixturePage:
    """A clean, straight page of running text."""
    return next(p for p in fixture_pages() if p.name.endswith("hop-dong.pdf:1"))


def sheet(dpi: float = 200, paper: int = 245, grain: float = 2.0, seed: int = 1) -> Raster:
    """An empty A4 sheet with some grain."""
    width, height = round(A4[0] * dpi), round(A4[1] * dpi)
    noise = np.random.default_rng(seed).normal(paper, grain, (height, width))
    return np.clip(noise, 0, 255).astype(np.uint8)


def write(
    page: Raster, text: str, x_mm: float, y_mm: float, dpi: float, *, height_mm: float = 2.5, ink: int = 40
) -> None:
    """Draw a line of Latin text; `y_mm` is its base line, `height_mm` that of its capitals."""
    mm = dpi / 25.4
    at, scale = (round(x_mm * mm), round(y_mm * mm)), height_mm * mm / 21
    cv2.putText(
        page, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, (ink,), max(1, round(0.35 * mm)), cv2.LINE_AA
    )


def text_page(dpi: float = 200, ink: int = 40) -> Raster:
    """A sheet with thirty lines of Latin text."""
    page = sheet(dpi)
    for i in range(30):
        write(page, f"{i}. Luat dat dai va cac giay to phai nop kem theo ho so", 25, 40 + i * 7, dpi, ink=ink)
    return page


def turned(image: Raster, clockwise: int) -> Raster:
    """The page turned by quarter turns, clockwise."""
    return as_raster(np.ascontiguousarray(np.rot90(image, -clockwise // 90 % 4)))


def skewed(image: Raster, angle: float, background: int = 255) -> Raster:
    """The page with its lines falling to the right by `angle` degrees."""
    height, width = image.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), -angle, 1)
    return as_raster(cv2.warpAffine(image, matrix, (width, height), borderValue=(background,) * 3))


def blurred(image: Raster, sigma_mm: float, dpi: float) -> Raster:
    """The page out of focus."""
    return as_raster(cv2.GaussianBlur(image, (0, 0), sigma_mm * dpi / 25.4))

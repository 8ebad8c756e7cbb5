"""The copy of a page that the engine reads: grey, upright, at a resolution that suits it. It isn't stored.

Each step changes only pages, and parts of pages, that need it: on real scans, steps that helped with rendered
pages did nothing or did harm (docs/imaging.md has the measurements).
"""

import cv2
import numpy as np

from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.marks.grey_seals import drop_grey_seals
from scanflow.imaging.marks.seals import ColouredInk, coloured_inks
from scanflow.imaging.raster import Raster, as_raster, channel_spread, percentiles, shrink, to_grey
from scanflow.imaging.textmask import TextMask, letter_sized
from scanflow.model import Geometry
from scanflow.units import MM_PER_INCH, pixels_per_mm

# Between these the engine reads a page best as it is: enlarging 150 or 200 dpi lost words and took more time.
LOWEST_DPI, HIGHEST_DPI = 140.0, 220.0
# Lower and higher resolutions are scaled to these: a scan of 300 dpi is read better and a fifth faster at
# 200.
ENLARGED_DPI, REDUCED_DPI = 300.0, 200.0
# Cards and notes have letters of 5 points, which have too few pixels at 200 dpi (docs/imaging.md).
SMALL_PRINT_DPI = 250.0
SMALL_PRINT = 1.85  # millimetres: of ordinary print a quarter of the pieces of ink is higher

# Grey levels by which the channels of a coloured pixel differ, and the share of such pixels from which on a
# scan is one in colour. No measurement is recorded.
COLOURED, COLOURS = 40, 0.0005

# Grey levels: on an evenly lit page the paper varies by less than UNEVEN; what is darker than DARKEST_PAPER
# is not paper.
UNEVEN, DARKEST_PAPER = 30, 60
# The resolution at which the paper's brightness is measured, and the window in millimetres.
PAPER_DPI, PAPER_WINDOW = 37.0, 6.0


def engine_dpi(dpi: float, *, small_print: bool = False) -> float:
    """The resolution of `engine_copy` of a page of `dpi`."""
    if dpi < LOWEST_DPI:
        return ENLARGED_DPI
    if dpi <= HIGHEST_DPI:
        return dpi
    return min(dpi, SMALL_PRINT_DPI) if small_print else REDUCED_DPI


def has_small_print(text: TextMask) -> bool:
    """Whether a page's letters are those of cards, much smaller than those of ordinary papers."""
    mm = pixels_per_mm(text.dpi)
    letters = text.stats[letter_sized(text.stats, mm)]
    if not len(letters):
        return False
    short = np.minimum(letters[:, cv2.CC_STAT_WIDTH], letters[:, cv2.CC_STAT_HEIGHT])
    return percentiles(short, 75)[0] < SMALL_PRINT * mm


def engine_copy(image: Raster, dpi: float, geometry: Geometry) -> Raster:
    """The page prepared for reading: (h, w) grey, upright and straight, at `engine_dpi(dpi)`.

    Seals (con dấu) are removed: in scans in colour by the red channel, in grey ones by their ring and their
    grey levels. The background of an unevenly lit page is levelled.
    """
    grey = drop_red_seals(image, dpi) if has_colours(image) else drop_grey_seals(to_grey(image), dpi)
    wanted = engine_dpi(dpi)
    reduced, reduced_dpi = shrink(grey, dpi, wanted)
    return to_upright(level_background(reduced, reduced_dpi), geometry, scale=wanted / reduced_dpi)


def has_colours(image: Raster) -> bool:
    """Whether a raster shows colours. Many grey scans are stored with three channels."""
    if image.ndim == 2:
        return False
    apart = channel_spread(image[::8, ::8])
    return bool(np.count_nonzero(apart > COLOURED) > COLOURS * apart.size)


def drop_red_seals(image: Raster, dpi: float, red: ColouredInk | None = None) -> Raster:
    """A page in colour (h, w, 3) as grey (h, w), with its red channel where a red seal is.

    There the seal vanishes and the print under it remains. Red print elsewhere (the titles of land
    certificates) stays as dark as it is. `red`: the page's red ink, where it is known already.
    """
    grey = to_grey(image)
    ink = red or coloured_inks(image, dpi, ("red",))[0]
    for left, top, right, bottom in ink.patches:
        place = slice(top * ink.step, bottom * ink.step), slice(left * ink.step, right * ink.step)
        grey[place] = image[place][:, :, 2]
    return grey


def level_background(grey: Raster, dpi: float) -> Raster:
    """A grey page (h, w) whose paper has one brightness; the same raster where it is evenly lit already.

    Only paper is brightened: black scanner edges and dark pictures are not changed.
    """
    small, small_dpi = shrink(grey, dpi, PAPER_DPI)
    window = round(PAPER_WINDOW * small_dpi / MM_PER_INCH) | 1
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8))
    paper = np.asarray(cv2.blur(closed, (window, window)))
    lit = paper[paper > DARKEST_PAPER]
    if lit.size < paper.size / 2:
        return grey
    dark, light = percentiles(lit, 5, 95)
    if light - dark < UNEVEN:
        return grey
    reference = np.where(paper > DARKEST_PAPER, paper, np.uint8(light)).astype(np.uint8)
    full = cv2.resize(reference, grey.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return as_raster(cv2.divide(grey, full, scale=float(light)))

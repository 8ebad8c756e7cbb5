"""Dithered scans (two tones, greys shown by dots), smoothed: else the engine reads the dots as letters.

Scanners and copiers in a mode for photographs write such files, and so do programs that reduce a grey scan.
Numbers: docs/imaging.md, Dots for greys.
"""

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, has_two_tones

# Share of pixels that differ from all four neighbours. On dithered pages it is 2 to 60 %; on other scans of
# two tones (specks, faxes, thin and bold print) 0.02 %, at 75 dpi 0.5 %.
_DOTTED = 0.01
_AROUND = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)
_SIGMA = 1.2  # pixels of the Gaussian: the dots are two or three pixels apart
_BANDS, _EVERY = 32, 4  # of 32 bands of the page every fourth is measured


def smooth_dither(grey: Raster) -> Raster:
    """The raster (h, w) with its dots smoothed to greys; the same where it has more tones or no dots."""
    bands = np.array_split(grey, _BANDS)[::_EVERY]
    if not all(map(has_two_tones, bands)):
        return grey
    if sum(map(_lone_pixels, bands)) < _DOTTED * sum(band.size for band in bands):
        return grey
    return as_raster(cv2.GaussianBlur(grey, (0, 0), _SIGMA))


def _lone_pixels(band: Raster) -> int:
    if not band.size:
        return 0
    lightest, darkest = cv2.dilate(band, _AROUND), cv2.erode(band, _AROUND)
    return int(np.count_nonzero(band > lightest) + np.count_nonzero(band < darkest))

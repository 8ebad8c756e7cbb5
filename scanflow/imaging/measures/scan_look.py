"""What tells one scanner or copy from another, apart from the print: bit depth and the tone of bare paper."""

from typing import Literal

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, channel_spread, percentiles, to_grey
from scanflow.model import ScanLook

# A sample is enough: every n-th row and column, about so many pixels on the longer side.
SAMPLED_SIDE = 500
# Grey levels, and a share of the pixels: a bilevel raster has hardly a pixel between black and white; one
# that was resampled has some at the edges. No measurement is recorded for the constants here.
NEARLY, MAX_BETWEEN = 16, 0.002
# Channels that differ by less than this on average are a grey scan kept in three channels.
MIN_CHROMA = 1.0
# Bare paper is the bright part of a page: print and pictures are darker.
PAPER_PERCENTILE = 80


def measure_look(image: Raster) -> ScanLook:
    """The bit depth and the paper's grey level (0 to 255) of a decoded page, (h, w) or (h, w, 3)."""
    step = max(1, max(image.shape[:2]) // SAMPLED_SIDE)
    sample = image[::step, ::step]
    grey = to_grey(np.ascontiguousarray(sample))
    paper = int(percentiles(grey, PAPER_PERCENTILE)[0])
    return ScanLook(_depth(sample, grey), paper)


def _depth(sample: Raster, grey: Raster) -> Literal["bitonal", "grey", "colour"]:
    between = np.count_nonzero((grey > NEARLY) & (grey < 255 - NEARLY)) / max(1, grey.size)
    if between < MAX_BETWEEN:
        return "bitonal"
    if sample.ndim == 3 and cv2.mean(channel_spread(sample))[0] >= MIN_CHROMA:
        return "colour"
    return "grey"

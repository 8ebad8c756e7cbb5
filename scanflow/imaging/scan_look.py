"""What tells one scanner or copy from another, apart from the print: bit depth and the tone of bare paper."""

from typing import Literal

import cv2
import numpy as np

from scanflow.imaging.raster import Raster, as_raster, percentiles
from scanflow.model import ScanLook

# A few hundred thousand pixels say all: every n-th row and column, so many on the longer side.
SAMPLED_SIDE = 500
# A bilevel raster has next to no pixel between black and white; one that was resampled has some at the edges.
NEARLY, MAX_BETWEEN = 16, 0.002
# Channels that differ by less than this on average are a grey scan kept in three channels.
MIN_CHROMA = 1.0
# Bare paper is the bright part of a page: print and pictures are darker.
PAPER_PERCENTILE = 80


def measure_look(image: Raster) -> ScanLook:
    """The bit depth and the paper's tone of a decoded page, grey or blue-green-red."""
    step = max(1, max(image.shape[:2]) // SAMPLED_SIDE)
    sample = image[::step, ::step]
    grey = (
        sample
        if sample.ndim == 2
        else as_raster(cv2.cvtColor(np.ascontiguousarray(sample), cv2.COLOR_BGR2GRAY))
    )
    paper = int(percentiles(grey, PAPER_PERCENTILE)[0])
    return ScanLook(_depth(sample, grey), paper)


def _depth(sample: Raster, grey: Raster) -> Literal["bitonal", "grey", "colour"]:
    between = np.count_nonzero((grey > NEARLY) & (grey < 255 - NEARLY)) / max(1, grey.size)
    if between < MAX_BETWEEN:
        return "bitonal"
    if sample.ndim == 3:
        blue, green, red = cv2.split(np.ascontiguousarray(sample))
        highest, lowest = cv2.max(cv2.max(blue, green), red), cv2.min(cv2.min(blue, green), red)
        if cv2.mean(cv2.subtract(highest, lowest))[0] >= MIN_CHROMA:
            return "colour"
    return "grey"

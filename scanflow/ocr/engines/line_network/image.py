"""A line's picture as Tesseract gives it to a network: 36 pixels high, sharpened, with normalized contrast.

Scaling and sharpening repeat Leptonica's pixScale, contrast Tesseract's line recognizer, since the network
was trained on such pictures: with other methods it misses letters.
"""

import cv2
import numpy as np

from scanflow.imaging.raster import Raster
from scanflow.ocr.engines.line_network.weights import HEIGHT, Floats

MARGIN = 1  # pixels around the picture, for the convolution
# Scale factors, as in pixScale: below the first pixels are averaged, not interpolated; between the others the
# picture is sharpened.
_AVERAGED = 0.7
_SHARPENED = (0.2, 1.4)
_QUARTILE = 0.25
# The pixels around a picture are random, as in Tesseract. They are the same for every line, so that equal
# pictures give equal words.
_NOISE: Floats = np.random.default_rng(1).uniform(-1, 1, (HEIGHT + 2 * MARGIN, 4096)).astype(np.float32)
WIDEST = _NOISE.shape[1] - 2 * MARGIN  # pixels of a line


def network_input(line: Raster) -> Floats:
    """The values (38, scaled width + 2), from -1 to 1, of a grey line (h, w), with its margin."""
    small = _scaled(line)
    black, white = _contrast(small[HEIGHT // 2])
    values = np.rint(128 * (2 * (small.astype(np.float32) - black) / (white - black) - 1))
    picture = _NOISE[:, : small.shape[1] + 2 * MARGIN].copy()
    picture[MARGIN:-MARGIN, MARGIN:-MARGIN] = np.clip(values, -127, 127) / 127
    return picture


def scaled_width(height: int, width: int) -> int:
    """The width of a line's picture when it is 36 pixels high."""
    return max(1, int(width * HEIGHT / height + 0.5))


def _scaled(line: Raster) -> Raster:
    height, width = line.shape
    factor = HEIGHT / height
    size = scaled_width(height, width), HEIGHT
    if factor < _AVERAGED:
        small, around, strength = cv2.resize(line, size, interpolation=cv2.INTER_AREA), 1, 0.2
    else:  # unlike cv2.resize, pixScale maps the top left corners of pixels, not their centres
        matrix = np.array([[width / size[0], 0, 0], [0, height / HEIGHT, 0]], np.float64)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        small = cv2.warpAffine(line, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        around, strength = 2, 0.4
    if _SHARPENED[0] < factor < _SHARPENED[1] and size[0] > 2 * around:
        exact = small.astype(np.float32)
        exact += strength * (exact - cv2.blur(exact, (2 * around + 1, 2 * around + 1)))
        inner = slice(around, -around)  # pixScale does not sharpen the edge
        small[inner, inner] = np.clip(exact[inner, inner] + 0.5, 0, 255)
    return np.asarray(small, np.uint8)


def _contrast(row: Raster) -> tuple[float, float]:
    """The grey values of ink and of paper: quartiles of the local minima and maxima of the middle row."""
    before, here, after = (part.astype(np.int16) for part in (row[:-2], row[1:-1], row[2:]))
    low = here[((here < before) & (here <= after)) | ((here <= before) & (here < after))]
    high = here[((here > before) & (here >= after)) | ((here >= before) & (here > after))]
    black = _quantile(low, _QUARTILE) if low.size else 1.0
    white = _quantile(high, 1 - _QUARTILE) if high.size else 256.0
    return black, max(white, black + 1)


def _quantile(values: np.ndarray[tuple[int, ...], np.dtype[np.int16]], share: float) -> float:
    """The quantile of integers as Tesseract's histogram gives it: equal values are spread over one unit."""
    ordered = np.sort(values)
    rank = min(max(1, int(share * len(ordered) + 0.5)), len(ordered))
    value = ordered[rank - 1]
    first, end = np.searchsorted(ordered, value, "left"), np.searchsorted(ordered, value, "right")
    return float(value + 1 - (end - rank) / (end - first))

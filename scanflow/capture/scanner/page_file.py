"""From a scanned raster to a finished page file: a JPEG or PNG with its resolution in it, on the disk.

Runs in the scanner's child process. `scanimage` could write both by itself: its JPEG is of quality 75 with
halved colours, which blurs seals, and its PNG takes seconds a page, which a feeder doesn't wait for.
"""

import os
from pathlib import Path

from PIL import Image

from scanflow.disk import sync_folder
from scanflow.errors import ScannerLostError
from scanflow.settings import ScanProfile

LEAST_SIDE = 16  # pixels; a driver that was misunderstood gives 1 × 1
_FULL_COLOUR = 0  # of JPEG's subsampling: red print and seals stay sharp
_QUICK = 1  # of PNG's compression: more is hardly smaller and takes many times as long

# What comes here is from our own scanner, at a size that we asked for.
Image.MAX_IMAGE_PIXELS = None


def write_page(image: Image.Image, dpi: float, profile: ScanProfile, target: Path) -> Path:
    """Write a page as `target` with the suffix of its format; when this returns it is synced.

    Raises ScannerLostError for a raster that is cut or empty, OSError where it cannot be written.
    """
    if min(image.size) < LEAST_SIDE:
        raise ScannerLostError(f"the scanner gave an image of {image.width} × {image.height} pixels")
    try:
        image.load()
    except OSError as error:
        raise ScannerLostError(f"the scanner gave an image that is cut: {error}") from error
    # JPEG has no black and white; PNG keeps it in an eighth of a byte a pixel.
    as_jpeg = profile.format == "jpeg" and image.mode != "1"
    path = target.with_suffix(".jpg" if as_jpeg else ".png")
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        if as_jpeg:
            image.save(
                file,
                "JPEG",
                quality=profile.quality,
                subsampling=_FULL_COLOUR,
                dpi=(dpi, dpi),
                optimize=False,
            )
        else:
            image.save(file, "PNG", compress_level=_QUICK, dpi=(dpi, dpi))
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    sync_folder(path.parent)
    return path

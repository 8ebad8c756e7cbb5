"""Write a scanned raster as a finished page file: a JPEG or PNG that states its resolution.

Runs in the scanner's child process. `scanimage` could write both formats: but its JPEG has quality 75 and
halved colours, which blurs seals, and its PNG takes seconds per page, for which a feeder doesn't wait.
"""

import os
from pathlib import Path

from PIL import Image

from scanflow.disk import sync_folder
from scanflow.errors import ScannerLostError
from scanflow.settings import ScanProfile

LEAST_SIDE = 16  # pixels; a driver with wrong options gives 1 × 1
_FULL_COLOUR = 0  # no chroma subsampling: red print and seals stay sharp
_QUICK = 1  # PNG compression level: higher ones save little space and take many times as long

# The images come from a scanner, at a size that was requested: so there is no limit on pixels.
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
    # JPEG has no black and white; PNG stores it with one bit per pixel or less.
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

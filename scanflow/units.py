"""Units of length: points, inches, millimetres, and the pixels of a raster of some resolution (dpi)."""

POINTS_PER_INCH = 72.0
MM_PER_INCH = 25.4
POINTS_PER_MM = POINTS_PER_INCH / MM_PER_INCH


def points_per_pixel(dpi: float) -> float:
    """Return the width of a pixel in points."""
    return POINTS_PER_INCH / dpi


def pixels_per_point(dpi: float) -> float:
    """Return how many pixels a point has."""
    return dpi / POINTS_PER_INCH


def pixels_per_mm(dpi: float) -> float:
    """Return how many pixels a millimetre has."""
    return dpi / MM_PER_INCH

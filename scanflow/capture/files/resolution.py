"""The resolution of a raster: the stated one where it is believable, else one derived from paper sizes.

Scanners state their resolution; fax gateways, phones and image editors write 72 or 96 dpi in any case. A
stated value is believable if it gives a paper size that offices use.
"""

from scanflow.model import ResolutionSource

MIN_DPI = 50.0
MAX_DPI = 2400.0
MAX_ANISOTROPY = 2.1  # fax "standard" is 204 × 98
MIN_SIDE = 0.9  # inches, of the longer side: the smallest slips
MAX_SIDE = 52.0  # inches; A0 is 46.8 long
# Inches: papers longer than A3 come from scanners for drawings, which scan at 150 dpi or more.
DESK_SIDE = 17.5
DRAWING_DPI = 150.0

# Short and long side in inches, the likeliest first: A4, A3, A5, Letter, ID-1 card (căn cước).
PAPERS = ((8.27, 11.69), (11.69, 16.54), (5.83, 8.27), (8.5, 11.0), (2.125, 3.37))
SCANNER_DPI = (300.0, 200.0, 150.0, 400.0, 600.0, 240.0, 100.0)
# A sheet that was fed in at an angle or cut by hand is up to 4 % longer or shorter; the next paper at another
# usual resolution differs by 6 % or more.
SIZE_TOLERANCE = 0.04
ASPECT_TOLERANCE = 0.015
ASSUMED_DPI = (100.0, 600.0)


def resolve_dpi(
    width: int, height: int, stated: tuple[float, float] | None
) -> tuple[tuple[float, float], ResolutionSource]:
    """The horizontal and vertical dpi of a raster of `width` × `height` pixels, and their source.

    `measured`: the raster is a known paper at a usual resolution, or has the proportions of a known paper.
    `assumed`: neither; it is treated as a picture of an A4 sheet.
    """
    if stated is not None and _is_believable(width, height, stated):
        return stated, "stated"
    measured = _measure(width, height)
    if measured is not None:
        return (measured, measured), "measured"
    a4_long = PAPERS[0][1]
    low, high = ASSUMED_DPI
    assumed = min(max(max(width, height) / a4_long, low), high)
    return (assumed, assumed), "assumed"


def _is_believable(width: int, height: int, dpi: tuple[float, float]) -> bool:
    x, y = dpi
    if not (MIN_DPI <= x <= MAX_DPI and MIN_DPI <= y <= MAX_DPI):
        return False
    if max(x, y) / min(x, y) > MAX_ANISOTROPY:
        return False
    long = max(width / x, height / y)
    if long > DESK_SIDE and min(x, y) < DRAWING_DPI:
        return False
    return MIN_SIDE <= long <= MAX_SIDE


def _measure(width: int, height: int) -> float | None:
    short, long = sorted((width, height))
    for paper_short, paper_long in PAPERS:
        for dpi in SCANNER_DPI:
            if (
                abs(short / dpi / paper_short - 1) <= SIZE_TOLERANCE
                and abs(long / dpi / paper_long - 1) <= SIZE_TOLERANCE
            ):
                return dpi
    low, high = ASSUMED_DPI
    for paper_short, paper_long in PAPERS:
        if abs((long / short) / (paper_long / paper_short) - 1) <= ASPECT_TOLERANCE:
            dpi = long / paper_long
            if low <= dpi <= high:
                return dpi
    return None

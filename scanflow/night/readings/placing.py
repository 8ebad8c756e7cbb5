"""Maps the words of a new reading to the page as it is in the filed file.

Each reading detects the rotation and skew of a scan itself, and its words have coordinates on the page that
this makes upright. The filed page keeps its own geometry, so the words are mapped from one to the other, via
the scan.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from scanflow.model import Box, Geometry, Word
from scanflow.pipeline.sandbox.filed import Matrix


def matrix_of(size: tuple[float, float], geometry: Geometry) -> Matrix:
    """How a page of this size and geometry is drawn: as `scanflow.pdf.writer.placement` says, which loads
    an image library.
    """
    width, height = size
    drawn: Matrix = (1, 0, 0, 1, -0.5, -0.5)
    for step in (
        (-1 if geometry.mirrored else 1, 0, 0, 1, 0, 0),
        _rotation(-geometry.rotation),
        (width, 0, 0, height, 0, 0),
        _rotation(geometry.skew),
        (1, 0, 0, 1, width / 2, height / 2),
    ):
        drawn = _joined(drawn, step)
    return drawn


def _rotation(degrees: float) -> Matrix:
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return cosine, sine, -sine, cosine, 0, 0


def quarter_turns(old: Matrix, new: Matrix) -> int:
    """The number of quarter turns between two geometries of a page (0 to 3); a mirrored page counts as 2."""
    if (_determinant(old) < 0) != (_determinant(new) < 0):
        return 2
    a, b = _joined(_inverse(new), old)[:2]
    return round(math.degrees(math.atan2(b, a)) / 90) % 4


def moved(
    words: Sequence[Word],
    new: Matrix,
    new_height: float,
    old: Matrix,
    old_height: float,
) -> tuple[Word, ...]:
    """The words of a page drawn by `new` at their places on the same page drawn by `old`; heights in
    points.
    """
    place = placer(new, new_height, old, old_height)
    return tuple(replace(word, box=place(word.box)) for word in words)


def placer(new: Matrix, new_height: float, old: Matrix, old_height: float) -> Callable[[Box], Box]:
    """Where boxes of a page drawn by `new` stand on the same page drawn by `old`; heights in points."""
    whole = _joined(_inverse(new), old)
    a, b, c, d, e, f = whole
    # Letters stay upright, but for quarter turns: a skew moves a word, and does not turn its box.
    across = round(math.degrees(math.atan2(b, a)) / 90) % 2 == 1
    scale = math.sqrt(abs(a * d - b * c))

    def place(box: Box) -> Box:
        x, y = box.centre_x, new_height - box.centre_y
        there = a * x + c * y + e, old_height - (b * x + d * y + f)
        width, height = (box.height, box.width) if across else (box.width, box.height)
        return Box(
            there[0] - scale * width / 2,
            there[1] - scale * height / 2,
            there[0] + scale * width / 2,
            there[1] + scale * height / 2,
        )

    return place


def _determinant(matrix: Matrix) -> float:
    a, b, c, d, _, _ = matrix
    return a * d - b * c


def _inverse(matrix: Matrix) -> Matrix:
    a, b, c, d, e, f = matrix
    whole = _determinant(matrix)
    return d / whole, -b / whole, -c / whole, a / whole, (c * f - d * e) / whole, (b * e - a * f) / whole


def _joined(first: Matrix, second: Matrix) -> Matrix:
    """The matrix that does one and then the other."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = second
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )

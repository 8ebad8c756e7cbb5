"""Whether the resolution that a file states can be that of its page (độ phân giải có đáng tin không)."""

from dataclasses import replace

from scanflow.imaging.letter_size import (
    IMPOSSIBLE,
    LARGEST,
    SMALLEST,
    are_letters,
    dpi_of_paper,
    is_usual_paper,
    measure_letters,
    times_usual,
)
from scanflow.imaging.raster import Raster
from scanflow.model import CapturedPage


def believed(page: CapturedPage, grey: Raster) -> tuple[CapturedPage, float | None]:
    """The page with a resolution that can be true, and the one to read it at where that is another.

    `grey` is the decoded raster before any turn. A page that is A4, Letter or A3 as stated is believed
    without a look at it. Else its letters decide: at a stated resolution they must be of the size of print.
    A little too small or large, the page keeps its size (fine print and large print are as they are), but is
    prepared for the engine as print needs it; letters so small that no print is leave the stated size
    without any worth, and the page gets that of the likeliest paper.
    """
    if page.kind == "text" or is_usual_paper(page.width, page.height, page.dpi):
        return page, None
    letters = measure_letters(grey)
    if letters is None:
        return page, None
    scale = grey.shape[1] / page.width
    true = dpi_of_paper(grey.shape[1], grey.shape[0], letters)
    measured = replace(page, dpi=(true / scale, true / scale), dpi_source="measured")
    across, along = page.dpi
    as_stated = replace(letters, aspect=letters.aspect * along / across)
    if not are_letters(as_stated):
        # Either no letters at all, or such as have their proportions only where pixels are square.
        return (measured if across != along and are_letters(letters) else page), None
    times = times_usual(letters, max(page.dpi) * scale)
    if SMALLEST <= times <= LARGEST:
        return page, None
    return (measured, None) if times < IMPOSSIBLE else (page, true)

"""The project's own rendered papers as readings without a reader: every run of print where it is drawn.

What the classifier makes of them hangs on its rules alone, not on what the reader missed.
"""

import random
from datetime import date

from fixtures import dossiers, fonts
from fixtures.papers.case import Case
from fixtures.sheet import Paper, Sheet, Text
from scanflow.model import Box, PageReading, Word
from scanflow.ocr.layout.reading_order import reading_order
from tests.classify.paper import reading

POINTS = 72 / 25.4  # a millimetre
SAME_LINE = 0.8  # millimetres between the baselines of runs on one line


def batch(code: str, seed: int) -> list[Paper]:
    """A receipt and the papers of an invented dossier of this procedure."""
    case = Case("H13.132-260804-0583", code, date(2026, 8, 4), "phường Vị Tân", random.Random(seed))  # noqa: S311 - a seeded generator is wanted here
    contents = dossiers.MAKERS[code](case, hand=False)
    return [dossiers.receipt(case, contents, "QRCode"), *contents[1]]


def read(sheet: Sheet) -> PageReading:
    """All print on a sheet, as a perfect reader would give it."""
    size = (sheet.width * POINTS, sheet.height * POINTS)
    runs = sorted((mark for mark in sheet.marks if isinstance(mark, Text)), key=lambda run: (run.y, run.x))
    words: list[Word] = []
    line, baseline = 0, float("-inf")
    for run in runs:
        if run.y - baseline > SAME_LINE:
            line, baseline = line + 1, run.y
        words += _words(run, line)
    return reading(reading_order(sorted(words, key=lambda word: (word.line, word.box.left)), size), size)


def _words(run: Text, line: int) -> list[Word]:
    words, x, em = [], run.x, run.size / POINTS
    for text in run.text.split():
        width = fonts.width(run.font, run.size, text)
        top = run.y - em * (0.88 if text.isupper() else 0.68)
        box = Box(x * POINTS, top * POINTS, (x + width) * POINTS, run.y * POINTS)
        words.append(Word(text, box, 0.95, 0, line))
        x += width + fonts.width(run.font, run.size, " ")
    return words

"""Cells of CSV files that people open in a spreadsheet."""

_FORMULA = ("=", "+", "-", "@")


def cell(value: object) -> str:
    """A cell's text on one line; what a spreadsheet would take for a formula has an apostrophe before it."""
    text = " ".join(str(value).split())
    return f"'{text}" if text.startswith(_FORMULA) else text

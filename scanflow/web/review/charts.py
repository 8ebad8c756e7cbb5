"""Computes a bar chart for a template to draw, in SVG's units."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 720, 240
LEFT, TOP, BOTTOM = 44, 18, 26
_MOST_LABELS = 12
_MOST_VALUES = 16
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Bar:
    """A vertical bar of two parts, one above the other; with many bars most have an empty `label`."""

    label: str
    title: str
    value: int
    x: float
    width: float
    y: float
    height: float
    part_y: float
    part_height: float
    shows_value: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """A chart of vertical bars, with its horizontal lines: a value and its height."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Value:
    """The data of a bar: its label, its title, the whole value, and the part with another colour."""

    label: str
    title: str
    whole: int
    part: int


def standing(values: Sequence[Value]) -> Standing:
    """A chart of these values; its scale ends at a round number above the highest value."""
    top = round_above(max((each.whole for each in values), default=0))
    room = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT) / max(1, len(values))
    every = -(-len(values) // _MOST_LABELS)

    def high(count: float) -> float:
        return round(room * count / top, 1)

    bars = tuple(
        Bar(
            label=each.label if no % every == 0 else "",
            title=each.title,
            value=each.whole,
            x=round(LEFT + step * (no + 0.15), 1),
            width=round(step * 0.7, 1),
            y=round(TOP + room - high(each.whole), 1),
            height=high(each.whole),
            part_y=round(TOP + room - high(each.part), 1),
            part_height=high(each.part),
            shows_value=len(values) <= _MOST_VALUES and each.whole > 0,
        )
        for no, each in enumerate(values)
    )
    marks = (0, top // 2, top) if top % 2 == 0 else (0, top)
    return Standing(bars, tuple((mark, round(TOP + room - high(mark), 1)) for mark in marks))


def round_above(highest: float) -> int:
    """The least of 1, 2, 5, 10, 20, 50 … that is not below."""
    scale = 1
    while True:
        for step in _STEPS:
            if step * scale >= highest:
                return step * scale
        scale *= 10

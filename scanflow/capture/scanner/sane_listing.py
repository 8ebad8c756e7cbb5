"""Parses what `scanimage` prints about devices and their options."""

import re
from collections.abc import Iterator

from scanflow.capture.scanner.device import Device, Option

DEVICE_FORMAT = "%d\t%v\t%m\t%t%n"
"""For `scanimage --formatted-device-list`."""

# "    --resolution 1..1200dpi (in steps of 1) [50]", "    -x 0..215.9mm [215]", "    --duplex[=(yes|no)]"
_OPTION = re.compile(r"^ {4}(?:--(?P<long>[\w-]+)|-(?P<short>[ltxy]))(?P<rest>[ \[].*)$")
_RANGE = re.compile(
    r"^(?P<low>-?[\d.]+)\.\.(?P<high>-?\d+(?:\.\d+)?)(?P<unit>[a-zA-Z%]*)(?:,\.\.\.)?"
    r"(?: \(in steps of (?P<step>[\d.]+)\))?$"
)
# A value may contain brackets: "24bit Color[Fast] [24bit Color[Fast]]".
_NOTE = r" \[((?:[^\[\]]|\[[^\]]*\])*)\]"
_NOTES = re.compile(rf"^(?P<values>.*?)(?P<notes>(?:{_NOTE})*)$")
_UNITED = re.compile(r"^(-?\d+(?:\.\d+)?)(dpi|mm|pel|bit|%|us)$")
_CORNERS = {"l": "tl-x", "t": "tl-y", "x": "br-x", "y": "br-y"}
_REMARKS = {"inactive", "advanced", "hardware", "read-only"}


def read_devices(listing: str) -> Iterator[Device]:
    """Devices from a list in `DEVICE_FORMAT`."""
    for line in listing.splitlines():
        if line.count("\t") == 3:
            yield Device(*line.split("\t"))


def read_options(help_text: str) -> Iterator[Option]:
    """Options of `scanimage --all-options`.

    -x and -y are the far corner, because scans start at the near one.
    """
    for line in help_text.splitlines():
        found = _OPTION.match(line)
        if found:
            yield _option(found["long"] or _CORNERS[found["short"]], found["rest"])


def _option(name: str, rest: str) -> Option:
    choices, notes = _choices_and_notes(rest)
    remarks = [note for note in notes if note in _REMARKS]
    stands_at = next((note for note in notes if note not in _REMARKS), None)
    value = None if stands_at is None else _without_unit(stands_at)
    active = "inactive" not in remarks
    ranged = _RANGE.match(choices)
    if ranged:
        return Option(
            name,
            low=float(ranged["low"]),
            high=float(ranged["high"]),
            step=float(ranged["step"] or 0),
            unit=ranged["unit"],
            value=value,
            active=active,
        )
    values = choices.split("|") if choices and not choices.startswith("<") else []
    unit = _UNITED.match(values[-1]) if values else None
    if unit:
        values[-1] = unit[1]
    return Option(name, tuple(values), unit=unit[2] if unit else "", value=value, active=active)


def _choices_and_notes(rest: str) -> tuple[str, list[str]]:
    if rest.startswith("[=("):
        choices, _, rest = rest[3:].partition(")]")
        return choices, re.findall(_NOTE, rest)
    found = _NOTES.match(rest.strip())
    assert found  # noqa: S101  any line matches
    return found["values"], re.findall(_NOTE, found["notes"])


def _without_unit(value: str) -> str:
    found = _UNITED.match(value)
    return found[1] if found else value

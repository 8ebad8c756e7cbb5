"""A device's own options for a scan profile.

SANE standardises few names and no values: "ADF", "Automatic Document Feeder" and "ADF Front" mean the same.
This module has the names that backends are known to use; others can be set in a profile's `options`. The
choice has two steps, because a device's sizes and resolutions depend on its source.
"""

import re
from collections.abc import Mapping, Sequence

from scanflow.capture.scanner.device import Capabilities, Option, Source
from scanflow.errors import ScannerRefusedError
from scanflow.settings import ScanProfile
from scanflow.units import pixels_per_mm

PAPERS_MM = {"A3": (297.0, 420.0), "A4": (210.0, 297.0), "A5": (148.0, 210.0)}
SHORT_BY_MM = 5.0  # a glass that is shorter than A4's 297 mm by this is still one for A4
_PIXELS = "pel"

_DUPLEX = re.compile(r"duplex|both sides|double", re.IGNORECASE)
_BACK_ONLY = re.compile(r"\bback\b", re.IGNORECASE)
_FEEDER = re.compile(r"adf|feeder|duplex", re.IGNORECASE)
_FLATBED = re.compile(r"flatbed|platen|document table|normal|glass", re.IGNORECASE)
_COLOURS = {
    "colour": re.compile(r"^(?:24.?bit )?colou?r|^rgb", re.IGNORECASE),
    "grey": re.compile(r"gr[ae]y", re.IGNORECASE),
    "lineart": re.compile(r"line ?art|black.?(?:&|and).?white|binary|monochrome", re.IGNORECASE),
}
_DUPLEX_SWITCHES = ("adf-mode", "duplex", "adf-duplex", "scan-both-sides")

Chosen = Mapping[str, str]


def choose_source(options: Sequence[Option], profile: ScanProfile) -> dict[str, str]:
    """The options that choose the paper source. Raises ScannerRefusedError if there is no such source."""
    if profile.duplex and profile.source == "flatbed":
        raise _refused("a flatbed has no back side", "Mặt kính chỉ quét được một mặt giấy.")
    chosen: dict[str, str] = {}
    by_name = _active(options)
    source = by_name.get("source")
    if source:
        fitting = _sources(source, profile.source)
        if not fitting:
            raise _no_source(profile.source)
        both = [value for value in fitting if _DUPLEX.search(value)]
        single = [value for value in fitting if value not in both]
        fitting = (both or fitting) if profile.duplex else (single or fitting)
        chosen["source"] = fitting[0]
    switch = next((by_name[name] for name in _DUPLEX_SWITCHES if name in by_name), None)
    if switch and profile.source == "feeder" and not _DUPLEX.search(chosen.get("source", "")):
        chosen[switch.name] = _position(switch, on=profile.duplex)
    elif profile.duplex and not _DUPLEX.search(chosen.get("source", "")):
        raise _refused("this device scans one side only", "Máy quét này chỉ quét được một mặt giấy.")
    return chosen


def choose_rest(options: Sequence[Option], profile: ScanProfile) -> dict[str, str]:
    """Colour, depth, resolution, the profile's own `options`, and the area, in the order in which to set
    them.

    The area is in the option's own unit, with SANE's names (tl-x, tl-y, br-x, br-y). Raises
    ScannerRefusedError.
    """
    chosen: dict[str, str] = {}
    by_name = _active(options)
    if "mode" in by_name:
        chosen["mode"] = _mode(by_name["mode"], profile.colour)
    depth = by_name.get("depth")
    if depth and "8" in depth.values and profile.colour != "lineart":
        chosen["depth"] = "8"
    if depth and "1" in depth.values and profile.colour == "lineart" and "mode" not in by_name:
        chosen["depth"] = "1"
    if "resolution" in by_name:
        chosen["resolution"] = str(_resolution(by_name["resolution"], profile.resolution))
    chosen |= profile.options
    return chosen | _area(by_name, profile, float(chosen.get("resolution", profile.resolution)))


def capabilities_of(options: Sequence[Option]) -> Capabilities:
    """The capabilities that follow from a device's options."""
    by_name = _active(options)
    source, mode, resolution = (by_name.get(name) for name in ("source", "mode", "resolution"))
    kinds: tuple[Source, ...] = ("feeder", "flatbed")
    sources = tuple(kind for kind in kinds if source and _sources(source, kind)) if source else ()
    x, y = by_name.get("br-x"), by_name.get("br-y")
    ranged = resolution is not None and not resolution.values and resolution.high is not None
    return Capabilities(
        sources=sources or ("feeder",) if any(name in by_name for name in _DUPLEX_SWITCHES) else sources,
        duplex=any(name in by_name for name in _DUPLEX_SWITCHES)
        or bool(source and any(_DUPLEX.search(value) for value in source.values)),
        colours=tuple(c for c, pattern in _COLOURS.items() if mode and any(map(pattern.search, mode.values))),
        resolutions=_all_resolutions(resolution) if resolution else (),
        any_between=ranged,
        size=(x.high, y.high) if x and y and x.high and y.high and x.unit != _PIXELS else None,
        options=tuple(options),
    )


def _active(options: Sequence[Option]) -> dict[str, Option]:
    return {option.name: option for option in options if option.active}


def _sources(source: Option, kind: Source) -> list[str]:
    if kind == "feeder":
        return [v for v in source.values if _FEEDER.search(v) and not _BACK_ONLY.search(v)]
    return [v for v in source.values if _FLATBED.search(v) and not _FEEDER.search(v)]


def _no_source(kind: Source) -> ScannerRefusedError:
    if kind == "feeder":
        return _refused(
            "this device has no feeder: choose a profile for its flatbed",
            "Máy quét này không có khay nạp giấy. Hãy chọn cấu hình quét trên mặt kính (--profile flatbed).",
        )
    return _refused(
        "this device has no flatbed: choose a profile for its feeder",
        "Máy quét này không có mặt kính. Hãy chọn cấu hình quét bằng khay nạp giấy (--profile papers).",
    )


def _position(switch: Option, *, on: bool) -> str:
    """The value that sets duplex on or off: one of the option's own values, or yes or no."""
    if not switch.values or set(switch.values) <= {"yes", "no", "auto"}:
        return "yes" if on else "no"
    fitting = [value for value in switch.values if bool(_DUPLEX.search(value)) == on]
    return fitting[0] if fitting else switch.values[0]


def _mode(mode: Option, colour: str) -> str:
    fitting = [value for value in mode.values if _COLOURS[colour].search(value)]
    if not fitting:
        raise _refused(
            f"this device can't scan in {colour}, only {', '.join(mode.values)}",
            "Máy quét này không có chế độ màu đã chọn. Hãy chọn cấu hình quét khác.",
        )
    return fitting[0]


def _all_resolutions(option: Option) -> tuple[int, ...]:
    if option.values:
        return tuple(sorted(round(float(value)) for value in option.values))
    if option.low is None or option.high is None:
        return ()
    return round(option.low), round(option.high)


def _resolution(option: Option, wanted: int) -> int:
    """The wanted resolution, or the next higher one: a lower one would not meet the requirements."""
    known = _all_resolutions(option)
    if not known:
        return wanted
    if not option.values and known[0] <= wanted <= known[1]:
        return wanted
    above = [resolution for resolution in known if resolution >= wanted]
    if not above:
        raise _refused(
            f"this device scans at {known[-1]} dpi at most, not at {wanted}",
            f"Máy quét này chỉ quét được tới {known[-1]} dpi, không đủ {wanted} dpi.",
        )
    return above[0]


def _area(by_name: Mapping[str, Option], profile: ScanProfile, dpi: float) -> dict[str, str]:
    """The paper's rectangle at the top left. Feeders with options for the page's size need these first."""
    width, height = PAPERS_MM[profile.paper]
    paper = {"page-width": width, "page-height": height}
    corners = {"tl-x": 0.0, "tl-y": 0.0, "br-x": width, "br-y": height}
    return {
        name: _length(by_name[name], millimetres, profile, dpi)
        for name, millimetres in (paper | corners).items()
        if name in by_name and name not in profile.options
    }


def _length(option: Option, millimetres: float, profile: ScanProfile, dpi: float) -> str:
    scale = pixels_per_mm(dpi) if option.unit == _PIXELS else 1.0
    if option.high is None or option.low is None:
        return f"{millimetres * scale:g}"
    if millimetres * scale > option.high + SHORT_BY_MM * scale:
        raise _refused(
            f"{profile.paper} is larger than this device's {profile.source} ({option.high:g} {option.unit})",
            f"Khổ giấy {profile.paper} lớn hơn khổ mà máy quét này quét được.",
        )
    return f"{min(max(millimetres * scale, option.low), option.high):g}"


def _refused(message: str, message_vi: str) -> ScannerRefusedError:
    return ScannerRefusedError(message, message_vi)

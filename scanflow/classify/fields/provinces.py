"""Provinces and cities, before and after the mergers of July 2025, as data (`provinces.toml`).

Old papers keep their old names: nothing here rewrites one. Districts and communes are not in the data.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from scanflow.text.folding import aligned_fold


@dataclass(frozen=True, slots=True)
class Province:
    """A province or city (tỉnh, thành phố) of the 63 of before July 2025.

    `successor` is the name of the province that its territory belongs to since then: that of the province
    into which it was merged, its new name, or its own.
    """

    name: str
    successor: str


@cache
def provinces() -> Mapping[str, Province]:
    """All provinces by code: two digits, which follow the 0 at the beginning of their citizens' numbers."""
    raw = tomllib.loads(Path(__file__).with_name("provinces.toml").read_text(encoding="utf-8"))
    return {
        each["code"]: Province(each["name"], each.get("joined_to") or each.get("renamed") or each["name"])
        for each in raw["provinces"]
    }


def province_end(text: str) -> int | None:
    """The end index of the last province that a text names, by an old or a new name; None without one."""
    found = list(_names().finditer(aligned_fold(text)))
    return found[-1].end() if found else None


@cache
def _names() -> re.Pattern[str]:
    names = {aligned_fold(name) for each in provinces().values() for name in (each.name, each.successor)}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)")

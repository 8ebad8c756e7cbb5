"""Provinces and cities, before and after the mergers of July 2025, as data (`provinces.toml`).

Old papers keep their old names: nothing here rewrites one. It says which unit a name means, which took its
place, and whether an address may bear it on a day. Districts and communes are not in the data.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from scanflow.text.folding import aligned_fold, folded_key


@dataclass(frozen=True, slots=True)
class Province:
    """A province or city (tỉnh, thành phố) of the 63 of before July 2025.

    `code` has two digits, which follow the 0 at the beginning of its citizens' numbers. `successor` is the
    name of the unit that it belongs to since `merged_on`, its own where it goes on.
    """

    code: str
    name: str
    kind: str
    successor: str
    merged_on: date | None


def provinces() -> Mapping[str, Province]:
    """All provinces by code."""
    return _load()


def province_named(name: str) -> Province | None:
    """The province that a text names, with or without `Tỉnh` or `Thành phố`, with or without marks."""
    key = re.sub(r"^(?:tinh|thanh pho|tp)\.? ", "", folded_key(name).strip(" .,"))
    return _by_key().get(key)


def province_in(address: str) -> Province | None:
    """The province that an address ends with; the last one named."""
    found = list(_pattern().finditer(folded_key(address)))
    return _by_key()[found[-1].group()] if found else None


def province_end(text: str) -> int | None:
    """Where the last province named in a text ends there, None where none is."""
    found = list(_aligned_pattern().finditer(aligned_fold(text)))
    return found[-1].end() if found else None


def province_of_number(number: str) -> Province | None:
    """Where the birth of a citizen number's holder is registered; None for a code of a foreign country."""
    return _load().get(number[1:3]) if number[:1] == "0" else None


def name_on(province: Province, day: date) -> str:
    """What a province's territory is called on a day: its own name, or that of what it was merged into."""
    merged = province.merged_on is not None and day >= province.merged_on
    return province.successor if merged else province.name


@cache
def _load() -> Mapping[str, Province]:
    raw = tomllib.loads((Path(__file__).parent / "provinces.toml").read_text(encoding="utf-8"))
    return {each["code"]: _province(each, raw["merged_on"]) for each in raw["provinces"]}


def _province(raw: Mapping[str, Any], merged_on: date) -> Province:
    successor = raw.get("joined_to") or raw.get("renamed") or raw["name"]
    gone = merged_on if "joined_to" in raw else None
    return Province(raw["code"], raw["name"], raw["kind"], successor, gone)


@cache
def _by_key() -> Mapping[str, Province]:
    by_key = {folded_key(each.name): each for each in _load().values()}
    by_key |= {folded_key(each.successor): each for each in _load().values() if not each.merged_on}
    return by_key


@cache
def _aligned_pattern() -> re.Pattern[str]:
    names = {aligned_fold(name) for each in _load().values() for name in (each.name, each.successor)}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)")


@cache
def _pattern() -> re.Pattern[str]:
    names = sorted(_by_key(), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, names))})(?!\w)")

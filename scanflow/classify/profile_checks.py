"""Faults of one profile file that its schema can't find, each as `place: fault`."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from scanflow.classify.profile_yaml import doubled
from scanflow.classify.profiles import ANY_TYPE


def check_kinds(raw: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a kinds.yaml."""
    for twice in doubled([kind["id"] for kind in raw["kinds"]]):
        yield f"kinds: id {twice} stands twice"
    for kind in raw["kinds"]:
        for index, cue in enumerate(kind.get("heads", ())):
            if "pattern" in cue:
                yield from _pattern(cue["pattern"], f"kinds.{kind['id']}.heads[{index}].pattern")


def check_types(raw: Mapping[str, Any], earlier_rules: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a types.yaml, whose types may use rules of `earlier_rules` too."""
    ids = [t["id"] for t in raw["types"]]
    for twice in doubled(ids):
        yield f"types: id {twice} stands twice"
    for name, rule in raw["rules"].items():
        yield from _pattern(rule["pattern"], f"rules.{name}.pattern")
    for t in raw["types"]:
        for part in ("heads", "negative"):
            for index, cue in enumerate(t.get(part, ())):
                if "pattern" in cue:
                    yield from _pattern(cue["pattern"], f"types.{t['id']}.{part}[{index}].pattern")
        for rule in t.get("fields", ()):
            if rule not in raw["rules"] and rule not in earlier_rules:
                yield f"types.{t['id']}.fields: no rule named {rule}"


def check_procedure(raw: Mapping[str, Any], known: Iterable[str], types_known: bool) -> Iterator[str]:
    """Faults of a procedure; `known` are the ids of all types, where those could be read (`types_known`)."""
    yield from _dates(raw, "")
    for twice in doubled([row["id"] for row in raw["required"]]):
        yield f"required: id {twice} stands twice"
    for index, row in enumerate(raw["required"]):
        yield from _dates(row, f"required[{index}].")
        if types_known:
            for unknown in sorted(set(row["types"]) - {*known, ANY_TYPE}):
                yield f"required[{index}].types: no document type {unknown} in types.yaml"
    if types_known:
        for unknown in sorted(set(raw["results"]) - set(known)):
            yield f"results: no document type {unknown} in types.yaml"


def _dates(raw: Mapping[str, Any], place: str) -> Iterator[str]:
    days: dict[str, date] = {}
    for key in ("effective_from", "effective_to"):
        if key in raw:
            try:
                days[key] = date.fromisoformat(raw[key])
            except ValueError:
                yield f"{place}{key}: {raw[key]} is no day of the calendar"
    if len(days) == 2 and days["effective_to"] < days["effective_from"]:
        yield f"{place}effective_to: {raw['effective_to']} is before effective_from {raw['effective_from']}"


def _pattern(pattern: str, place: str) -> Iterator[str]:
    try:
        # With the flag with which it is used, so that it is compiled only once: `re` caches it.
        re.compile(pattern, re.MULTILINE)
    except re.error as error:
        yield f"{place}: not a regular expression: {error}"

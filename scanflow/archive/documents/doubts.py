"""Which findings about a document a person should check: one rule, for queue, figures and API.

What a person set is never doubtful. Evidence, rows and values are taken as the catalog keeps them, in JSON.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from scanflow.model import UNKNOWN_TYPE, Doubt, FieldValue


@dataclass(frozen=True, slots=True)
class DoubtRules:
    """`chosen`: the cue of the evidence where a person set a type or row; `type`, `row` and `field`: the
    confidences from which on each is sure.
    """

    chosen: str
    type: float
    row: float
    field: float


def doubt_of(
    rules: DoubtRules,
    *,
    type: str,
    confidence: float,
    evidence: Iterable[Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]] | None,
) -> Doubt:
    """Whether the type of a document is doubtful, or the row of its dossier's list that it meets.

    Nothing is doubtful for a document that surely meets a row, or that has a sure type. A doubtful row is
    reported only if the type is not known.
    """
    met = list(rows or ())
    said = [*evidence, *(each for row in met for each in row["evidence"])]
    if any(each["cue"] == rules.chosen for each in said):
        return ""
    if met and max(row["chance"] for row in met) >= rules.row:
        return ""
    if type != UNKNOWN_TYPE:
        return "type" if confidence < rules.type else ""
    return "row" if met else "type"


def is_value_doubtful(value: FieldValue, least: float) -> bool:
    """Whether a value is doubtful: read with less confidence, or in contradiction to something."""
    return value.source != "person" and (value.confidence < least or bool(value.problems))

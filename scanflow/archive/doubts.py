"""When a person should look at what was found of a document: one rule, for the queue and for the figures.

What a person set is never doubtful. Evidence and values are taken as the catalog keeps them, in JSON.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from scanflow.model import UNKNOWN_TYPE, FieldValue


def is_type_doubtful(  # noqa: PLR0913 - what an entry says of its type, by name
    *,
    type: str,
    confidence: float,
    evidence: Iterable[Mapping[str, Any]],
    has_rows: bool,
    chosen: str,
    least: float,
) -> bool:
    """Whether a type is doubtful. `has_rows`: the document meets rows of its dossier's list; `chosen`: the
    cue of the evidence where a person set a type; `least`: the confidence from which on a type is sure.
    """
    if has_rows or any(each["cue"] == chosen for each in evidence):
        return False
    return type == UNKNOWN_TYPE or confidence < least


def is_value_doubtful(value: FieldValue, least: float) -> bool:
    """Whether a value is doubtful: read with less confidence, or in contradiction to something."""
    return value.source != "person" and (value.confidence < least or bool(value.problems))

"""What a person is asked about a document: its type, the row that it meets, or nothing."""

import pytest

from scanflow.archive.documents.doubts import DoubtRules, doubt_of
from scanflow.model import UNKNOWN_TYPE, Doubt

RULES = DoubtRules(chosen="chosen", type=0.6, row=0.9, field=0.9)


@pytest.mark.parametrize(
    ("type", "confidence", "chances", "chosen", "doubt"),
    [
        ("can-cuoc", 0.6, [], "", ""),
        ("can-cuoc", 0.5, [], "", "type"),
        (UNKNOWN_TYPE, 0.2, [], "", "type"),
        (UNKNOWN_TYPE, 0.2, [0.89], "", "row"),
        (UNKNOWN_TYPE, 0.2, [0.9, 0.7], "", ""),
        ("can-cuoc", 0.95, [0.7], "", ""),  # the type says what it is
        ("can-cuoc", 0.5, [0.7], "", "type"),
        ("can-cuoc", 0.5, [0.95], "", ""),
        (UNKNOWN_TYPE, 0.2, [0.7], "type", ""),
        (UNKNOWN_TYPE, 0.2, [0.7], "row", ""),
    ],
)
def test_at_most_one_question_is_asked_and_none_about_what_a_person_decided(
    type: str, confidence: float, chances: list[float], chosen: str, doubt: Doubt
) -> None:
    def evidence(by_person: bool) -> list[dict[str, object]]:
        return [{"cue": "chosen" if by_person else "title", "found": "x", "score": 1.0, "page": 0}]

    rows = [{"row": "a", "chance": each, "evidence": evidence(chosen == "row")} for each in chances]
    found = doubt_of(
        RULES, type=type, confidence=confidence, evidence=evidence(chosen == "type"), rows=rows or None
    )
    assert found == doubt

"""What `make hostile` reports as a problem, on invented runs; the real ones take minutes."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanflow.settings import LimitSettings
from tests.hostile.observed import Observed
from tests.hostile.trial import Trial

OWN_LINE = "2026-11-25T10:47:12.1Z [warning  ] image-recoded   page=1 reason='CMYK PNG'\n"
LAID = {"file": "a.pdf", "where": "quarantined", "code": "damaged", "reason": "broken", "reason_vi": "hỏng"}


def said(*laid: dict[str, Any], **count: int) -> str:
    counted = {
        "captured": 1,
        "filed": 1,
        "set_aside": 0,
        "quarantined": 0,
        "files": 1,
        "files_quarantined": 0,
    }
    return json.dumps([{"state": "closed", "count": counted | count, "laid": laid}])


FILED = Observed(0, said(), OWN_LINE, 3.0, child=10, parent=10, space=100, left=0)
REFUSED = replace(FILED, code=5, stdout=said(LAID, captured=0, filed=0, files_quarantined=1))


def problems(observed: Observed) -> list[str]:
    return Trial((Path("a.pdf"),), observed, LimitSettings(memory=1000)).problems


@pytest.mark.parametrize("observed", [FILED, REFUSED])
def test_what_holds_is_no_problem(observed: Observed) -> None:
    assert problems(observed) == []


@pytest.mark.parametrize(
    ("observed", "problem"),
    [
        (replace(FILED, code=None), "still running"),
        (replace(FILED, code=1), "exit code 1"),
        (replace(REFUSED, code=0), "exit code 0"),
        (replace(FILED, stdout=""), "no outcome"),
        (replace(FILED, stdout=said(captured=2)), "1 of 2 pages"),
        (replace(FILED, stdout=said(captured=0, filed=0)), "neither a page nor a reason"),
        (replace(FILED, stdout=said(files=0)), "0 of 1 files"),
        (replace(FILED, stderr="Traceback (most recent call last):\n"), "on stderr"),
        (replace(FILED, stderr=OWN_LINE + "Syntax Error: Invalid Font\n"), "on stderr: Syntax Error"),
        (replace(FILED, stderr=OWN_LINE.replace("warning  ", "error    ")), "on stderr"),
        (replace(FILED, left=2), "2 processes"),
        (replace(FILED, space=1001), "1001 bytes"),
        (replace(REFUSED, stdout=REFUSED.stdout.replace("broken", "<X at 0x7f>")), "no clear reason"),
        (replace(REFUSED, stdout=REFUSED.stdout.replace("h\\u1ecfng", "")), "no clear reason"),
    ],
)
def test_what_does_not_hold_is(observed: Observed, problem: str) -> None:
    assert any(problem in each for each in problems(observed)), problems(observed)

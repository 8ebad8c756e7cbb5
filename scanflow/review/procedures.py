"""Procedures by words of their names, and what they ask for today."""

from collections.abc import Sequence

from scanflow.classify.procedures.finding import search_procedures
from scanflow.classify.profiles import Procedure, ProcedureName, RequiredPaper, in_force
from scanflow.clock import date_in_vietnam, now
from scanflow.errors import NotFoundError
from scanflow.review.context import Review


def found(review: Review, text: str, most: int) -> Sequence[ProcedureName]:
    """At most so many procedures, the likeliest first; all by name without a text."""
    return search_procedures(review.services.profiles, text, most)


def today(review: Review, code: str) -> tuple[Procedure, tuple[RequiredPaper, ...]]:
    """A procedure and the papers that it asks for today. Raises NotFoundError."""
    day = date_in_vietnam(now())
    procedure = review.services.profiles.procedure(code, day)
    if procedure is None:
        raise NotFoundError(f"no procedure {code}", f"Không có thủ tục {code}.")
    return procedure, in_force(procedure, day).required

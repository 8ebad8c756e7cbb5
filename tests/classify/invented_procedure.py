"""A procedure of given rows."""

from datetime import date

from scanflow.classify.profiles import Procedure, RequiredPaper


def procedure(*rows: RequiredPaper) -> Procedure:
    """An invented procedure whose list has these rows."""
    return Procedure(
        "9.999999", "Thử", "UBND", "Thử", ("Luật",), rows, ("quyet-dinh",), "01", date(2025, 7, 1)
    )

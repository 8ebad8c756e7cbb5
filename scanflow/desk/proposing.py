"""Procedures (thủ tục) that a stack's forms indicate, where none is known: for the clerk to choose from."""

from scanflow.classify.page_view import view as view_of_page
from scanflow.classify.proposals import propose_procedures
from scanflow.desk.choices import Choice
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view import view
from scanflow.ledger import readings


def proposed_procedures(desk: Desk, batch_id: str, clerk: str) -> list[Choice]:
    """The likeliest first, each with its chance; none where each dossier's procedure is known.

    Raises NotFoundError, NotYoursError, StackGoneError.
    """
    seen = view(desk, batch_id, clerk)
    firsts = [paper.first for each in seen.dossiers if not each.procedure for paper in each.papers]
    if not firsts:
        return []
    with desk.services.catalog.reading() as connection:
        read = readings.kept(connection, batch_id, desk.reading)
    profiles = desk.services.profiles
    pages = [(no, view_of_page(read[no])) for no in firsts if no in read]
    return [
        Choice(each.code, profiles.procedures[each.code].name, f"{each.code} · {each.chance:.0%}")
        for each in propose_procedures(pages, profiles)
    ]

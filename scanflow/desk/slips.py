"""What a slip that asks for missing papers (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ) is filled in with."""

from dataclasses import dataclass
from datetime import date

from scanflow.archive import agencies
from scanflow.desk.context import Desk
from scanflow.desk.view_model import DeskDossier


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """A row of the slip: what is asked for, how many are missing, how many originals and copies of each."""

    name: str
    count: int
    originals: int
    copies: int


def agency_name(desk: Desk, code: str) -> str:
    """How an agency is called; empty for one that isn't there."""
    found = agencies.all_agencies(desk.services.catalog)
    return next((agency.name for agency in found if agency.code == code), "")


def missing_papers(desk: Desk, dossier: DeskDossier, day: date) -> list[MissingPaper]:
    """What the dossier's checklist says is missing, by its procedure as in force on `day`."""
    procedure = desk.services.profiles.procedure(dossier.procedure, day)
    rows = {row.id: row for row in procedure.required} if procedure else {}
    return [
        MissingPaper(
            item.name,
            item.count - len(item.documents) - item.held,
            rows[item.id].originals if item.id in rows else 0,
            rows[item.id].copies if item.id in rows else 0,
        )
        for item in (dossier.checklist.items if dossier.checklist else ())
        if item.missing
    ]

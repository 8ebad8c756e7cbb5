"""The values of a slip that asks a citizen for missing papers (phiếu yêu cầu bổ sung, hoàn thiện hồ sơ)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from scanflow.archive.catalog import unknown_dossier
from scanflow.archive.people import agencies
from scanflow.classify.profiles import Profiles
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view_model import DeskDossier
from scanflow.model import Checklist
from scanflow.pipeline.filing.export import dossier_checklist

_MOST_NAMES = 3
"""Names from identity cards at most; parents and a child have three."""


@dataclass(frozen=True, slots=True)
class MissingPaper:
    """A row of the slip: what is asked for, how many are missing, how many originals and copies of each."""

    name: str
    count: int
    originals: int
    copies: int


@dataclass(frozen=True, slots=True)
class Slip:
    """What is known of a dossier for its slip; texts are empty where they are not known."""

    number: str
    applicant: str
    procedure_name: str
    missing: tuple[MissingPaper, ...]


def agency_name(desk: Desk, code: str) -> str:
    """An agency's name; empty for an unknown agency."""
    found = agencies.all_agencies(desk.services.catalog)
    return next((agency.name for agency in found if agency.code == code), "")


def slip_of(desk: Desk, dossier: DeskDossier, day: date) -> Slip:
    """The slip of a dossier whose papers are at the desk, by its procedure as in force on `day`."""
    missing = _missing(desk.services.profiles, dossier.procedure, dossier.checklist, day)
    return Slip(dossier.number or "", dossier.applicant, dossier.procedure_name, missing)


def slip_of_saved(desk: Desk, number: str, day: date) -> Slip:
    """The slip of a dossier as it is in the archive now. Raises NotFoundError."""
    profiles = desk.services.profiles
    dossier = desk.services.catalog.dossier(number)
    if dossier is None:
        raise unknown_dossier(number)
    procedure = profiles.procedure(dossier.procedure_code, day)
    missing = _missing(profiles, dossier.procedure_code, dossier_checklist(dossier, profiles), day)
    applicant = first_name(((each.type, each.fields) for each in dossier.documents), profiles)
    return Slip(number, applicant, procedure.name if procedure else "", missing)


def first_name(papers: Iterable[tuple[str, Mapping[str, str]]], profiles: Profiles) -> str:
    """The applicant's name, from papers by type and fields: that on the receipt, else on a form, else those
    on identity cards (forms are often filled in by hand).
    """
    names: dict[str, dict[str, None]] = defaultdict(dict)
    for type_id, fields in papers:
        kind = profiles.types.get(type_id)
        if kind and fields.get("name"):
            names[kind.role].setdefault(fields["name"])
    stated = [*names["receipt"], *names["form"]][:1]
    return ", ".join(stated or list(names["identity"])[:_MOST_NAMES])


def _missing(
    profiles: Profiles, code: str | None, checklist: Checklist | None, day: date
) -> tuple[MissingPaper, ...]:
    procedure = profiles.procedure(code, day)
    rows = {row.id: row for row in procedure.required} if procedure else {}
    return tuple(
        MissingPaper(
            item.name,
            item.count - len(item.documents) - item.held,
            rows[item.id].originals if item.id in rows else 0,
            rows[item.id].copies if item.id in rows else 0,
        )
        for item in (checklist.items if checklist else ())
        if item.missing
    )

"""The results of a day's stacks (hồ sơ trong ngày), and what a dossier still lacks after filing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from scanflow.archive.people.agencies import membership, name_of_user
from scanflow.clock import in_vietnam, now
from scanflow.desk.context import Desk
from scanflow.ledger.desk_work.stacks import FinishedStack, finished_stacks
from scanflow.model import BatchState
from scanflow.pipeline.filing.export import dossier_checklist
from scanflow.pipeline.filing.numbering import REASONS

Became = Literal["saved", "saving", "waiting", "failed", "discarded"]
"""`waiting`: no number could be given, a clerk has to claim it; `discarded`: nothing of it was filed."""


@dataclass(frozen=True, slots=True)
class TodaysStack:
    """A stack that left the desk today: since when, whose it was, and how many papers and pages it has."""

    batch_id: str
    at: datetime
    number: str
    clerk: str
    clerk_name: str
    counter: str
    papers: int
    pages: int
    became: Became
    reason_vi: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    """How much one clerk has saved today, also per hour from the first stack to the last."""

    dossiers: int
    pages: int
    hours: float

    @property
    def dossiers_an_hour(self) -> float:
        return self.dossiers / self.hours if self.hours else 0.0

    @property
    def pages_an_hour(self) -> float:
        return self.pages / self.hours if self.hours else 0.0


def todays_stacks(desk: Desk, clerk: str, counter: str) -> list[TodaysStack]:
    """The stacks of a clerk and of a counter that left the desk today, the newest first."""
    midnight = in_vietnam(now()).replace(hour=0, minute=0, second=0, microsecond=0)
    with desk.services.catalog.reading() as connection:
        agency = membership(connection, clerk).agency
        found = finished_stacks(connection, agency, midnight, clerk=clerk, counter=counter)
        names = {each.operator: name_of_user(connection, each.operator) for each in found}
    return [_shown(each, names[each.operator]) for each in found]


def rate_of(stacks: list[TodaysStack], clerk: str) -> Rate:
    """How fast a clerk has been; without hours where there is one stack only."""
    own = [each for each in stacks if each.clerk == clerk and each.became == "saved"]
    times = [each.at for each in own]
    hours = (max(times) - min(times)).total_seconds() / 3600 if times else 0.0
    return Rate(len(own), sum(each.pages for each in own), hours)


def missing_papers_of(desk: Desk, number: str) -> tuple[str, ...]:
    """What a dossier lacks as it is in the archive now, by its procedure's rows."""
    dossier = desk.services.catalog.dossier(number)
    checklist = dossier_checklist(dossier, desk.services.profiles) if dossier else None
    return tuple(item.title or item.name for item in checklist.items if item.missing) if checklist else ()


def _shown(stack: FinishedStack, clerk_name: str) -> TodaysStack:
    return TodaysStack(
        batch_id=stack.id,
        at=stack.closed_at or stack.updated_at,
        number=stack.dossier_number or stack.clerk_number or "",
        clerk=stack.operator,
        clerk_name=clerk_name,
        counter=stack.counter or "",
        papers=stack.papers,
        pages=stack.pages,
        became=_became(stack),
        reason_vi=REASONS[stack.reason][1] if stack.reason in REASONS else "",
    )


def _became(stack: FinishedStack) -> Became:
    match stack.state:
        case BatchState.CLOSED:
            return "saved" if stack.papers else "discarded"
        case BatchState.UNASSIGNED:
            return "waiting"
        case BatchState.FAILED:
            return "failed"
    return "saving"

"""The parts of the desk's pages that are fetched again whenever something changes."""

from dataclasses import asdict, dataclass

from fastapi import Request, Response

from scanflow.archive.people import accounts
from scanflow.desk import stacks
from scanflow.desk.access import in_agency, require_owner
from scanflow.desk.arriving import orders
from scanflow.desk.changing import handover
from scanflow.desk.stack_view.view import view
from scanflow.desk.stack_view.view_model import StackView
from scanflow.desk.stacks import StackSummary
from scanflow.errors import ScanflowError
from scanflow.model.order_states import UNDER_WAY
from scanflow.web.authentication import Signed, desk_of
from scanflow.web.desk import shown
from scanflow.web.rendering import page


def stack_page(
    request: Request,
    signed: Signed,
    batch_id: str,
    chosen: int | None = None,
    *,
    whole: bool = False,
    notice: ScanflowError | None = None,
) -> Response:
    """A stack as it is now: the whole page, or the part of it that changes.

    Raises NotYoursError, StackGoneError, NotFoundError.
    """
    desk = desk_of(request)
    seen = view(desk, batch_id, signed.user.name)
    # Where the stack was begun: there its scans are ordered, wherever its clerk sits by now.
    counter = orders.counter_state(desk, seen.counter or signed.seat)
    response = page(
        request,
        "desk/stack.html" if whole else "desk/stack_part.html",
        stack=seen,
        counter=counter,
        chosen=shown.chosen_page(seen, chosen),
        feeding=seen.feeding,
        busy=seen.feeding is not None and seen.feeding.state in UNDER_WAY,
        pages=list(shown.all_pages(seen)),
        kept=sum(each.state != "removed" for each in shown.all_pages(seen)),
        papers=sum(len(dossier.papers) for dossier in seen.dossiers),
        worst=shown.worst,
        is_doubtful=shown.is_doubtful,
        doubtful=len(shown.doubtful_pages(seen)),
        reason=shown.reason,
        number=shown.number(seen),
        applicants=shown.applicants(seen),
        procedure_name=shown.procedure_name(desk.services.profiles, seen),
        checklists=[shown.ticked(dossier) for dossier in seen.dossiers],
        missing=shown.missing_count(seen),
        unattested=shown.unattested(seen),
        names=_names(request, seen),
        notice=notice,
    )
    # The page drops an answer that is older than what it shows.
    response.headers["X-Revision"] = str(seen.revision)
    return response


@dataclass(frozen=True, slots=True)
class DescribeForm:
    """The contents of the dialog for a stack's number and procedure. `procedure` is the code of the chosen
    procedure, `procedure_name` the text in its field. The errors belong to either field.
    """

    number: str
    procedure: str
    procedure_name: str
    number_error: ScanflowError | None = None
    procedure_error: ScanflowError | None = None


def describe_dialog(request: Request, batch_id: str, form: DescribeForm) -> Response:
    """The dialog for a stack's number and procedure, whatever part of the page made the request."""
    return _dialog(page(request, "desk/describe.html", batch_id=batch_id, form=form))


def other_code_dialog(request: Request, batch_id: str, code: str, seen: StackView) -> Response:
    """The dialog that asks what to do when the code of another dossier was scanned."""
    return _dialog(
        page(
            request,
            "desk/other_code.html",
            batch_id=batch_id,
            code=code,
            number=shown.number(seen),
            procedure=seen.procedure or "",
        )
    )


def _dialog(response: Response) -> Response:
    response.headers["HX-Retarget"] = "#dialog"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def list_page(
    request: Request,
    signed: Signed,
    *,
    whole: bool,
    notice: ScanflowError | None = None,
    number: str = "",
    existing: bool = False,
) -> Response:
    """The first page: own open stacks, batches that wait for a clerk, the form for a new stack; for a
    supervisor also the other clerks' stacks.
    """
    desk = desk_of(request)
    mine, unclaimed, away, others = _listed(request, signed)
    clerks = {each.clerk for each in (*away, *(others or ()))}
    return page(
        request,
        "desk/list.html" if whole else "desk/list_part.html",
        mine=mine,
        unclaimed=unclaimed,
        away=away,
        others=others,
        names={name: accounts.display_name(desk.services.catalog, name) for name in clerks},
        counter=orders.counter_state(desk, signed.seat),
        number=number,
        existing=existing,
        notice=notice,
    )


def stack_stamp(request: Request, signed: Signed, batch_id: str) -> str:
    """Changes whenever a stack's page shows something else. Raises NotFoundError, NotYoursError."""
    with desk_of(request).services.catalog.reading() as connection:
        row = in_agency(connection, batch_id, signed.user.name)
        require_owner(connection, row, signed.user.name)
    return f"{row.revision} {_counter_stamp(request, row.counter or signed.seat)}"


def list_stamp(request: Request, signed: Signed) -> str:
    """Changes whenever the first page shows something else."""
    rows = [[asdict(each) for each in part or ()] for part in _listed(request, signed)]
    return f"{hash(repr(rows)):x} {_counter_stamp(request, signed.seat)}"


def _listed(
    request: Request, signed: Signed
) -> tuple[list[StackSummary], list[StackSummary], list[StackSummary], list[StackSummary] | None]:
    """Own stacks, those that wait, those that were handed to others; for a supervisor those of others."""
    desk, name = desk_of(request), signed.user.name
    others = handover.others_stacks(desk, name) if handover.supervises(signed.user.member) else None
    return (
        stacks.my_stacks(desk, name),
        stacks.unclaimed(desk, name),
        handover.handed_away(desk, name),
        others,
    )


def _counter_stamp(request: Request, counter: str) -> str:
    return f"{hash(repr(orders.counter_state(desk_of(request), counter))):x}"


def _names(request: Request, seen: StackView) -> dict[str, str]:
    """Names of the people who marked papers as compared with the original."""
    by = {paper.attested.by for dossier in seen.dossiers for paper in dossier.papers if paper.attested}
    catalog = desk_of(request).services.catalog
    return {name: accounts.display_name(catalog, name) for name in by}

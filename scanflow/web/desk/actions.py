"""A clerk's actions: each takes a button's form, and answers with the changed stack."""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from scanflow.desk import choices, stacks
from scanflow.desk.arriving import orders
from scanflow.desk.changing import changes, handover
from scanflow.desk.context import Desk
from scanflow.errors import (
    DeskError,
    NotReadyError,
    NotYoursError,
    ScanflowError,
    ScannerError,
    StackGoneError,
    UsageError,
)
from scanflow.web.authentication import Signed, desk_of
from scanflow.web.desk import fragments
from scanflow.web.desk.routes import MOST_PAGES, NothingIsNone, PageNo, Seated, own
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/desk", route_class=ViewRoute)

Page = Annotated[PageNo | None, NothingIsNone, Form(alias="page")]
No = Annotated[PageNo, Form()]
Text = Annotated[str, Form()]

Also = Annotated[str, Form()]
"""Further pages that are selected: their numbers, with spaces between them."""

Act = Callable[[Desk, str], object]
"""What to do, given the desk and the clerk's name."""


@router.post("/stacks")
@shows("stacks")
def new_stack(
    request: Request,
    signed: Seated,
    number: Text = "",
    procedure: Text = "",
    q: Text = "",
    device: Text = "",
    profile: Text = "",
    scan: Annotated[bool, Form()] = False,
    existing: Annotated[bool, Form()] = False,
) -> Response:
    """Open a stack and, if wanted, have it fed at once; `q` is what stands in the field of the procedure;
    `existing`: the dossier must be in the archive.
    """
    desk = desk_of(request)
    try:
        batch_id = stacks.open_stack(
            desk,
            clerk=signed.user.name,
            counter=signed.seat,
            number=number.strip() or None,
            procedure=choices.resolve_procedure(desk.services.profiles, procedure, q),
            existing=existing,
        )
    except UsageError as error:
        return fragments.list_page(request, signed, whole=False, notice=error)
    if scan:
        _quietly(lambda: orders.scan(desk, batch_id, signed.user.name, device=device, profile=profile))
    return _go_to_stack(batch_id)


@router.post("/stacks/{batch_id}/claim")
@shows("stacks")
def claim(request: Request, signed: Seated, batch_id: str) -> Response:
    try:
        stacks.claim(desk_of(request), batch_id, signed.user.name, signed.seat)
    except DeskError as error:
        return fragments.list_page(request, signed, whole=False, notice=error)
    return _go_to_stack(batch_id)


@router.post("/look")
@shows("stacks")
def look_for_scanners(request: Request, signed: Seated) -> Response:
    orders.look_for_scanners(desk_of(request), signed.seat)
    return fragments.list_page(request, signed, whole=False)


@router.post("/choose")
@shows_nothing
def choose_scanner(request: Request, signed: Seated, device: Text = "", profile: Text = "") -> Response:
    """Remember what this counter scans with."""
    orders.remember_choice(desk_of(request), signed.seat, device, profile)
    return Response(status_code=204)


@router.post("/stacks/{batch_id}/choose")
@shows_nothing
def choose_for_stack(
    request: Request, signed: Seated, batch_id: str, device: Text = "", profile: Text = ""
) -> Response:
    counter = own(request, signed, batch_id).counter or signed.seat
    orders.remember_choice(desk_of(request), counter, device, profile)
    return Response(status_code=204)


@router.post("/stacks/{batch_id}/look")
@shows("stack")
def look_again(request: Request, signed: Seated, batch_id: str, page: Page = None) -> Response:
    counter = own(request, signed, batch_id).counter or signed.seat
    return _changed(request, signed, batch_id, page, lambda desk, _: orders.look_for_scanners(desk, counter))


@router.post("/stacks/{batch_id}/scan")
@shows("stack")
def scan(
    request: Request,
    signed: Seated,
    batch_id: str,
    device: Text = "",
    profile: Text = "",
    page: Page = None,
) -> Response:
    def act(desk: Desk, name: str) -> None:
        orders.scan(desk, batch_id, name, device=device, profile=profile)

    return _changed(request, signed, batch_id, page, act)


@router.post("/stacks/{batch_id}/rescan")
@shows("stack")
def rescan(
    request: Request,
    signed: Seated,
    batch_id: str,
    no: No,
    device: Text = "",
    profile: Text = "",
) -> Response:
    """One sheet in the place of a page."""

    def act(desk: Desk, name: str) -> None:
        orders.scan(desk, batch_id, name, device=device, profile=profile, replaces=no)

    return _changed(request, signed, batch_id, no, act)


@router.post("/stacks/{batch_id}/stop")
@shows("stack")
def stop(request: Request, signed: Seated, batch_id: str, page: Page = None) -> Response:
    return _changed(request, signed, batch_id, page, lambda desk, name: orders.stop(desk, batch_id, name))


@router.post("/stacks/{batch_id}/turn")
@shows("stack")
def rotate(
    request: Request,
    signed: Seated,
    batch_id: str,
    no: No,
    degrees: Annotated[int, Form(ge=-360, le=360)],
    also: Also = "",
) -> Response:
    def act(desk: Desk, name: str) -> None:
        changes.rotate(desk, batch_id, name, no, degrees, also=_numbers(also))

    return _changed(request, signed, batch_id, no, act)


@router.post("/stacks/{batch_id}/remove")
@shows("stack")
def remove(request: Request, signed: Seated, batch_id: str, no: No, also: Also = "") -> Response:
    def act(desk: Desk, name: str) -> None:
        changes.remove(desk, batch_id, name, no, also=_numbers(also))

    return _changed(request, signed, batch_id, no, act)


@router.post("/stacks/{batch_id}/remove-file")
@shows("stack")
def remove_file(request: Request, signed: Seated, batch_id: str, no: No) -> Response:
    """The whole of the signed file in which a page is."""
    return _changed(
        request, signed, batch_id, no, lambda desk, name: changes.remove_file(desk, batch_id, name, no)
    )


@router.post("/stacks/{batch_id}/restore")
@shows("stack")
def restore(request: Request, signed: Seated, batch_id: str, no: No, also: Also = "") -> Response:
    def act(desk: Desk, name: str) -> None:
        changes.restore(desk, batch_id, name, no, also=_numbers(also))

    return _changed(request, signed, batch_id, no, act)


@router.post("/stacks/{batch_id}/arrange")
@shows("stack")
def arrange(request: Request, signed: Seated, batch_id: str, papers: Text, page: Page = None) -> Response:
    """`papers`: the numbers of each paper's pages with spaces between them; a slash between papers."""
    layout = [numbers for paper in papers.split("/") if (numbers := _numbers(paper))]
    return _changed(
        request, signed, batch_id, page, lambda desk, name: changes.arrange(desk, batch_id, name, layout)
    )


@router.post("/stacks/{batch_id}/undo")
@shows("stack")
def undo(
    request: Request,
    signed: Seated,
    batch_id: str,
    step: Annotated[int, Form(ge=0, le=2**62)],
    page: Page = None,
) -> Response:
    return _changed(
        request, signed, batch_id, page, lambda desk, name: changes.undo(desk, batch_id, name, step)
    )


@router.post("/stacks/{batch_id}/split")
@shows("stack")
def split(request: Request, signed: Seated, batch_id: str, no: No) -> Response:
    return _changed(request, signed, batch_id, no, lambda desk, name: changes.split(desk, batch_id, name, no))


@router.post("/stacks/{batch_id}/join")
@shows("stack")
def join(request: Request, signed: Seated, batch_id: str, no: No) -> Response:
    return _changed(request, signed, batch_id, no, lambda desk, name: changes.join(desk, batch_id, name, no))


@router.post("/stacks/{batch_id}/type")
@shows("stack")
def choose_type(
    request: Request,
    signed: Seated,
    batch_id: str,
    first: No,
    type: Text = "",
    page: Page = None,
) -> Response:
    """A type, or a row of the procedure's list (`row:ID`); neither: the program decides again."""

    def act(desk: Desk, name: str) -> None:
        if type.startswith(choices.ROW):
            changes.choose_row(desk, batch_id, name, first, type.removeprefix(choices.ROW))
        else:
            changes.choose_type(desk, batch_id, name, first, type or None)

    return _changed(request, signed, batch_id, page, act)


@router.post("/stacks/{batch_id}/attest")
@shows("stack")
def attest(
    request: Request,
    signed: Seated,
    batch_id: str,
    first: No,
    on: Annotated[bool, Form()] = False,
    page: Page = None,
) -> Response:
    return _changed(
        request, signed, batch_id, page, lambda desk, name: changes.attest(desk, batch_id, name, first, on)
    )


@router.post("/stacks/{batch_id}/attest-all")
@shows("stack")
def attest_all(request: Request, signed: Seated, batch_id: str, page: Page = None) -> Response:
    return _changed(
        request, signed, batch_id, page, lambda desk, name: changes.attest_all(desk, batch_id, name)
    )


@router.post("/stacks/{batch_id}/describe")
@shows("stack")
def describe(
    request: Request,
    signed: Seated,
    batch_id: str,
    number: Text = "",
    procedure: Text = "",
    q: Text = "",
    page: Page = None,
) -> Response:
    """An error is shown at its field; both fields keep what was typed."""
    desk = desk_of(request)
    form = fragments.DescribeForm(number, procedure, q)
    try:
        code = choices.resolve_procedure(desk.services.profiles, procedure, q)
    except UsageError as error:
        return fragments.describe_dialog(request, batch_id, replace(form, procedure_error=error))
    try:
        stacks.describe(desk, batch_id, signed.user.name, number.strip() or None, code)
    except UsageError as error:
        return fragments.describe_dialog(request, batch_id, replace(form, number_error=error))
    except StackGoneError:
        return _go_to_outcome(batch_id)
    return fragments.stack_page(request, signed, batch_id, page)


@router.post("/stacks/{batch_id}/hand-in")
@shows("stack")
def submit_stack(
    request: Request,
    signed: Seated,
    batch_id: str,
    revision: Annotated[int, Form(ge=0, le=2**62)],
    page: Page = None,
    leave_behind: Annotated[bool, Form()] = False,
) -> Response:
    """Submit a stack for filing; `leave_behind`: without pages that are still at the counter."""
    try:
        stacks.submit(desk_of(request), batch_id, signed.user.name, revision, leave_behind=leave_behind)
    except StackGoneError:  # submitted a moment ago: Enter was pressed twice
        return _go_to_outcome(batch_id)
    except NotYoursError:
        raise
    except DeskError as error:
        return fragments.stack_page(request, signed, batch_id, page, notice=error)
    return _go_to_outcome(batch_id)


@router.post("/stacks/{batch_id}/give-up")
@shows("stack")
def give_up(request: Request, signed: Seated, batch_id: str) -> Response:
    try:
        stacks.give_up(desk_of(request), batch_id, signed.user.name)
    except NotReadyError as error:
        return fragments.stack_page(request, signed, batch_id, notice=error)
    return _go_to_outcome(batch_id)


@router.post("/stacks/{batch_id}/give-back")
@shows("stacks")
def give_back(request: Request, signed: Seated, batch_id: str) -> Response:
    """Let any clerk take the stack on."""
    try:
        handover.give_back(desk_of(request), batch_id, signed.user.name)
    except StackGoneError:
        return _go_to_outcome(batch_id)
    return Response(headers={"HX-Redirect": "/desk"})


def _numbers(listed: str) -> list[int]:
    """Page numbers from a text with spaces between them; anything else is left out."""
    most = len(str(MOST_PAGES))
    return [int(each) for each in listed.split() if each.isascii() and each.isdigit() and len(each) <= most]


def _changed(request: Request, signed: Signed, batch_id: str, page: int | None, act: Act) -> Response:
    """Do something and show the changed stack, with an error if it could not be done."""
    notice: ScanflowError | None = None
    try:
        act(desk_of(request), signed.user.name)
    except StackGoneError:
        return _go_to_outcome(batch_id)
    except NotYoursError:
        raise
    except (DeskError, ScannerError, UsageError) as error:
        notice = error
    return fragments.stack_page(request, signed, batch_id, page, notice=notice)


def _quietly(act: Callable[[], object]) -> None:
    """Do something and ignore its error, which the stack's own page shows."""
    try:
        act()
    except (DeskError, ScannerError, UsageError):
        return


def _go_to_outcome(batch_id: str) -> Response:
    return Response(headers={"HX-Redirect": f"/desk/stacks/{batch_id}/filed"})


def _go_to_stack(batch_id: str) -> Response:
    return Response(headers={"HX-Redirect": f"/desk/stacks/{batch_id}"})

"""The operator's pages of imported lists: procedures, and how each row was understood, to be corrected."""

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from scanflow.desk import choices, procedure_lists
from scanflow.desk.procedure_lists import RowCorrection
from scanflow.errors import NotFoundError, UsageError
from scanflow.web.authentication import AuthenticatedRoute, Signed, clerk, desk_of
from scanflow.web.rendering import page
from scanflow.web.signin import SEE_OTHER
from scanflow.web.viewing import shows_nothing

router = APIRouter(prefix="/procedures", route_class=AuthenticatedRoute)

Person = Annotated[Signed, Depends(clerk)]
Typed = Annotated[str, Query(max_length=200)]
Text = Annotated[str, Form(max_length=10_000)]


@router.get("")
@shows_nothing
def procedure_list(request: Request, signed: Person, q: Typed = "") -> Response:
    """Procedures that fit what was typed. Raises DeniedError."""
    desk = desk_of(request)
    procedure_lists.require_operator(desk, signed.user.name)
    recent, others = choices.search_procedures(desk, signed.user.name, q)
    return page(request, "procedures.html", q=q, found=[*recent, *others])


@router.get("/{code}")
@shows_nothing
def procedure_page(request: Request, signed: Person, code: str) -> Response:
    """How a procedure's rows were understood. Raises DeniedError, NotFoundError."""
    return _page(request, signed, code)


@router.post("/{code}")
@shows_nothing
def correct_row(
    request: Request,
    signed: Person,
    code: str,
    key: Text,
    action: Text,
    titles: Text = "",
    form_numbers: Text = "",
    condition: Text = "",
    count: Text = "1",
    required: Text = "",
) -> Response:
    """Correct a row (`save`), note that it asks for no paper (`none`), or take the correction
    back (`undo`).
    """
    said = None
    if action != "undo":
        said = RowCorrection(
            paper=action != "none",
            titles=_lines(titles),
            form_numbers=tuple(filter(None, (each.strip() for each in re.split(r"[,;\n]", form_numbers)))),
            condition=" ".join(condition.split()),
            required=bool(required),
            count=int(count) if re.fullmatch(r"[0-9]{1,3}", count.strip()) else 0,
        )
    try:
        procedure_lists.correct(desk_of(request), signed.user.name, code, key, said)
    except UsageError as error:
        return _page(request, signed, code, status=422, problem=error, at=key)
    return RedirectResponse(f"/procedures/{code}#row-{key}", SEE_OTHER)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (" ".join(line.split()) for line in text.splitlines()))))


def _page(
    request: Request,
    signed: Signed,
    code: str,
    *,
    status: int = 200,
    problem: UsageError | None = None,
    at: str = "",
) -> Response:
    desk = desk_of(request)
    procedure_lists.require_operator(desk, signed.user.name)
    found = procedure_lists.imported(desk, code)
    if found is None:
        raise NotFoundError(
            f"no imported list has procedure {code}",
            f"Thủ tục {code} không có trong danh mục đã nhập.",
        )
    procedure, rows = found
    return page(
        request, "procedure.html", status=status, procedure=procedure, rows=rows, problem=problem, at=at
    )

"""What comes into a stack besides scans: files that are dropped on its page, codes from a barcode scanner."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from scanflow.desk import stacks
from scanflow.desk.arriving import dropped
from scanflow.desk.stack_view.view import view
from scanflow.pipeline.intake import uploads
from scanflow.web.authentication import desk_of
from scanflow.web.bodies import read_body
from scanflow.web.desk import fragments
from scanflow.web.desk.routes import Seated
from scanflow.web.viewing import ViewRoute, shows, shows_nothing

router = APIRouter(prefix="/desk", route_class=ViewRoute)


@router.put("/stacks/{batch_id}/files")
@shows_nothing
async def take_file(
    request: Request, signed: Seated, batch_id: str, name: Annotated[str, Query(max_length=255)]
) -> Response:
    """A file that was dropped on the page; it is safe in the stack when this answers."""
    desk = desk_of(request)
    data = await read_body(request, desk.services.settings.limits.file_bytes)
    await run_in_threadpool(dropped.take_file, desk, batch_id, signed.user.name, name, data)
    return Response(status_code=204)


@router.post("/stacks/{batch_id}/uploads/{upload_id}")
@shows_nothing
def take_upload(request: Request, signed: Seated, batch_id: str, upload_id: str) -> Response:
    """The same for a file that came in pieces (`/api/v1/uploads`, held). The upload stays until the browser
    deletes it, so that the browser can repeat this call after a lost answer; that changes nothing.
    """
    desk, user = desk_of(request), signed.user
    settings = desk.services.settings
    upload = uploads.find(settings, uploads.Uploader(user.name, user.member.agency), upload_id)
    data = uploads.content(settings, upload)
    dropped.take_file(desk, batch_id, user.name, upload.name, data)
    return Response(status_code=204)


@router.post("/stacks/{batch_id}/code")
@shows("stack")
def scanned_code(
    request: Request, signed: Seated, batch_id: str, code: Annotated[str, Form(max_length=2000)]
) -> Response:
    """Take a code that was scanned while the stack is shown. It sets the number if none is known yet. With
    the number of another dossier nothing changes, and a dialog asks the clerk.
    """
    desk, clerk = desk_of(request), signed.user.name
    number = stacks.number_in_code(desk, code)
    if number is None:
        return Response(status_code=204, headers={"HX-Trigger": "no-number"})
    seen = view(desk, batch_id, clerk)
    known = {dossier.number for dossier in seen.dossiers if dossier.number} | {seen.number} - {None}
    if number in known:
        return Response(status_code=204)
    if known:
        return fragments.other_code_dialog(request, batch_id, number, seen)
    stacks.describe(desk, batch_id, clerk, number, seen.procedure)
    return fragments.stack_page(request, signed, batch_id)

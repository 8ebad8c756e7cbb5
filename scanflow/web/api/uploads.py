"""Uploads that go on where they stopped: the tus protocol 1.0.0.

Of its extensions: creation, creation-with-upload, checksum, termination, expiration.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Annotated, Any, Literal

from anyio import CancelScope
from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool

from scanflow.errors import ChangedError, ChecksumError, UsageError
from scanflow.membership import Scope
from scanflow.pipeline.intake import uploads
from scanflow.pipeline.intake.uploads import Announced, Appending, Upload
from scanflow.web.api.callers import ApiRoute, TheCaller, needs
from scanflow.web.api.problems import CHECKSUM_MISMATCH, Refusal, described
from scanflow.web.authentication import desk_of
from scanflow.web.bodies import allow_body

router = APIRouter(prefix="/uploads", route_class=ApiRoute, tags=["uploads"])

VERSION = "1.0.0"
_EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
_ALGORITHMS = ("sha256", "sha1")
_PIECE = "application/offset+octet-stream"
_MOST_DIGITS = 18
_RESUMABLE = {"Tus-Resumable": VERSION}

Checksum = tuple[str, bytes]
"""An algorithm and a digest."""

UploadId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
_PIECE_BODY: dict[str, Any] = {
    "requestBody": {"content": {_PIECE: {"schema": {"type": "string", "format": "binary"}}}}
}


def _header(name: str, description: str, *, required: bool = True) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": required, "schema": schema, "description": description}


_VERSION_HEADER = _header("Tus-Resumable", f"always {VERSION}")
_CHECKSUM_HEADER = _header("Upload-Checksum", "`sha256` or `sha1`, a space, base64", required=False)
_CREATION = {
    "parameters": [
        _VERSION_HEADER,
        _header("Upload-Length", "the file's bytes"),
        _header(
            "Upload-Metadata",
            "pairs of a key and a value in base64, with commas between them: `filename`, `dossier`, "
            "`procedure`, `sha256` (of the whole file), `hold` (wait for POST /batches)",
            required=False,
        ),
        _CHECKSUM_HEADER,
    ]
}
_APPENDING = {
    "parameters": [_VERSION_HEADER, _header("Upload-Offset", "where these bytes begin"), _CHECKSUM_HEADER]
}


@dataclass(frozen=True, slots=True)
class UploadAnswer:
    """An upload, complete or not. `batch` is the batch that its file is in."""

    id: str
    name: str
    length: int
    offset: int
    state: Literal["receiving", "received", "taken"]
    batch: str | None
    dossier: str | None
    procedure: str | None
    held: bool
    created_at: datetime
    expires_at: datetime


@router.options("", status_code=204, include_in_schema=False)
@needs()
def capabilities(request: Request) -> Response:
    limit = desk_of(request).services.settings.limits.file_bytes
    headers = {
        "Tus-Version": VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Max-Size": str(limit),
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    }
    return Response(status_code=204, headers=_RESUMABLE | headers)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses=described(400, 409, 412, 413, 415, 460),
    openapi_extra=_CREATION | _PIECE_BODY,
)
@needs(Scope.UPLOAD)
async def create(request: Request, caller: TheCaller) -> Response:
    """Announce a file; its first bytes may be in the body. `Location` is the address for the others."""
    _require_version(request)
    announced = _announced(request)
    has_body = request.headers.get("Content-Type", "").startswith(_PIECE)
    checksum = _checksum(request)
    services = desk_of(request).services
    upload = await run_in_threadpool(uploads.begin, services, caller.sender, announced)
    if has_body:
        upload = await _receive(request, upload, 0, checksum)
    upload = await _take(request, upload)
    headers = {"Location": f"{request.scope.get('root_path', '')}/uploads/{upload.id}"}
    return Response(status_code=201, headers=headers | _state_headers(request, upload))


@router.get("")
@needs(Scope.UPLOAD)
def own_uploads(request: Request, caller: TheCaller) -> list[UploadAnswer]:
    """The caller's own uploads that are not forgotten yet, the newest first."""
    settings = desk_of(request).services.settings
    return [_answer(request, each) for each in uploads.own_uploads(settings, caller.sender)]


@router.head("/{upload_id}", response_class=Response, responses=described(404, 412))
@needs(Scope.UPLOAD)
def offset(request: Request, caller: TheCaller, upload_id: UploadId) -> Response:
    """How many bytes of a file are safe."""
    upload = uploads.find(desk_of(request).services.settings, caller.sender, upload_id)
    headers = {"Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    return Response(status_code=200, headers=headers | _state_headers(request, upload))


@router.get("/{upload_id}", responses=described(404))
@needs(Scope.UPLOAD)
def upload_state(request: Request, caller: TheCaller, upload_id: UploadId) -> UploadAnswer:
    """How far an upload is, and the batch that its file is in."""
    settings = desk_of(request).services.settings
    return _answer(request, uploads.find(settings, caller.sender, upload_id))


@router.patch(
    "/{upload_id}",
    status_code=204,
    response_class=Response,
    responses=described(400, 404, 409, 412, 413, 415, 423, 460),
    openapi_extra=_APPENDING | _PIECE_BODY,
)
@needs(Scope.UPLOAD)
async def append(request: Request, caller: TheCaller, upload_id: UploadId) -> Response:
    """The next bytes of a file. If the connection breaks, those that came are kept, unless they have a
    checksum.
    """
    return await _append(request, caller, upload_id)


@router.delete("/{upload_id}", status_code=204, response_class=Response, responses=described(404, 412, 423))
@needs(Scope.UPLOAD)
def terminate(request: Request, caller: TheCaller, upload_id: UploadId) -> Response:
    """Forget an upload; a file that was taken stays in its batch."""
    _require_version(request)
    return _terminate(request, caller, upload_id)


@router.post("/{upload_id}", include_in_schema=False)
@needs(Scope.UPLOAD)
async def overridden(request: Request, caller: TheCaller, upload_id: UploadId) -> Response:
    """For clients behind proxies that let no PATCH or DELETE through."""
    method = request.headers.get("X-HTTP-Method-Override", "")
    if method == "PATCH":
        return await _append(request, caller, upload_id)
    if method == "DELETE":
        return await run_in_threadpool(_terminate, request, caller, upload_id)
    raise Refusal(
        405, UsageError("this address does not take this method"), {"Allow": "HEAD, GET, PATCH, DELETE"}
    )


def _terminate(request: Request, caller: TheCaller, upload_id: str) -> Response:
    settings = desk_of(request).services.settings
    uploads.forget(settings, uploads.find(settings, caller.sender, upload_id))
    return Response(status_code=204, headers=_RESUMABLE)


async def _append(request: Request, caller: TheCaller, upload_id: str) -> Response:
    _require_version(request)
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != _PIECE:
        raise Refusal(415, UsageError(f"a piece of a file comes as {_PIECE}"))
    begins = _number(request, "Upload-Offset")
    checksum = _checksum(request)
    settings = desk_of(request).services.settings
    upload = await run_in_threadpool(uploads.find, settings, caller.sender, upload_id)
    upload = await _take(request, await _receive(request, upload, begins, checksum))
    return Response(status_code=204, headers=_state_headers(request, upload))


async def _receive(request: Request, upload: Upload, begins: int, checksum: Checksum | None) -> Upload:
    """Append a request's body. If it breaks off, what came is kept, unless it has a checksum."""
    opened = uploads.appending(desk_of(request).services.settings, upload)
    to = await run_in_threadpool(opened.__enter__)
    try:
        if begins != to.upload.offset:
            headers = _RESUMABLE | {"Upload-Offset": str(to.upload.offset)}
            raise Refusal(409, ChangedError(f"the next byte is number {to.upload.offset}"), headers)
        allow_body(request, to.room)
        whole = False
        try:
            digest = await _write(request, to, checksum)
            whole = checksum is None or digest == checksum[1]
        finally:
            # Also if the request was cut off: the state must not depend on the next request.
            with CancelScope(shield=True):
                await run_in_threadpool(to.keep if whole or checksum is None else to.discard)
        if not whole:
            raise Refusal(
                CHECKSUM_MISMATCH, ChecksumError("these bytes don't have their checksum: send them again")
            )
        return to.upload
    finally:
        with CancelScope(shield=True):
            await run_in_threadpool(opened.__exit__, None, None, None)


async def _write(request: Request, to: Appending, checksum: Checksum | None) -> bytes:
    digest = hashlib.new(checksum[0], usedforsecurity=False) if checksum else None
    async for part in request.stream():
        if digest:
            digest.update(part)
        # Bytes that are to be checked are not safe before they are.
        await run_in_threadpool(to.write, part, keep=digest is None)
    return digest.digest() if digest else b""


async def _take(request: Request, upload: Upload) -> Upload:
    desk = desk_of(request)
    return await run_in_threadpool(uploads.take_if_complete, desk.services, desk.submit, upload)


def _announced(request: Request) -> Announced:
    """What the headers state about a file. Raises UsageError, Refusal."""
    if "Upload-Defer-Length" in request.headers:
        raise Refusal(400, UsageError("the length of a file is to be known: Upload-Length"))
    said = _metadata(request.headers.get("Upload-Metadata", ""))
    return Announced(
        name=said.get("filename", ""),
        length=_number(request, "Upload-Length"),
        number=said.get("dossier", ""),
        procedure=said.get("procedure", ""),
        sha256=said.get("sha256", ""),
        held="hold" in said,
    )


def _metadata(header: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for pair in filter(None, (each.strip() for each in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except ValueError:
            raise Refusal(400, UsageError("Upload-Metadata: a value is not UTF-8 in base64")) from None
    return found


def _checksum(request: Request) -> Checksum | None:
    """The algorithm and the digest of a body. Raises Refusal."""
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in _ALGORITHMS:
        raise Refusal(400, UsageError(f"Upload-Checksum: {' or '.join(_ALGORITHMS)}"))
    try:
        return algorithm, base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal(400, UsageError("Upload-Checksum: not base64")) from None


def _number(request: Request, name: str) -> int:
    value = request.headers.get(name, "")
    if not (value.isascii() and value.isdigit()) or len(value) > _MOST_DIGITS:
        raise Refusal(400, UsageError(f"{name}: a number of bytes is wanted"))
    return int(value)


def _require_version(request: Request) -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise Refusal(412, UsageError(f"Tus-Resumable: {VERSION} is wanted"), {"Tus-Version": VERSION})


def _state_headers(request: Request, upload: Upload) -> dict[str, str]:
    settings = desk_of(request).services.settings
    headers = _RESUMABLE | {"Upload-Offset": str(upload.offset)}
    if upload.batch:
        headers["Scanflow-Batch"] = upload.batch
    else:
        headers["Upload-Expires"] = format_datetime(uploads.expires_at(settings, upload), usegmt=True)
    return headers


def _answer(request: Request, upload: Upload) -> UploadAnswer:
    state: Literal["receiving", "received", "taken"] = "received" if upload.is_complete else "receiving"
    return UploadAnswer(
        id=upload.id,
        name=upload.name,
        length=upload.length,
        offset=upload.offset,
        state="taken" if upload.batch else state,
        batch=upload.batch,
        dossier=upload.number,
        procedure=upload.procedure,
        held=upload.held,
        created_at=upload.created_at,
        expires_at=uploads.expires_at(desk_of(request).services.settings, upload),
    )

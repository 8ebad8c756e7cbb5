"""Errors of the API: `application/problem+json` (RFC 9457), a stable code, a sentence in two languages."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from scanflow.errors import (
    CatalogError,
    ChecksumError,
    DeniedError,
    DeskError,
    InputError,
    NotFoundError,
    NotStillError,
    OversizedInputError,
    ScanflowError,
    StoreError,
    UploadBusyError,
    UploadsFullError,
    UsageError,
)
from scanflow.logs import get_logger

log = get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
CLIENT_AWAY = 499
"""The caller has closed the connection: nobody gets this answer."""
CHECKSUM_MISMATCH = 460
"""Of the tus protocol."""

# The first class that fits an error decides.
_STATUS: tuple[tuple[type[ScanflowError], int], ...] = (
    (DeniedError, 403),
    (NotFoundError, 404),
    (DeskError, 409),
    (OversizedInputError, 413),
    (ChecksumError, CHECKSUM_MISMATCH),
    (UploadBusyError, 423),
    (UploadsFullError, 503),
    (InputError, 422),
    (UsageError, 422),
    (StoreError, 503),
    (CatalogError, 503),
    (NotStillError, 503),
)


class Problem(BaseModel):
    """What is wrong with a call. `code` is a stable word for programs."""

    type: str = Field(default="about:blank", description="always about:blank: `code` tells errors apart")
    title: str = Field(description="what the status means")
    status: int
    detail: str = Field(description="an English sentence: what is wrong, and what to do")
    detail_vi: str = Field(description="the same in Vietnamese")
    code: str


class Refusal(Exception):  # noqa: N818 - it is an answer
    """A call that can't be carried out, with a status of its own, and headers."""

    def __init__(self, status: int, error: ScanflowError, headers: dict[str, str] | None = None) -> None:
        super().__init__(error.message)
        self.status, self.error, self.headers = status, error, headers or {}


def add_handlers(app: FastAPI) -> None:
    """Let all errors be answered in this form."""
    app.add_exception_handler(Refusal, _on_refusal)
    app.add_exception_handler(ScanflowError, _on_scanflow_error)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(RequestValidationError, _on_wrong_call)
    # A value that the database can't hold: PostgreSQL takes no zero characters, and numbers have an end.
    app.add_exception_handler(DataError, _on_wrong_value)
    app.add_exception_handler(ClientDisconnect, _on_disconnect)
    app.add_exception_handler(Exception, _on_failure)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of these statuses, for the OpenAPI description."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _title(status), "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def problem(error: ScanflowError, status: int, headers: dict[str, str] | None = None) -> Response:
    body = Problem(
        title=_title(status),
        status=status,
        detail=error.message,
        detail_vi=error.message_vi,
        code=error.code,
    )
    return JSONResponse(body.model_dump(), status, headers, MEDIA_TYPE)


def _title(status: int) -> str:
    if status == CHECKSUM_MISMATCH:
        return "Checksum Mismatch"
    return HTTPStatus(status).phrase


def _on_refusal(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refusal):
        raise error
    return problem(error.error, error.status, error.headers)


def _on_scanflow_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, ScanflowError):
        raise error
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    if status >= 500:
        log.warning("failed", code=error.code, reason=error.message)
    return problem(error, status, {"Retry-After": "10"} if status == 503 else None)


def _on_http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 400:  # FastAPI's own word for a body that isn't text
        return problem(UsageError("wrong: the call's body is not JSON in UTF-8"), 422)
    shown: dict[int, ScanflowError] = {
        404: NotFoundError("no such address in this API"),
        405: UsageError("this address does not take this method"),
        408: UsageError("the call's body came too slowly"),
        413: OversizedInputError("the call has a larger body than such a call may have"),
    }
    wrong = shown.get(error.status_code, UsageError("not a call that is known here"))
    return problem(wrong, error.status_code, dict(error.headers or {}))


def _on_wrong_call(_request: Request, error: Exception) -> Response:
    """Names the wrong part of the call, and repeats nothing that was sent."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    places = sorted({".".join(str(part) for part in found["loc"][:3]) for found in error.errors()})
    said = ", ".join(places)[:500].encode("ascii", "replace").decode()
    return problem(UsageError(f"wrong or missing: {said}"), 422)


def _on_wrong_value(_request: Request, _error: Exception) -> Response:
    return problem(UsageError("a value that can't be stored"), 422)


def _on_disconnect(_request: Request, _error: Exception) -> Response:
    return Response(status_code=CLIENT_AWAY)


def _on_failure(_request: Request, _error: Exception) -> Response:
    return problem(ScanflowError("something went wrong; tell the system's administrator"), 500)

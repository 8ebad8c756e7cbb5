"""Renders templates as responses, with the translation that a person chose and addresses of static files."""

import functools
import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from scanflow import __version__
from scanflow.clock import in_vietnam
from scanflow.errors import ScanflowError
from scanflow.web.translations import LANGUAGES, Translation, language_of, words

STATIC = Path(__file__).parent / "static"
LANGUAGE_COOKIE = "scanflow_language"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("scanflow.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals["static"] = static_url
    environment.globals["version"] = __version__
    environment.filters["clock"] = _clock
    environment.filters["day"] = _day
    environment.filters["moment"] = _moment
    environment.filters["tojson_vi"] = _json
    return environment


def page(
    request: Request, template: str, *, status: int = 200, language: Translation | None = None, **values: Any
) -> HTMLResponse:
    """A template as a response, in the person's language or in `language`."""
    text = (
        _environment()
        .get_template(template)
        .render(
            t=language or words_for(request),
            languages=LANGUAGES,
            signed=getattr(request.state, "signed", None),
            here=str(request.url.path),
            **values,
        )
    )
    return HTMLResponse(text, status)


def error_page(request: Request, error: ScanflowError, status: int) -> HTMLResponse:
    """The response for an error: a page, or a notice if a page requested a part of itself."""
    t = words_for(request)
    message = t.pick(error.message, error.message_vi)
    if not is_part(request):
        return page(request, "error.html", status=status, message=message, code=error.code)
    response = page(request, "notice.html", status=status, message=message, code=error.code)
    response.headers["HX-Retarget"] = "#notice"
    response.headers["HX-Reswap"] = "innerHTML"
    return response


def is_part(request: Request) -> bool:
    """Whether a page requests a part of itself (by htmx)."""
    return request.headers.get("HX-Request") == "true"


def words_for(request: Request) -> Translation:
    """The translation that this person chose."""
    return words(language_of(request.cookies.get(LANGUAGE_COOKIE)))


@functools.cache
def static_url(name: str) -> str:
    """The address of a static file. It contains a hash of the bytes, so that browsers may cache it."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def _clock(at: datetime) -> str:
    return f"{in_vietnam(at):%H:%M}"


def _json(value: object) -> str:
    """A value of the log as it stands there; escaped like any text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _moment(at: datetime) -> str:
    return f"{in_vietnam(at):%H:%M:%S %d/%m/%Y}"


def _day(at: datetime) -> str:
    return f"{in_vietnam(at):%H:%M %d/%m/%Y}"

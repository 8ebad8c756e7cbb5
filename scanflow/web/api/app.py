"""The API as an application of its own, mounted at `/api/v1`, with OpenAPI as its description."""

from typing import Any

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer

from scanflow import __version__
from scanflow.web.api import batches, corrections, dossiers, events, procedures, search, search_helps, uploads
from scanflow.web.api.problems import Problem, add_handlers, described

PREFIX = "/api/v1"
ROUTERS = (
    dossiers.router,
    search.router,
    search_helps.router,
    corrections.router,
    procedures.router,
    uploads.router,
    batches.router,
    events.router,
)

_DESCRIPTION = """Filed dossiers of the caller's own agency, search, uploads and events. docs/api.md has more.

A dossier of another agency gives the same answer as one that does not exist."""


def make_api(state: Any) -> FastAPI:
    """The application; `state` is that of the whole web application, which it is mounted into."""
    bearer = HTTPBearer(auto_error=False, description="a token of `scanflow token add`")
    api = FastAPI(
        title="scanflow",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        dependencies=[Depends(bearer)],
        responses=described(401, 403, 422, 429, 503),
        redirect_slashes=False,
    )
    api.state = state
    for router in ROUTERS:
        api.include_router(router)
    add_handlers(api)
    api.openapi = lambda: _description(api)  # type: ignore[method-assign]  # FastAPI's own way to change it
    api.add_api_route("/openapi.json", api.openapi, methods=["GET"], include_in_schema=False)
    return api


def _description(api: FastAPI) -> dict[str, Any]:
    """FastAPI's, with the form of errors, and the prefix as the server's address."""
    if api.openapi_schema is None:
        made = FastAPI.openapi(api)
        made["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        made["servers"] = [{"url": PREFIX}]
        api.openapi_schema = made
    return api.openapi_schema

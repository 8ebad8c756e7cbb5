"""Callers of the API, each with a token of its own."""

from itertools import count
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from scanflow.archive.programs.api_tokens import make_token
from scanflow.desk.context import Desk
from scanflow.membership import Scope
from tests.web.reviewing import NORTH
from tests.web.serving import ORIGIN

_serial = count(1)


def new_token(desk: Desk, *scopes: Scope, agency: str = NORTH, **more: Any) -> str:
    """A new token with these scopes, or with all."""
    name = f"portal-{next(_serial)}"
    return make_token(desk.services.catalog, name, scopes or tuple(Scope), agency=agency, **more)


def caller(app: FastAPI, token: str) -> TestClient:
    """A program that calls with a token. Failures of ours are answers, not exceptions."""
    headers = {"Authorization": f"Bearer {token}"}
    return TestClient(
        app, f"{ORIGIN}/api/v1", headers=headers, follow_redirects=False, raise_server_exceptions=False
    )

"""Single sign-on in tests: persons of a provider, a desk whose people sign on there, and signing on."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import update

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import sessions
from scanflow.clock import now
from scanflow.desk.context import Desk
from scanflow.sections import SecretStr
from scanflow.settings import Settings
from scanflow.web_settings import SsoSettings
from tests.patience import PATIENCE
from tests.web.reviewing import NORTH, SOUTH, reviewed_desk
from tests.web.serving import ORIGIN

PERSONS: dict[str, dict[str, Any]] = {
    "s-1": {"preferred_username": "quang", "name": "Lê Quang", "unit": "phuong-bac", "groups": ["kiem-tra"]},
    "s-2": {"preferred_username": "stray", "name": "Stray", "groups": ["kiem-tra"]},
    "s-3": {"preferred_username": "two", "unit": ["phuong-bac", "phuong-nam"], "groups": ["kiem-tra"]},
    "s-4": {"preferred_username": "idle", "unit": "phuong-bac", "groups": ["other"]},
    "s-5": {"preferred_username": "thu", "unit": "phuong-nam", "groups": ["kiem-tra"]},
    "s-6": {"preferred_username": "Bad Name!", "unit": "phuong-bac", "groups": ["kiem-tra"]},
    "s-7": {"preferred_username": "mai", "name": "Vũ Mai", "unit": "phuong-bac", "groups": ["kiem-tra"]},
}


def sso_settings(issuer: str) -> SsoSettings:
    return SsoSettings(
        issuer=issuer,
        client_id="scanflow",
        client_secret=SecretStr("a secret"),
        agency_claim="unit",
        role_claim="groups",
        agencies={"phuong-bac": NORTH, "phuong-nam": SOUTH},
        roles={"tong-hop": "operator", "kiem-tra": "reviewer", "mot-cua": "clerk"},
    )


@contextmanager
def sso_desk(home: Path, sso: SsoSettings) -> Iterator[Desk]:
    """A desk with these settings of single sign-on."""
    with reviewed_desk(Settings(home=home, jobs=1, sso=sso)) as desk:
        yield desk


def browser(app: FastAPI) -> TestClient:
    return TestClient(app, headers={"Origin": ORIGIN}, follow_redirects=False)


def at_provider(address: str, sub: str) -> str:
    """Sign in at the provider's page; the address that it leads back to, without our host."""
    answer = httpx.post(address, data={"sub": sub}, timeout=PATIENCE)
    assert answer.status_code in (302, 303), answer.text
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def sign_on(client: TestClient, sub: str, next: str = "/desk") -> httpx.Response:
    """Sign on as a person of the provider; the answer of our server at the end."""
    out = client.get("/sign-in/sso", params={"next": next})
    assert out.status_code == 303, out.text
    answer: httpx.Response = client.get(at_provider(out.headers["Location"], sub))
    return answer


def make_checks_due(catalog: Catalog) -> None:
    """Let an hour have passed since the provider last confirmed each session."""
    with catalog.transaction() as connection:
        asked = sessions.c.checked_at.is_not(None)
        connection.execute(update(sessions).where(asked).values(checked_at=now() - timedelta(hours=1)))

"""The provider of single sign-on informs our server of people who signed out there (back-channel logout)."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oidc_provider_mock import User, run_server_in_thread
from sqlalchemy import update

from scanflow.archive.database.tables import sessions
from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import SESSION_ENDED
from scanflow.archive.people.access_tokens import token_hash
from scanflow.clock import now as now_in_utc
from scanflow.desk.context import Desk
from scanflow.web.app import make_app
from scanflow.web.sso import Provider
from scanflow.web.sso_checks import check_sessions
from scanflow.web_settings import SsoSettings
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.web import provider
from tests.web.serving import serving_agents
from tests.web.single_sign_on import PERSONS, browser, make_checks_due, sign_on, sso_desk, sso_settings

EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
ENDED = "/api/sign-on/ended"


class Both(NamedTuple):
    """Our server and a certified provider that knows its addresses."""

    desk: Desk
    ours: str
    issuer: str


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    port = free_port()
    issuer = f"http://localhost:{port}"
    with ExitStack() as stack:
        desk = stack.enter_context(sso_desk(tmp_path / "home", sso_settings(issuer)))
        ours = stack.enter_context(serving_agents(desk))
        people = {sub: PERSONS[sub] for sub in ("s-1", "s-7")}
        stack.enter_context(provider.certified_provider(port, ours, people, tmp_path / "provider"))
        yield Both(desk, ours, issuer)


def someone(both: Both, sub: str, stack: ExitStack) -> httpx.Client:
    """A browser in which a person has signed on."""
    client = stack.enter_context(httpx.Client(base_url=both.ours, follow_redirects=True, timeout=PATIENCE))
    answer = provider.sign_on(client, "/sign-in/sso?next=/review/dossiers", sub)
    assert answer.status_code == 200 and 'url=/review/dossiers"' in answer.text, answer.text
    return client


def is_in(client: httpx.Client | TestClient) -> bool:
    return client.get("/review/dossiers", follow_redirects=False).status_code == 200


def test_signing_out_at_the_provider_signs_out_here_at_once(both: Both) -> None:
    catalog = both.desk.services.catalog
    with ExitStack() as stack:
        client, elsewhere, other = (someone(both, sub, stack) for sub in ("s-1", "s-1", "s-7"))
        assert is_in(client) and is_in(elsewhere) and is_in(other)
        provider.sign_out(client, both.issuer)
        assert not is_in(client)
        assert is_in(elsewhere), "another session of the same person at the provider"
        assert is_in(other)
        ended = find(catalog, LogQuery(person="quang", action=SESSION_ENDED), 10)
        assert len(ended) == 1
        # The provider still confirms the others, and gets the refresh token that it gave the last time.
        for _ in range(2):
            make_checks_due(catalog)
            assert check_sessions(catalog, Provider(sso_settings(both.issuer)), timedelta(minutes=10)) == 0
        assert is_in(elsewhere) and is_in(other)
        again = provider.sign_on(client, "/sign-in/sso?next=/review/dossiers", "s-1")
        assert again.status_code == 200 and is_in(client)
        # From here to there and back: the next sign-in asks who it is.
        back = provider.sign_out(client, both.issuer, "/sign-out/sso")
        assert back.url.path == "/sign-in" and str(back.url).startswith(both.ours), back.url
        assert not is_in(client)
        asked = client.get("/sign-in/sso")
        assert asked.url.path.startswith("/interaction/") and 'name="login"' in asked.text


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    persons = [User(sub=sub, claims=PERSONS[sub]) for sub in ("s-1", "s-7")]
    with run_server_in_thread(user_claims=persons) as server:
        yield f"http://localhost:{server.server_port}"


def logout_token(issuer: str, key: RSAKey, **changed: Any) -> str:
    at = int(time.time())
    claims = {
        "iss": issuer, "aud": "scanflow", "sub": "s-1", "jti": "1", "iat": at, "exp": at + 120,
        "events": EVENTS, **changed,
    }  # fmt: skip
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "RS256", "kid": key.kid, "typ": "logout+jwt"}, said, key)


def test_only_the_providers_fresh_word_ends_a_session(tmp_path: Path, issuer: str) -> None:
    key, other_key = (RSAKey.generate_key(2048, auto_kid=True) for _ in range(2))
    with sso_desk(tmp_path, sso_settings(issuer)) as desk:
        app = make_app(desk)
        client, other = browser(app), browser(app)
        sign_on(client, "s-1")
        sign_on(other, "s-7")
        app.state.sso._keys = KeySet([key])
        stranger = TestClient(app)
        now = int(time.time())
        wrong: dict[str, str] = {
            "another issuer": logout_token(issuer, key, iss="https://evil.example"),
            "another client": logout_token(issuer, key, aud="other"),
            "a token of a sign-in": logout_token(issuer, key, nonce="n"),
            "no event": logout_token(issuer, key, events=None),
            "another event": logout_token(issuer, key, events={"http://example.org": {}}),
            "no id": logout_token(issuer, key, jti=None),
            "nobody": logout_token(issuer, key, sub=None),
            "expired": logout_token(issuer, key, iat=now - 500, exp=now - 400),
            "old": logout_token(issuer, key, iat=now - 5000, exp=None),
            "of tomorrow": logout_token(issuer, key, iat=now + 86400, exp=now + 90000),
            "no time": logout_token(issuer, key, iat=None),
            "a text for a time": logout_token(issuer, key, iat="now"),
            "another key": logout_token(issuer, other_key),
            "unsigned": ".".join(logout_token(issuer, key).split(".")[:2]) + ".",
            "nothing": "",
            "no token": "a.b.c",
        }
        for name, token in wrong.items():
            answer = stranger.post(ENDED, data={"logout_token": token})
            assert answer.status_code == 400 and answer.json()["error"] == "invalid_request", name
            assert answer.headers["Cache-Control"] == "no-store"
        assert stranger.post(ENDED).status_code == stranger.post(ENDED, json={}).status_code == 400
        assert stranger.post(ENDED, files={"logout_token": b"x"}).status_code == 400
        assert stranger.post(ENDED, data={"logout_token": "a" * 2**15}).status_code == 413
        assert is_in(client) and is_in(other)
        # An unknown person is no error: they may use another client of the provider.
        assert (
            stranger.post(ENDED, data={"logout_token": logout_token(issuer, key, sub="x")}).status_code == 200
        )
        assert is_in(client) and is_in(other)
        right = logout_token(issuer, key)
        assert stranger.post(ENDED, data={"logout_token": right}).status_code == 200
        assert not is_in(client) and is_in(other)
        # The same token once more, later: it does not end what began since.
        with desk.services.catalog.transaction() as connection:
            later = now_in_utc() + timedelta(minutes=5)
            connection.execute(update(sessions).values(created_at=later))
        assert (
            stranger.post(ENDED, data={"logout_token": logout_token(issuer, key, sub="s-7")}).status_code
            == 200
        )
        assert is_in(other)


def test_one_session_is_named_or_all_of_a_person(tmp_path: Path, issuer: str) -> None:
    key = RSAKey.generate_key(2048, auto_kid=True)
    with sso_desk(tmp_path, sso_settings(issuer)) as desk:
        app = make_app(desk)
        one, two, three = (browser(app) for _ in range(3))
        for number, client in enumerate((one, two, three)):
            sign_on(client, "s-1")
            token = token_hash(client.cookies["scanflow_session"])
            with desk.services.catalog.transaction() as connection:
                mine = update(sessions).where(sessions.c.token == token)
                connection.execute(mine.values(provider_session=f"p-{number}"))
        app.state.sso._keys = KeySet([key])

        def tell(**changed: Any) -> None:
            said = {"logout_token": logout_token(issuer, key, **changed)}
            assert TestClient(app).post(ENDED, data=said).status_code == 200

        tell(sid="p-1", sub="s-7")
        assert [is_in(each) for each in (one, two, three)] == [True, True, True], "another person's"
        tell(sid="p-1")
        assert [is_in(each) for each in (one, two, three)] == [True, False, True]
        tell(sid="p-2", sub=None)
        assert [is_in(each) for each in (one, two, three)] == [True, False, False]
        tell()
        assert not is_in(one)


def test_without_a_provider_nobody_is_listened_to(tmp_path: Path) -> None:
    with sso_desk(tmp_path, SsoSettings()) as desk:
        assert TestClient(make_app(desk)).post(ENDED, data={"logout_token": "x"}).status_code == 404

"""Single sign-on with a real provider on loopback: who is signed in, as whom, and who is refused."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oidc_provider_mock import User, run_server_in_thread

from scanflow.archive.log.queries import LogQuery, find
from scanflow.archive.logbook import SESSION_ENDED, SIGN_IN_FAILED, SIGNED_IN, SIGNED_OUT
from scanflow.archive.people import accounts
from scanflow.desk.context import Desk
from scanflow.errors import DeniedError
from scanflow.membership import Membership, Role
from scanflow.web.app import make_app
from scanflow.web.sso import Attempt, Provider, new_attempt, person_of
from scanflow.web.sso_checks import check_sessions
from scanflow.web_settings import SsoSettings
from tests.patience import PATIENCE
from tests.web.reviewing import NORTH, PEOPLE, SOUTH, signed_in
from tests.web.single_sign_on import (
    PERSONS,
    at_provider,
    browser,
    make_checks_due,
    sign_on,
    sso_desk,
    sso_settings,
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    persons = [User(sub=sub, claims=claims) for sub, claims in PERSONS.items()]
    with run_server_in_thread(user_claims=persons) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def desk(tmp_path: Path, issuer: str) -> Iterator[Desk]:
    with sso_desk(tmp_path, sso_settings(issuer)) as opened:
        yield opened


@pytest.fixture
def app(desk: Desk) -> FastAPI:
    return make_app(desk)


def test_a_person_signs_on_sees_their_agency_and_signs_out(desk: Desk, app: FastAPI) -> None:
    client = browser(app)
    assert 'href="/sign-in/sso' in client.get("/sign-in").text
    answer = sign_on(client, "s-1", next="/review/dossiers")
    assert answer.status_code == 200 and 'url=/review/dossiers"' in answer.text
    cookie = answer.headers["Set-Cookie"]
    assert "SameSite=strict" in cookie and "HttpOnly" in cookie
    listed = client.get("/review/dossiers").text
    assert "H57.132-260804-0001" in listed and "H57.133-260804-0002" not in listed
    user = accounts.user(desk.services.catalog, "quang")
    assert (user.display_name, user.member) == ("Lê Quang", Membership(NORTH, Role.REVIEWER))
    assert client.post("/sign-out").status_code == 303
    assert client.get("/review/dossiers").headers["Location"].startswith("/sign-in")
    actions = [each.entry.action for each in find(desk.services.catalog, LogQuery(person="quang"), 100)]
    assert [a for a in actions if a in (SIGNED_IN, SIGNED_OUT)] == [SIGNED_IN, SIGNED_OUT]
    # The account that was made has no known password.
    for guess in ("", "quang", "s-1"):
        assert client.post("/sign-in", data={"name": "quang", "password": guess}).status_code == 403
    sign_on(client, "s-1")
    assert len([each for each in accounts.all_users(desk.services.catalog) if each.name == "quang"]) == 1


def test_signing_out_at_the_provider_ends_the_session_here(app: FastAPI, issuer: str) -> None:
    client = browser(app)
    sign_on(client, "s-1")
    out = client.get("/sign-out/sso")
    assert out.headers["Location"].startswith(f"{issuer}/oauth2/end_session?client_id=scanflow&post_logout")
    assert client.get("/review").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("sub", ["s-2", "s-3", "s-4", "s-5", "s-6"])
def test_nobody_signs_on_without_one_agency_a_role_and_a_free_name(
    desk: Desk, app: FastAPI, sub: str
) -> None:
    client = browser(app)
    before = len(accounts.all_users(desk.services.catalog))
    answer = sign_on(client, sub)
    assert answer.status_code == 403 and 'role="alert"' in answer.text
    assert client.get("/review").headers["Location"].startswith("/sign-in")
    assert len(accounts.all_users(desk.services.catalog)) == before
    assert accounts.user(desk.services.catalog, "thu").member == PEOPLE["thu"], (
        "the local account is its owner's"
    )
    failed = find(desk.services.catalog, LogQuery(action=SIGN_IN_FAILED), 10)
    assert len(failed) == 1


def test_a_disabled_account_stays_out_and_a_moved_person_is_moved(desk: Desk, app: FastAPI) -> None:
    catalog = desk.services.catalog
    client = browser(app)
    sign_on(client, "s-1")
    accounts.set_membership(catalog, "quang", Membership(SOUTH, Role.AUDITOR))
    assert client.get("/review").headers["Location"].startswith("/sign-in")
    sign_on(client, "s-1")
    assert accounts.user(catalog, "quang").member == Membership(NORTH, Role.REVIEWER)
    accounts.disable_user(catalog, "quang")
    assert sign_on(client, "s-1").status_code == 403


def test_a_person_suspended_at_the_provider_is_signed_out_when_next_confirmed(
    desk: Desk, app: FastAPI, issuer: str
) -> None:
    catalog, client, local = desk.services.catalog, browser(app), signed_in(app, "thu")
    sign_on(client, "s-1")
    provider, every = app.state.sso, timedelta(minutes=10)
    httpx.post(f"{issuer}/users/s-1/revoke-tokens", timeout=PATIENCE).raise_for_status()
    assert check_sessions(catalog, provider, every) == 0, "not due yet"
    # A provider that can't be reached, or is another one, ends nobody's session.
    for away in ("http://localhost:1", f"{issuer}/other"):
        make_checks_due(catalog)
        assert check_sessions(catalog, Provider(sso_settings(away)), every) == 0
    assert client.get("/review").status_code == 200
    assert check_sessions(catalog, provider, every) == 1, "still due"
    assert client.get("/review").headers["Location"].startswith("/sign-in")
    assert local.get("/review").status_code == 200
    assert len(find(catalog, LogQuery(person="quang", action=SESSION_ENDED), 10)) == 1
    # Who signs on again stays, however often that is asked.
    sign_on(client, "s-1")
    for _ in range(3):
        make_checks_due(catalog)
        assert check_sessions(catalog, provider, every) == 0
    assert client.get("/review").status_code == 200


def test_a_prepared_or_repeated_answer_signs_nobody_in(app: FastAPI, issuer: str) -> None:
    victim, attacker = browser(app), browser(app)
    out = attacker.get("/sign-in/sso")
    back = at_provider(out.headers["Location"], "s-1")
    assert victim.get(back).status_code == 403, "without the cookie of the browser that began"
    victim.get("/sign-in/sso")
    assert victim.get(back).status_code == 403, "with the cookie of another attempt"
    for wrong in (
        back.replace("state=", "state=x"),
        back.replace("code=", "code=x"),
        f"{back}&iss=https://evil.example",
    ):
        other = browser(app)
        other.cookies.update(attacker.cookies)
        assert other.get(wrong).status_code == 403
    # A code is good once, and the cookie is gone after the first try.
    assert attacker.get(back).status_code == 200
    assert attacker.get(back).status_code == 403
    assert browser(app).get("/sign-in/sso/back?error=access_denied&state=x").status_code == 403


def test_the_code_is_asked_for_with_the_verifier_of_its_challenge(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PKCE demands of a client; the tests' provider also accepts codes without it."""
    sent: list[dict[str, str]] = []
    post = httpx.Client.post

    def noted(self: httpx.Client, url: str, **more: Any) -> httpx.Response:
        sent.append(more["data"])
        return post(self, url, **more)

    client = browser(app)
    out = client.get("/sign-in/sso").headers["Location"]
    asked = parse_qs(urlsplit(out).query)
    back = at_provider(out, "s-1")
    monkeypatch.setattr(httpx.Client, "post", noted)
    assert client.get(back).status_code == 200
    digest = hashlib.sha256(sent[0]["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"][0]
    assert asked["code_challenge_method"] == ["S256"] and sent[0]["redirect_uri"] == asked["redirect_uri"][0]
    assert "client_secret" not in out


def test_next_leads_to_our_own_pages_only(app: FastAPI) -> None:
    for place in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        answer = sign_on(browser(app), "s-1", next=place)
        assert answer.status_code == 200 and "evil" not in answer.text


def test_without_a_provider_there_are_no_addresses_of_single_sign_on(tmp_path: Path) -> None:
    with sso_desk(tmp_path, SsoSettings()) as desk:
        client = browser(make_app(desk))
        assert client.get("/sign-in/sso").status_code == client.get("/sign-in/sso/back").status_code == 404
        assert "/sign-in/sso" not in client.get("/sign-in").text


def test_a_provider_that_is_away_or_another_is_refused(tmp_path: Path, issuer: str) -> None:
    for wrong in ("http://localhost:1", f"{issuer}/other", f"{issuer}/", "http://provider.example"):
        with pytest.raises((DeniedError, httpx.HTTPError)):
            Provider(sso_settings(wrong)).address(new_attempt("/desk"), "http://x/back")


def forged(issuer: str, key: RSAKey, **changed: Any) -> str:
    claims = {
        "iss": issuer, "aud": "scanflow", "sub": "s-1", "nonce": "n", "exp": 4_000_000_000,
        "iat": 1_700_000_000,
        **changed,
    }  # fmt: skip
    return jwt.encode(
        {"alg": "RS256", "kid": key.kid}, {k: v for k, v in claims.items() if v is not None}, key
    )


def test_tokens_that_are_not_for_us_are_refused(issuer: str) -> None:
    """Signed by a trusted key with wrong contents; and signed by an unknown key."""
    key, other = RSAKey.generate_key(2048, auto_kid=True), RSAKey.generate_key(2048, auto_kid=True)
    provider = Provider(sso_settings(issuer))
    attempt = Attempt("s", "n", "v", "/desk")
    provider._known()
    provider._keys = KeySet([key])
    assert provider._claims(forged(issuer, key), attempt)["sub"] == "s-1"
    none = ".".join(forged(issuer, key).split(".")[:2]) + "."
    wrong: Mapping[str, str] = {
        "issuer": forged(issuer, key, iss="https://evil.example"),
        "audience": forged(issuer, key, aud="other"),
        "many": forged(issuer, key, aud=["scanflow", "other"], azp="other"),
        "expired": forged(issuer, key, exp=1_700_000_001),
        "nonce": forged(issuer, key, nonce="other"),
        "no nonce": forged(issuer, key, nonce=None),
        "no subject": forged(issuer, key, sub=None),
        "key": forged(issuer, other),
        "unsigned": none,
        "alg none": re.sub(r"^[^.]+", "eyJhbGciOiJub25lIn0", none),
        "nothing": "",
    }
    for name, token in wrong.items():
        with pytest.raises(DeniedError):
            provider._claims(token, attempt)
            pytest.fail(name)


def test_claims_lead_to_agency_and_role(issuer: str) -> None:
    settings = sso_settings(issuer)
    found = person_of(settings, PERSONS["s-1"] | {"sub": "s-1", "groups": ["kiem-tra", "tong-hop"]})
    assert found.member == Membership(NORTH, Role.OPERATOR), (
        "the first role of the settings that the claims name"
    )
    nested = settings.model_copy(update={"role_claim": "realm_access.roles"})
    said = PERSONS["s-1"] | {"sub": "s-1", "realm_access": {"roles": ["mot-cua"]}}
    assert person_of(nested, said).member.role is Role.CLERK

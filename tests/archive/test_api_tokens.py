"""Tokens of programs: hashed, scoped, ended by time and by command, all of it in the log."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from scanflow import clock
from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import api_tokens
from scanflow.archive.people.agencies import add_agency
from scanflow.archive.programs.api_tokens import all_tokens, make_token, revoke_token, token_of_secret
from scanflow.errors import NotFoundError, UsageError
from scanflow.membership import Scope
from scanflow.settings import Settings
from tests.conftest import NewSettings


def test_a_token_is_known_by_its_hash_until_it_ends(
    new_settings: NewSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_catalog(new_settings("home")) as catalog:
        add_agency(catalog, "H57", "H57")
        secret = make_token(catalog, "portal", [Scope.READ], agency="H57", days=30, rate=5, actor="root")
        other = make_token(catalog, "other", [Scope.UPLOAD], agency="H57")
        found = token_of_secret(catalog, secret)
        assert found and (found.name, found.agency, found.rate) == ("portal", "H57", 5)
        assert found.scopes == {Scope.READ}
        assert [token_of_secret(catalog, wrong) for wrong in ("", secret[:-1], secret[4:])] == [None] * 3
        with catalog.reading() as connection:
            kept = str(connection.execute(select(api_tokens)).all())
        assert secret not in kept and secret[4:] not in kept
        revoke_token(catalog, "other", actor="root")
        assert token_of_secret(catalog, other) is None
        with pytest.raises(NotFoundError):
            revoke_token(catalog, "other")
        entries = [(e.actor, e.action) for e in catalog.log_entries("tokens")]
        assert entries == [("root", "token added"), ("scanflow", "token added"), ("root", "token revoked")]
        later = clock.now() + timedelta(days=31)
        monkeypatch.setattr(clock, "now", lambda: later)
        assert token_of_secret(catalog, secret) is None
        assert [each.name for each in all_tokens(catalog)] == ["other", "portal"]


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(Settings(home=tmp_path))


@pytest.mark.parametrize(
    ("name", "scopes", "more"),
    [
        ("Portal", [Scope.READ], {}),
        ("a b", [Scope.READ], {}),
        ("portal", [], {}),
        ("portal", [Scope.READ], {"days": 0}),
        ("portal", [Scope.READ], {"rate": 0}),
    ],
)
def test_wrong_tokens_are_not_made(
    catalog: Catalog, name: str, scopes: list[Scope], more: dict[str, int]
) -> None:
    with pytest.raises(UsageError):
        make_token(catalog, name, scopes, **more)  # type: ignore[arg-type]  # days and rate


def test_a_name_is_taken_once_also_after_the_end(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError):
        make_token(catalog, "portal", [Scope.READ], agency="nobody's")
    make_token(catalog, "portal", [Scope.READ])
    revoke_token(catalog, "portal")
    with pytest.raises(UsageError):
        make_token(catalog, "portal", [Scope.READ])

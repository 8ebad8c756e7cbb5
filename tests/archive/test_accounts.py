"""Users, sessions and counters: who may sign in, who may not, and that no secret is stored."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import counters, log, sessions, users
from scanflow.archive.people import accounts, counter_accounts, user_sessions
from scanflow.errors import DeniedError, NotFoundError, UsageError
from scanflow.ledger.desk_work.counters import remember_choice

PASSWORD = "mật khẩu của Lan"
IDLE = timedelta(minutes=30)
LIFE = timedelta(hours=10)
EXPIRY = user_sessions.Expiry(IDLE, LIFE)


def add_lan(catalog: Catalog) -> accounts.User:
    return accounts.add_user(catalog, "lan", "Trần Thị Lan", PASSWORD)


def whose(catalog: Catalog, token: str, after: timedelta = timedelta()) -> str | None:
    session = user_sessions.session_of_token(catalog, token, expiry=EXPIRY, now=datetime.now(UTC) + after)
    return session.user.name if session else None


def test_only_the_right_password_opens(catalog: Catalog) -> None:
    add_lan(catalog)
    assert accounts.check_password(catalog, " LAN ", PASSWORD).display_name == "Trần Thị Lan"
    for name, password in (("lan", "mat khau cua Lan"), ("lan", ""), ("minh", PASSWORD), ("", "")):
        with pytest.raises(DeniedError):
            accounts.check_password(catalog, name, password)


def test_a_password_is_the_same_in_both_unicode_forms(catalog: Catalog) -> None:
    accounts.add_user(catalog, "lan", "Lan", unicodedata.normalize("NFD", PASSWORD))
    accounts.check_password(catalog, "lan", unicodedata.normalize("NFC", PASSWORD))


def test_an_unknown_name_is_verified_against_a_hash_too(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified: list[str] = []

    def verify(hashed: str, _password: str) -> bool:
        verified.append(hashed)
        return False

    monkeypatch.setattr(accounts, "_verify", verify)
    with pytest.raises(DeniedError):
        accounts.check_password(catalog, "nobody", PASSWORD)
    assert verified[0].startswith("$argon2id$")


@pytest.mark.parametrize("name", ["", "Lan Trần", "trần", "-x", "a/b", "x" * 65])
def test_names_that_nobody_could_type_are_refused(catalog: Catalog, name: str) -> None:
    with pytest.raises(UsageError):
        accounts.add_user(catalog, name, "Lan", PASSWORD)


def test_a_name_is_given_once_and_short_passwords_are_refused(catalog: Catalog) -> None:
    add_lan(catalog)
    with pytest.raises(UsageError):
        accounts.add_user(catalog, "Lan", "Another", PASSWORD)
    with pytest.raises(UsageError):
        accounts.set_password(catalog, "lan", "short")
    assert [user.display_name for user in accounts.all_users(catalog)] == ["Trần Thị Lan"]


def test_a_new_password_ends_sessions(catalog: Catalog) -> None:
    add_lan(catalog)
    token = user_sessions.begin_session(catalog, "lan")
    accounts.set_password(catalog, "lan", "another one")
    assert whose(catalog, token) is None
    accounts.check_password(catalog, "lan", "another one")
    with pytest.raises(DeniedError):
        accounts.check_password(catalog, "lan", PASSWORD)


def test_a_disabled_user_cannot_sign_in_until_enabled(catalog: Catalog) -> None:
    add_lan(catalog)
    token = user_sessions.begin_session(catalog, "lan")
    accounts.disable_user(catalog, "lan")
    assert whose(catalog, token) is None
    with pytest.raises(DeniedError):
        accounts.check_password(catalog, "lan", PASSWORD)
    accounts.enable_user(catalog, "lan")
    accounts.check_password(catalog, "lan", PASSWORD)
    with pytest.raises(NotFoundError):
        accounts.disable_user(catalog, "minh")


def test_a_session_ends_idle_old_or_signed_out(catalog: Catalog) -> None:
    add_lan(catalog)
    token = user_sessions.begin_session(catalog, "lan")
    assert whose(catalog, token) == "lan"
    assert whose(catalog, token + "x") is None
    step = timedelta(minutes=29)
    at = step
    while at < LIFE:  # used again and again, it lives to its end
        assert whose(catalog, token, at) == "lan"
        at += step
    assert whose(catalog, token, at) is None
    token = user_sessions.begin_session(catalog, "lan")
    assert whose(catalog, token, IDLE + timedelta(seconds=1)) is None
    token = user_sessions.begin_session(catalog, "lan")
    user_sessions.end_session(catalog, token)
    assert whose(catalog, token) is None


def test_old_sessions_are_forgotten(catalog: Catalog) -> None:
    add_lan(catalog)
    user_sessions.begin_session(catalog, "lan")
    user_sessions.forget_old_sessions(catalog, EXPIRY)
    with catalog.reading() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1
    user_sessions.forget_old_sessions(catalog, user_sessions.Expiry(timedelta(0), LIFE))
    with catalog.reading() as connection:
        assert not connection.execute(select(sessions)).all()


def test_a_session_belongs_to_a_counter(catalog: Catalog) -> None:
    add_lan(catalog)
    counter_accounts.make_counter(catalog, "Quầy 1")
    token = user_sessions.begin_session(catalog, "lan")
    user_sessions.sit_at(catalog, token, "Quầy 1")
    session = user_sessions.session_of_token(catalog, token, expiry=EXPIRY)
    assert session and session.counter == "Quầy 1"
    with pytest.raises(NotFoundError):
        user_sessions.sit_at(catalog, token, "Quầy 9")


def test_a_counter_is_known_by_its_newest_token(catalog: Catalog) -> None:
    first = counter_accounts.make_counter(catalog, "Quầy 1")
    other = counter_accounts.make_counter(catalog, "Quầy 2")
    assert counter_accounts.counter_of_token(catalog, first) == "Quầy 1"
    second = counter_accounts.renew_counter(catalog, "Quầy 1")
    assert counter_accounts.counter_of_token(catalog, first) is None
    assert counter_accounts.counter_of_token(catalog, second) == "Quầy 1"
    assert counter_accounts.counter_of_token(catalog, other) == "Quầy 2"
    for wrong in ("Quầy 1", "", "x" * 65):
        with pytest.raises(UsageError):
            counter_accounts.make_counter(catalog, wrong)
    with pytest.raises(NotFoundError):
        counter_accounts.renew_counter(catalog, "Quầy 9")


def test_a_counter_remembers_its_scanner(catalog: Catalog) -> None:
    counter_accounts.make_counter(catalog, "Quầy 1")
    with catalog.transaction() as connection:
        remember_choice(connection, "Quầy 1", "airscan:e0:Virtual", "duplex")
    (counter,) = counter_accounts.counters(catalog)
    assert (counter.device, counter.profile) == ("airscan:e0:Virtual", "duplex")


def test_no_secret_is_kept(catalog: Catalog) -> None:
    add_lan(catalog)
    secrets = [
        PASSWORD,
        user_sessions.begin_session(catalog, "lan"),
        counter_accounts.make_counter(catalog, "Quầy 1"),
    ]
    with catalog.reading() as connection:
        kept = [
            str(tuple(row))
            for table in (users, sessions, counters, log)
            for row in connection.execute(select(table))
        ]
    assert len(kept) == 6
    assert not [secret for secret in secrets for row in kept if secret in row]

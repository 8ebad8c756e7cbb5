"""Agencies: their users, counters and dossiers, and the migration of a site that had none."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, select, text

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import backends
from scanflow.archive.database.migrations import configuration
from scanflow.archive.database.tables import batches, counters, dossiers, users
from scanflow.archive.people import accounts, agencies, counter_accounts, user_sessions
from scanflow.clock import now
from scanflow.errors import NotFoundError, OtherAgencyError, UsageError
from scanflow.membership import DEFAULT_AGENCY, Membership, Role
from scanflow.settings import Settings
from tests.conftest import NewSettings

PASSWORD = "một mật khẩu dài"
NORTH, SOUTH = "H57.132", "H57.133"
EXPIRY = user_sessions.Expiry(timedelta(hours=1), timedelta(hours=1))


@pytest.fixture
def two(catalog: Catalog) -> Catalog:
    """A catalog with two agencies, a counter and a clerk each."""
    for code, name, counter, clerk in (
        (NORTH, "UBND phường Bắc", "Quầy 1", "lan"),
        (SOUTH, "UBND phường Nam", "Quầy 2", "minh"),
    ):
        agencies.add_agency(catalog, code, name)
        counter_accounts.make_counter(catalog, counter, agency=code)
        accounts.add_user(catalog, clerk, clerk.title(), PASSWORD, member=Membership(code))
    return catalog


def test_an_agencys_code_is_given_once_and_has_plain_characters(catalog: Catalog) -> None:
    agencies.add_agency(catalog, NORTH, "  UBND phường Bắc ")
    for code, name in (
        (NORTH, "Another"),
        ("H57/132", "x"),
        ("", "x"),
        ("-a", "x"),
        ("x" * 65, "x"),
        ("a", " "),
    ):
        with pytest.raises(UsageError):
            agencies.add_agency(catalog, code, name)
    agencies.rename_agency(catalog, NORTH, "UBND phường Bắc Mới")
    with pytest.raises(NotFoundError):
        agencies.rename_agency(catalog, SOUTH, "x")
    named = {each.code: each.name for each in agencies.all_agencies(catalog)}
    assert named[NORTH] == "UBND phường Bắc Mới" and DEFAULT_AGENCY in named


def test_a_user_works_at_counters_of_the_own_agency_only(two: Catalog) -> None:
    token = user_sessions.begin_session(two, "lan")
    user_sessions.sit_at(two, token, "Quầy 1")
    refusals = []
    for counter in ("Quầy 2", "Quầy 9"):
        with pytest.raises(NotFoundError) as refused:
            user_sessions.sit_at(two, token, counter)
        told = refused.value
        refusals.append([text.replace(counter, "?") for text in (told.message, told.message_vi)])
    assert refusals[0] == refusals[1]
    lan = accounts.user(two, "lan").member
    assert [counter.name for counter in counter_accounts.seats(two, lan)] == ["Quầy 1"]


def test_a_user_may_be_restricted_to_certain_counters(two: Catalog) -> None:
    counter_accounts.make_counter(two, "Quầy 3", agency=NORTH)
    accounts.set_membership(two, "lan", Membership(NORTH, counters=("Quầy 3",)))
    lan = accounts.user(two, "lan").member
    assert [counter.name for counter in counter_accounts.seats(two, lan)] == ["Quầy 3"]
    token = user_sessions.begin_session(two, "lan")
    with pytest.raises(NotFoundError):
        user_sessions.sit_at(two, token, "Quầy 1")
    for wrong in (Membership("H99"), Membership(NORTH, counters=("Quầy 2",))):
        with pytest.raises(NotFoundError):
            accounts.set_membership(two, "lan", wrong)


def test_a_person_who_is_moved_is_signed_out_and_it_is_logged(two: Catalog) -> None:
    token = user_sessions.begin_session(two, "lan", "Quầy 1")
    accounts.set_membership(two, "lan", Membership(SOUTH, Role.SUPERVISOR), actor="root")
    assert user_sessions.session_of_token(two, token, expiry=EXPIRY) is None
    member = accounts.user(two, "lan").member
    assert (member.agency, member.role) == (SOUTH, Role.SUPERVISOR)
    entry = two.log_entries("users/lan")[-1]
    assert (entry.actor, entry.action) == ("root", "user moved")
    assert (entry.before, entry.after) == (
        {"agency": NORTH, "role": "clerk"},
        {"agency": SOUTH, "role": "supervisor"},
    )
    with pytest.raises(NotFoundError):
        accounts.set_membership(two, "nobody", Membership(SOUTH))


def test_a_dossier_belongs_to_one_agency(two: Catalog) -> None:
    first = two.ensure_dossier("N1", agency=NORTH)
    assert two.ensure_dossier("N1", agency=NORTH) == first
    with pytest.raises(OtherAgencyError) as refused:
        two.ensure_dossier("N1", agency=SOUTH)
    told = refused.value.message + refused.value.message_vi
    assert NORTH not in told and "cơ quan" not in told and "agency" not in told
    assert two.agency_of_dossier("N1") == NORTH


@pytest.fixture
def before_agencies(new_settings: NewSettings) -> Iterator[tuple[Settings, Engine]]:
    """A database as the release before agencies left it."""
    settings = new_settings("old", migrated=False)
    url = backends.database_url(settings)
    engine = backends._BACKENDS[url.get_backend_name()].connect(url)
    with engine.begin() as connection:
        config = configuration()
        config.attributes["connection"] = connection
        (agencies_made,) = (
            script
            for script in ScriptDirectory.from_config(config).walk_revisions()
            if "agencies" in script.path
        )
        command.upgrade(config, str(agencies_made.down_revision))
    yield settings, engine
    engine.dispose()


def test_existing_rows_become_the_default_agencys(before_agencies: tuple[Settings, Engine]) -> None:
    settings, engine = before_agencies
    with engine.begin() as connection:
        at = now()
        for statement in (
            "INSERT INTO users (name, display_name, password, created_at) VALUES ('lan', 'Lan', 'x', :at)",
            "INSERT INTO counters (name, token, created_at) VALUES ('Quầy 1', 'x', :at)",
            "INSERT INTO dossiers (number, created_at) VALUES ('N1', :at)",
            "INSERT INTO batches (id, origin, operator, state, created_at, updated_at)"
            " VALUES ('b1', 'station', 'lan', 'desk', :at, :at)",
        ):
            connection.execute(text(statement), {"at": at})
    with open_catalog(settings) as catalog:
        with catalog.reading() as connection:
            for table in (users, counters, dossiers, batches):
                assert connection.scalars(select(table.c.agency)).all() == [DEFAULT_AGENCY]
        lan = accounts.user(catalog, "lan").member
        assert lan == Membership()
        assert [counter.name for counter in counter_accounts.seats(catalog, lan)] == ["Quầy 1"]
        assert catalog.ensure_dossier("N1")

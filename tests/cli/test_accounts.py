"""`scanflow user` and `scanflow counter`, as an operator types them."""

import getpass
import json
from pathlib import Path

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.archive.people import accounts, counter_accounts
from scanflow.errors import DeniedError, NotFoundError, UsageError
from scanflow.ledger.batches import Intake, begin_batch, get_batch
from scanflow.membership import Membership, Role
from scanflow.model import BatchState
from scanflow.settings import Settings
from tests.cli.calling import call


def listed(home: Path, what: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(call(home, what, "list", "--json").stdout)
    return rows


def test_a_user_is_added_disabled_and_enabled_with_a_password_from_stdin(tmp_path: Path) -> None:
    added = call(tmp_path, "user", "add", "lan", "--name", "Trần Thị Lan", typed="a first password\n")
    assert added.exit_code == 0
    assert call(tmp_path, "user", "password", "lan", typed="a second password\n").exit_code == 0
    with open_catalog(Settings(home=tmp_path)) as catalog:
        accounts.check_password(catalog, "lan", "a second password")
        assert call(tmp_path, "user", "disable", "lan").exit_code == 0
        with pytest.raises(DeniedError):
            accounts.check_password(catalog, "lan", "a second password")
    (user,) = listed(tmp_path, "user")
    assert user["display_name"] == "Trần Thị Lan" and user["disabled_at"]
    assert call(tmp_path, "user", "enable", "lan").exit_code == 0
    assert listed(tmp_path, "user")[0]["disabled_at"] is None


def test_a_short_password_makes_no_user(tmp_path: Path) -> None:
    result = call(tmp_path, "user", "add", "lan", typed="short\n")
    assert isinstance(result.exception, UsageError)
    assert listed(tmp_path, "user") == []


def test_a_counters_token_is_all_that_stdout_gets(tmp_path: Path) -> None:
    first = call(tmp_path, "counter", "add", "Quầy 1").stdout.strip()
    second = call(tmp_path, "counter", "renew", "Quầy 1").stdout.strip()
    with open_catalog(Settings(home=tmp_path)) as catalog:
        assert counter_accounts.counter_of_token(catalog, first) is None
        assert counter_accounts.counter_of_token(catalog, second) == "Quầy 1"
    assert [row["name"] for row in listed(tmp_path, "counter")] == ["Quầy 1"]


def test_agencies_have_their_own_users_and_counters(tmp_path: Path) -> None:
    assert call(tmp_path, "agency", "add", "H57.132", "UBND phường Bắc").exit_code == 0
    assert call(tmp_path, "agency", "name", "H57.132", "UBND phường Bắc Mới").exit_code == 0
    named = {row["code"]: row["name"] for row in listed(tmp_path, "agency")}
    assert named["H57.132"] == "UBND phường Bắc Mới" and set(named) == {"H57.132", "default"}
    assert call(tmp_path, "counter", "add", "Quầy 1", "--agency", "H57.132").exit_code == 0
    assert listed(tmp_path, "counter")[0]["agency"] == "H57.132"
    member = ("--agency", "H57.132", "--role", "supervisor", "--counter", "Quầy 1")
    assert call(tmp_path, "user", "add", "lan", *member, typed="a first password\n").exit_code == 0
    assert call(tmp_path, "user", "add", "minh", typed="a first password\n").exit_code == 0
    with open_catalog(Settings(home=tmp_path)) as catalog:
        assert accounts.user(catalog, "lan").member == Membership("H57.132", Role.SUPERVISOR, ("Quầy 1",))
        assert accounts.user(catalog, "minh").member == Membership()
        assert call(tmp_path, "user", "move", "minh", "--agency", "H57.132").exit_code == 0
        assert accounts.user(catalog, "minh").member == Membership("H57.132")
        assert call(tmp_path, "user", "move", "lan", "--role", "clerk").exit_code == 0
        assert accounts.user(catalog, "lan").member == Membership("H57.132")


@pytest.mark.parametrize(
    "wrong",
    [
        ("user", "add", "lan", "--agency", "H99"),
        ("counter", "add", "Quầy 1", "--agency", "H99"),
        ("ingest", "scan.png", "--agency", "H99"),
        ("user", "add", "lan", "--counter", "Quầy 9"),
    ],
    ids=" ".join,
)
def test_an_agency_or_counter_that_isnt_there_is_refused(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    (tmp_path / "scan.png").write_bytes(b"not looked at")
    arguments = [str(tmp_path / "scan.png") if each == "scan.png" else each for each in wrong]
    result = call(tmp_path / "home", *arguments, typed="a first password\n")
    assert isinstance(result.exception, NotFoundError)


def test_an_absent_clerks_stack_is_handed_over_and_released(tmp_path: Path) -> None:
    call(tmp_path, "user", "add", "minh", typed="a first password\n")
    with open_catalog(Settings(home=tmp_path)) as catalog, catalog.transaction() as connection:
        batch_id = begin_batch(connection, Intake("station", "lan"), BatchState.DESK)
    assert call(tmp_path, "hand-over", batch_id, "--to", "minh").exit_code == 0
    with open_catalog(Settings(home=tmp_path)) as catalog:
        with catalog.reading() as connection:
            assert get_batch(connection, batch_id).operator == "minh"
        assert call(tmp_path, "release", batch_id).exit_code == 0
        (entry, _) = catalog.log_entries(f"batches/{batch_id}")
        assert (entry.actor, entry.before, entry.after) == (
            getpass.getuser(),
            {"clerk": "lan"},
            {"clerk": "minh"},
        )
    assert "released" in call(tmp_path, "batches").stdout
    result = call(tmp_path, "hand-over", batch_id, "--to", "nobody")
    assert isinstance(result.exception, NotFoundError)

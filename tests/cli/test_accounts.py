"""`scanflow user` and `scanflow counter`, as an operator types them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from scanflow.archive import accounts
from scanflow.archive.catalog import open_catalog
from scanflow.cli.commands import app
from scanflow.errors import DeniedError, UsageError
from scanflow.settings import Settings


def call(home: Path, *arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, ["--home", str(home), *arguments], input=typed)


def listed(home: Path, what: str) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = json.loads(call(home, what, "list", "--json").stdout)
    return rows


def test_a_user_gets_a_password_from_stdin_and_loses_it(tmp_path: Path) -> None:
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
        assert accounts.counter_of_token(catalog, first) is None
        assert accounts.counter_of_token(catalog, second) == "Quầy 1"
    assert [row["name"] for row in listed(tmp_path, "counter")] == ["Quầy 1"]

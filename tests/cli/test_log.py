"""`scanflow log`: what commands enter in the audit log, queries of it, and what `verify` finds."""

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.archive.store.base import open_store
from scanflow.cli.noting import os_user
from scanflow.settings import Settings
from tests import commands
from tests.archive.filing import NUMBER, add_batch, file_paper, write_manifests

NAME = "Nguyễn Thị Thử Nghiệm"


@pytest.fixture
def home(filed: Path, tmp_path: Path) -> Path:
    """An archive of the test's own: each entry of its log counts."""
    return shutil.copytree(filed, tmp_path / "home")


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    settings = Settings(home=path)
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        add_batch(catalog, "b1", 1)
        file_paper(store, catalog, [f"giấy ủy quyền của {NAME}"])
        write_manifests(store, catalog, "b1")
    return path


def run(home: Path, *arguments: str | Path, expect: int = 0) -> tuple[str, str]:
    """Run `scanflow` on this archive with log level debug; its stdout and stderr."""
    variables = {**os.environ, "SCANFLOW_LOG_LEVEL": "debug", "LOGNAME": "somebody-else"}
    ended = commands.run("--home", home, *arguments, env=variables)
    assert ended.returncode == expect, ended.stderr
    return ended.stdout, ended.stderr


def log(home: Path, *arguments: str) -> list[tuple[str, str]]:
    found = json.loads(run(home, "log", "--json", *arguments)[0])
    assert {each["actor"] for each in found} <= {os_user(), "scanflow"}, "LOGNAME must not be believed"
    return [(each["action"], each["subject"]) for each in found]


def test_what_is_seen_by_command_is_logged(home: Path, tmp_path: Path) -> None:
    complaints = "".join(
        run(home, *arguments)[1]
        for arguments in (
            ("search", f'"{NAME}"'),
            ("show", NUMBER),
            ("show",),
            ("export", NUMBER, tmp_path / NAME),
            ("batches", "--all"),
            ("user", "list"),
            ("verify",),
        )
    )
    run(home, "show", "H99.9", expect=10)
    dossier = "dossiers/H57.132-260804-0583"
    mine = log(home, "--person", os_user())
    assert mine == [
        ("searched", "archive"), ("found", f"{dossier}/01"), ("viewed", dossier), ("listed", "dossiers"),
        ("exported", dossier), ("listed", "batches"), ("listed", "users"), ("verified", "archive"),
    ]  # fmt: skip
    assert ("log read", "log") in log(home)
    about = log(home, "--dossier", NUMBER)
    assert about == [
        ("filed", f"{dossier}/01"), ("closed", "batches/b1"), ("found", f"{dossier}/01"),
        ("viewed", dossier), ("exported", dossier),
    ]  # fmt: skip
    [searched] = json.loads(run(home, "log", "--json", "--action", "searched")[0])
    assert searched["after"] == {"hits": 1, "query": f'"{NAME}"'}
    assert searched["at"].endswith("+07:00")
    # What was asked for is in the audit log, not in the program's own.
    for part in (NAME, "Nghiệm", NUMBER):
        assert part not in complaints


def test_times_are_those_of_vietnam(home: Path) -> None:
    run(home, "show")
    [newest] = json.loads(run(home, "log", "--json", "--action", "listed", "-n", "1")[0])
    day = newest["at"][:10]
    assert log(home, "--action", "listed", "--from", day, "--to", day)
    assert log(home, "--action", "listed", "--to", "2026-01-01") == []
    assert "Thời gian" in run(home, "log", "--from", "hôm qua", expect=2)[1]
    assert newest["at"][11:16] in run(home, "log", "--action", "listed")[0]


def test_verify_names_what_somebody_changed(home: Path) -> None:
    run(home, "verify")
    with sqlite3.connect(home / "catalog.db") as database:
        database.execute("DROP TRIGGER log_no_update")
        database.execute("UPDATE log SET actor = 'nobody' WHERE seq = 2")
    said, complaint = run(home, "verify", expect=9)
    assert "append-only are gone" in said and "entry 2 changed" in said
    assert "audit log" in complaint

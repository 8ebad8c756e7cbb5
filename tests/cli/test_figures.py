"""`scanflow figures`: the same counts as on the reviewers' page, as a table and as JSON."""

import csv
import io
import json
from pathlib import Path

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.archive.store.base import open_store
from scanflow.cli.app import invocation
from scanflow.cli.commands import app
from scanflow.errors import NotFoundError, UsageError
from scanflow.settings import Settings
from tests.archive.filing import file_paper

JSON_TEXT = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home")
    settings = Settings(home=path)
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        file_paper(store, catalog, ["giấy ủy quyền", "trang hai"])
    return path


def run(monkeypatch: pytest.MonkeyPatch, home: Path, *arguments: str) -> None:
    monkeypatch.setattr(invocation, "home", home)
    app(["--home", str(home), "figures", *arguments], standalone_mode=False)


def test_counts_are_printed_for_programs(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: JSON_TEXT
) -> None:
    run(monkeypatch, home, "--json", "--from", "2020-01-01")
    found = json.loads(capsys.readouterr().out)
    assert (found["total"]["papers"], found["total"]["pages"]) == (1, 2)
    assert {each["name"] for each in found["shares"]} >= {"complete", "reused", "electronic", "right"}
    assert set(found["waiting"]) == {"taking", "desk", "taken", "unassigned", "failed"}
    run(monkeypatch, home, "--csv", "--from", "2020-01-01")
    [row] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (row["papers"], row["pages"]) == ("1", "2")
    for by in ("day", "procedure", "agency"):
        run(monkeypatch, home, "--by", by, "--from", "2020-01-01")
        assert "papers still doubtful" in capsys.readouterr().out


def test_wrong_days_and_agencies_are_refused(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in (["--from", "x"], ["--from", "2026-02-01", "--to", "2026-01-01"], ["--by", "colour"]):
        with pytest.raises(UsageError):
            run(monkeypatch, home, *wrong)
    with pytest.raises(NotFoundError):
        run(monkeypatch, home, "--agency", "H99")

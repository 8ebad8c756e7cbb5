"""`scanflow search`: names instead of ids, pages of results, CSV, and similar words for one that is not
found.
"""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from scanflow.archive.catalog import open_catalog
from scanflow.archive.identity import open_archive
from scanflow.cli.command_modules import with_all_commands
from scanflow.settings import Settings
from tests.archive.filing import file_paper

FORMULA = "=1+1 khai"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three filed papers."""
    place = tmp_path_factory.mktemp("home")
    with open_archive(Settings(home=place)) as archive:
        for no, title in enumerate(("Tờ khai đăng ký khai sinh", "Tờ khai đăng ký khai sinh", FORMULA)):
            fields = {"date": f"0{no + 1}/04/2021"}
            file_paper(
                archive.store, archive.catalog, [f"khai {no}"], title=title, fields=fields, batch_id=f"b{no}"
            )
    with open_catalog(Settings(home=place)):
        yield place


def run(home: Path, *arguments: str) -> tuple[str, str]:
    ended = CliRunner().invoke(with_all_commands(), ["--home", str(home), "search", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stdout, ended.stderr


def test_types_by_name_and_days(home: Path) -> None:
    shown, _ = run(home, "khai", "--sort", "oldest")
    lines = [line.split("\t") for line in shown.splitlines()]
    assert [line[3] for line in lines] == ["01/04/2021", "02/04/2021", "03/04/2021"]
    assert lines[0][2] == "Tờ khai đăng ký khai sinh"


@pytest.mark.parametrize("width", ["60", "200"])
def test_finds_are_in_colour_on_a_terminal(home: Path, width: str) -> None:
    command = [sys.executable, "-m", "scanflow.cli", "--home", str(home), "search", '"khai 0"']
    plain = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "[khai 0]" in plain
    variables = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": width}
    shown = subprocess.run(command, capture_output=True, text=True, check=True, env=variables).stdout
    assert "\x1b[1;33mkhai 0\x1b[0m" in shown
    assert "[khai 0]" not in shown


def test_pages_of_results(home: Path) -> None:
    first, said = run(home, "khai", "-n", "2")
    second, _ = run(home, "khai", "-n", "2", "--page", "2")
    assert (len(first.splitlines()), len(second.splitlines())) == (2, 1)
    assert not set(first.splitlines()) & set(second.splitlines())
    assert "2 of 3" in said


def test_csv_has_all_and_no_formula(home: Path) -> None:
    rows = list(csv.DictReader(run(home, "khai", "-n", "1", "--csv")[0].splitlines()))
    assert [row["date"] for row in rows] == ["2021-04-03", "2021-04-02", "2021-04-01"]
    assert rows[0]["title"] == f"'{FORMULA}"


def test_json_has_ids_and_names(home: Path) -> None:
    hits = json.loads(run(home, '"khai 0"', "--json")[0])
    assert [(hit["type"], hit["snippet"]) for hit in hits] == [("to-khai-dang-ky-khai-sinh", "[khai 0]")]


def test_similar_words_are_offered_for_words_that_are_not_found(home: Path) -> None:
    shown, said = run(home, "khaj")
    assert shown == ""
    assert "nothing found; like it: khai" in said

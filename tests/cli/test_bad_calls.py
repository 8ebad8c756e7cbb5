"""Wrong calls: the documented exit code, a message in both languages, no traceback."""

import json
import os
import re
from pathlib import Path

import pytest
from PIL import Image

from scanflow.errors import SettingsError, UsageError
from tests.e2e.conftest import scanflow

VIETNAMESE = re.compile(r"[ạ-ỹ]")


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "trang.png"
    Image.new("L", (60, 60), 255).save(path)
    return path


def require_clear(tmp_path: Path, code: int, *arguments: str | Path) -> str:
    """The command ends with this code, and stderr says why in both languages."""
    result = scanflow(tmp_path / "home", *arguments)
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
    assert VIETNAMESE.search(result.stderr.splitlines()[-1]), result.stderr
    return result.stderr


@pytest.mark.parametrize("command", ["read", "ingest"])
def test_missing_file(command: str, tmp_path: Path) -> None:
    assert "no such file" in require_clear(tmp_path, 2, command, tmp_path / "đâu.pdf")


def test_folder_where_a_file_is_wanted(tmp_path: Path) -> None:
    require_clear(tmp_path, 2, "read", tmp_path)
    require_clear(tmp_path, 2, "pdf", tmp_path, tmp_path / "out.pdf")


def test_output_that_cannot_be_written(page: Path, tmp_path: Path) -> None:
    require_clear(tmp_path, 2, "pdf", page, tmp_path / "no" / "such" / "out.pdf")
    require_clear(tmp_path, 2, "pdf", page, tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir() if p.name != "home") == [page.name]


def test_output_over_input_is_refused(page: Path, tmp_path: Path) -> None:
    before = page.read_bytes()
    require_clear(tmp_path, 2, "pdf", page, page)
    require_clear(tmp_path, 2, "read", page, "--sidecar", page)
    os.link(page, tmp_path / "other.pdf")
    require_clear(tmp_path, 2, "pdf", page, tmp_path / "other.pdf")
    assert page.read_bytes() == before


def test_bad_bytes(tmp_path: Path) -> None:
    bad = tmp_path / "hỏng.pdf"
    bad.write_bytes(b"%PDF-1.4 no more")
    require_clear(tmp_path, 5, "read", bad)
    require_clear(tmp_path, 5, "pdf", bad, tmp_path / "out.pdf")
    assert not (tmp_path / "out.pdf").exists()


def test_unknown_dossier_and_batch(tmp_path: Path) -> None:
    require_clear(tmp_path, 10, "export", "H57.132-260804-0583", tmp_path / "out")
    require_clear(tmp_path, 10, "show", "H57.132-260804-0583")
    require_clear(tmp_path, 10, "retry", "no-such-batch")


@pytest.mark.parametrize("query", ["", "  ", '"'])
def test_empty_query(query: str, tmp_path: Path) -> None:
    assert "nothing to search for" in require_clear(tmp_path, UsageError.exit_code, "search", query)


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["batches"],
        ["log"],
        ["search", "khai sinh"],
        ["verify"],
        ["backup", "copy"],
        ["repair"],
        ["repair", "--dry-run"],
        ["user", "list"],
        ["assign", "b1", "H57.132-260804-0583"],
    ],
)
def test_a_missing_archive_is_reported_and_none_is_made(arguments: list[str], tmp_path: Path) -> None:
    said = require_clear(tmp_path, 10, *arguments)
    assert f"no archive at {tmp_path / 'home'}" in said
    assert list(tmp_path.iterdir()) == []


def test_rebuild_without_objects_makes_no_catalog(tmp_path: Path) -> None:
    assert "no objects at" in require_clear(tmp_path, 10, "rebuild")
    assert list(tmp_path.iterdir()) == []


def test_doctor_makes_nothing(tmp_path: Path) -> None:
    found = json.loads(scanflow(tmp_path / "home", "doctor", "--json").stdout)
    (archive,) = [each for each in found if each["what"] == "archive"]
    assert archive["verdict"] == "optional"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["ingest", "PAGE"], ["watch", "FOLDER"], ["web", "--port", "0"], ["user", "add", "lan"]]
)
def test_home_that_cannot_be_made(page: Path, arguments: list[str]) -> None:
    """It ends at once: a store that can't be reached is waited for, a wrong home is not."""
    named = {"PAGE": page, "FOLDER": page.parent}
    result = scanflow(page / "home", *(named.get(each, each) for each in arguments))
    assert result.returncode == SettingsError.exit_code, result.stderr
    assert "cannot be written to" in result.stderr
    assert "Traceback" not in result.stderr


def test_home_on_a_read_only_file_system(page: Path) -> None:
    """No user can make a folder in /proc."""
    result = scanflow(Path("/proc/scanflow"), "ingest", page)
    assert result.returncode == SettingsError.exit_code, result.stderr
    assert "cannot be written to" in result.stderr


@pytest.mark.parametrize("once", [[], ["--once"]])
def test_inbox_that_is_not_there(once: list[str], page: Path, tmp_path: Path) -> None:
    assert "no such folder" in require_clear(tmp_path, 2, "watch", *once, tmp_path / "nope")
    assert "no folder" in require_clear(tmp_path, 2, "watch", *once, page)
    assert not (tmp_path / "home").exists()


def test_misspelt_variable(tmp_path: Path) -> None:
    result = scanflow(tmp_path / "home", "doctor", env={"SCANFLOW_STORE_KIND": "s3"})
    assert result.returncode == SettingsError.exit_code
    assert "is SCANFLOW_STORE__KIND meant?" in result.stderr


def test_unknown_language(tmp_path: Path) -> None:
    result = scanflow(tmp_path / "home", "--lang", "fr", "show")
    assert result.returncode == 2
    assert "neither en nor vi" in result.stderr


def test_unknown_option(tmp_path: Path) -> None:
    result = scanflow(tmp_path / "home", "read", "--no-such-option")
    assert result.returncode == 2
    assert "--no-such-option" in result.stderr
    assert "Traceback" not in result.stderr

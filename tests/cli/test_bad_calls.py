"""Calls that cannot be: the documented exit code, both languages, no traceback."""

import os
import re
from pathlib import Path

import pytest
from PIL import Image

from scanflow.errors import ScanflowError, UsageError
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
    result = scanflow(tmp_path / "home", "search", query)
    assert result.returncode in (0, UsageError.exit_code)
    assert "Traceback" not in result.stderr


def test_home_that_cannot_be_made(page: Path, tmp_path: Path) -> None:
    result = scanflow(page / "home", "batches")
    assert result.returncode in {error.exit_code for error in ScanflowError.__subclasses__()} - {1}
    assert "Traceback" not in result.stderr


def test_unknown_option(tmp_path: Path) -> None:
    result = scanflow(tmp_path / "home", "read", "--no-such-option")
    assert result.returncode == 2
    assert "--no-such-option" in result.stderr
    assert "Traceback" not in result.stderr

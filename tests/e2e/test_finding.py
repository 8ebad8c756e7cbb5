"""Search, show, export, batches and assign on an archive of fixtures."""

import json
import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import ARCHIVE, DOSSIERS, Archive, scanflow, truth

pytestmark = pytest.mark.xdist_group(ARCHIVE)  # with its other users: it is made once


def test_words_without_accents_find_those_with(archive: Archive) -> None:
    hits = archive.json("search", "dang ky khai sinh")
    assert hits[0]["dossier"] == "H13.42-260804-0017"
    assert "KHAI SINH" in hits[0]["snippet"]
    assert {hit["type"] for hit in hits} >= {"to-khai-dang-ky-khai-sinh"}


def test_exactly_accented_comes_first(archive: Archive) -> None:
    hits = archive.json("search", "đăng ký kết hôn")
    exact = [hit["exact"] for hit in hits]
    assert exact == sorted(exact, reverse=True)
    assert exact[0]


def test_dossier_number_and_document_number_are_found(archive: Archive) -> None:
    assert archive.json("search", "H13.57-260818-0108")[0]["dossier"] == "H13.57-260818-0108"
    hits = archive.json("search", "1675/QĐ-UBND")
    assert [(hit["dossier"], hit["type"]) for hit in hits][:1] == [("H13.42-260901-0105", "quyet-dinh")]


def test_nothing_found_is_no_error(archive: Archive) -> None:
    assert archive.json("search", "xyzzy") == []


def test_export_has_the_names_that_the_rules_ask_for(archive: Archive, tmp_path: Path) -> None:
    number = "H13.42-260806-0031"
    exported = archive.json("export", number, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{number}.{no:02}.pdf" for no in range(1, len(truth("quay-1")["papers"]) + 1)]
    assert len(exported) == len(names)


def test_unknown_dossier_is_said_in_both_languages(archive: Archive) -> None:
    result = archive.run("show", "H13.42-260806-9999")
    assert result.returncode == 10
    assert "no dossier" in result.stderr
    assert "Không có hồ sơ" in result.stderr


def test_waiting_batch_is_listed_and_filed_once_it_has_a_number(archive: Archive, tmp_path: Path) -> None:
    home = tmp_path / "home"
    taken = scanflow(home, "ingest", DOSSIERS / "giay-to-chua-ro", "--json")
    assert taken.returncode == 6
    batch = json.loads(taken.stdout)[0]["batch_id"]
    (waiting,) = json.loads(scanflow(home, "batches", "--json").stdout)
    assert waiting["batch_id"] == batch
    assert waiting["state"] == "unassigned"
    assert waiting["reason_vi"]
    assigned = scanflow(home, "assign", batch, "H13.42-260820-0007", "--procedure", "1.000656")
    assert assigned.returncode == 0, assigned.stderr
    assert json.loads(scanflow(home, "batches", "--json").stdout) == []
    documents = json.loads(scanflow(home, "show", "H13.42-260820-0007", "--json").stdout)
    types = [document["type"] for document in documents["dossier"]["documents"]]
    assert types == [paper["type"] for paper in truth("giay-to-chua-ro")["papers"]]
    assert scanflow(home, "assign", batch, "H13.42-260820-0007").returncode == 2


def test_same_papers_copied_are_set_aside(archive: Archive, tmp_path: Path) -> None:
    copied = tmp_path / "again"
    shutil.copytree(DOSSIERS / "H13.42-260902-0003", copied)
    home = tmp_path / "home"
    first = scanflow(home, "ingest", copied / "phieu.pdf", "--dossier", "H13.42-260902-0003")
    assert first.returncode == 0, first.stderr
    shutil.copy2(copied / "phieu.pdf", copied / "phieu-2.pdf")
    second = scanflow(home, "ingest", copied / "phieu-2.pdf", "--dossier", "H13.42-260902-0003", "--json")
    (outcome,) = json.loads(second.stdout)
    assert outcome["filed"] == []
    assert [each["code"] for each in outcome["laid"]] == ["duplicate"]


def test_a_number_of_no_grammar_is_refused(tmp_path: Path) -> None:
    result = scanflow(tmp_path, "ingest", DOSSIERS / "quay-1", "--dossier", "không phải mã")
    assert result.returncode == 2
    assert not (tmp_path / "objects" / "intake").exists()


def test_damaged_object_is_found(archive: Archive, tmp_path: Path) -> None:
    home = tmp_path / "home"
    scanflow(home, "ingest", DOSSIERS / "H13.42-260902-0003" / "phieu.pdf", "-d", "H13.42-260902-0003")
    key = "dossiers/H13.42-260902-0003/01-phieu-yeu-cau-bo-sung/v1.pdf"
    pdf = home / "objects" / key
    pdf.chmod(0o644)
    data = bytearray(pdf.read_bytes())
    data[len(data) // 2] ^= 1
    pdf.write_bytes(bytes(data))
    result = scanflow(home, "verify")
    assert result.returncode == 9
    assert f"damaged: {key}" in result.stdout

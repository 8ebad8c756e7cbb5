"""By command: a batch that waits for its number, papers that come twice, invalid numbers, damaged objects."""

import json
import shutil
from pathlib import Path

from tests.e2e.conftest import DOSSIERS, scanflow, truth


def test_waiting_batch_is_listed_and_filed_once_it_has_a_number(tmp_path: Path) -> None:
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
    assert_shown_in_any_spelling(home, tmp_path, "H13.42-260820-0007")


def assert_shown_in_any_spelling(home: Path, tmp_path: Path, number: str) -> None:
    """The number of this dossier, and the archive where nothing waits any more."""
    for typed in (number.lower(), number.replace("-", "–")):
        shown = scanflow(home, "show", typed)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.startswith(number)
    exported = scanflow(home, "export", number.lower(), tmp_path / "out", "--json")
    assert exported.returncode == 0, exported.stderr
    assert (tmp_path / "out" / f"{number}.01.pdf").is_file()
    entries = json.loads(scanflow(home, "log", "--dossier", number.lower(), "--json").stdout)
    assert {"exported", "viewed"} <= {entry["action"] for entry in entries}
    waiting = scanflow(home, "batches")
    assert (waiting.stdout, waiting.stderr.strip()) == ("", "no batch waits, all are closed")
    told = scanflow(home, "--lang", "vi", "batches")
    assert "không có tập giấy tờ nào đang chờ" in told.stderr


def test_same_papers_copied_are_set_aside(tmp_path: Path) -> None:
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


def test_damaged_object_is_found(tmp_path: Path) -> None:
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

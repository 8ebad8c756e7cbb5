"""`scanflow profiles import`, `procedures search` and `procedures show`, as a person calls them."""

import json
from pathlib import Path

from tests.classify.procedures.lists import KITE, procedures, write_list
from tests.e2e.conftest import scanflow


def test_a_list_is_imported_found_and_shown(tmp_path: Path) -> None:
    home, file = tmp_path / "home", write_list(tmp_path / "list.jsonl")
    shown = scanflow(home, "profiles", "import", file, "--from", "2026-01-01", "--diff")
    assert f"{KITE} Cấp giấy phép thả diều (added, from 2026-01-01)" in shown.stdout
    assert "Đơn đề nghị cấp giấy phép thả diều · form 01/TD" in shown.stdout
    assert "no paper (the list calls it a note): Lưu ý" in shown.stdout
    assert "nothing written" in shown.stderr
    assert scanflow(home, "procedures", "show", KITE).returncode == 10

    assert scanflow(home, "profiles", "import", file, "--from", "2026-01-01").returncode == 0
    raw = procedures()
    raw[0]["papers"].pop()
    raw.append({"name": "Không mã", "papers": []})
    changed = write_list(tmp_path / "changed.jsonl", raw)
    result = scanflow(home, "profiles", "import", changed, "--from", "2026-06-01", "--json")
    said = json.loads(result.stdout)
    assert said["procedures"] == {"added": 0, "changed": 1, "read anew": 0, "unchanged": 2}
    assert said["changes"][0]["rows"][0]["after"] is None
    assert said["faults"][0]["column"] == "code"
    assert "changed.jsonl:4, column code: no code" in result.stderr

    found = json.loads(scanflow(home, "procedures", "search", "tha", "dieu", "--json").stdout)
    assert found[0]["code"] == KITE
    before = json.loads(scanflow(home, "procedures", "show", KITE, "--on", "2026-05-31", "--json").stdout)
    assert before["effective_to"] == "2026-05-31"
    text = scanflow(home, "procedures", "show", KITE).stdout
    assert "in force: from 2026-06-01" in text


def test_wrong_calls_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert scanflow(home, "profiles", "import", tmp_path / "none.jsonl").returncode == 2
    file = write_list(tmp_path / "list.jsonl")
    assert scanflow(home, "profiles", "import", file, "--from", "1.1.2026").returncode == 2
    assert scanflow(home, "profiles", "import", file, "--retention", "9").returncode == 2
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    assert scanflow(home, "profiles", "import", tmp_path / "empty.jsonl").returncode == 5

"""Counters whose PC runs Windows, as docs/windows.md describes them: a shared folder, and NAPS2's sharing."""

import json
import shutil
from pathlib import Path

from tests.agent.counter import Counter
from tests.e2e.conftest import DOSSIERS, scanflow
from tests.scanner.sheets import marked_pages

NUMBER = "H13.42-260902-0003"


def test_scans_to_a_share_are_filed_under_the_folders_number(tmp_path: Path) -> None:
    """As Windows' programs leave them: beside what the Explorer makes, and under temporary names."""
    share, home = tmp_path / "scans", tmp_path / "home"
    folder = share / NUMBER.lower()
    folder.mkdir(parents=True)
    paper = DOSSIERS / NUMBER / "phieu.pdf"
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (folder / "desktop.ini").write_text("[.ShellClassInfo]\r\n")
    (folder / "~SCAN0001.tmp").write_bytes(paper.read_bytes()[:4000])
    shutil.copy(paper, folder / "SCAN0002.PDF")
    variables = {"SCANFLOW_INBOX__SETTLE": "0.2", "SCANFLOW_INBOX__BATCH_GAP": "0.2", "SCANFLOW_JOBS": "1"}
    (home / "scanflow.toml").parent.mkdir()
    (home / "scanflow.toml").write_text(f"[inbox]\nfolders = ['{share}']\npolling = true\npatience = 0.5\n")
    done = scanflow(home, "watch", "--once", env=variables)
    assert done.returncode == 0, done.stderr
    dossier = json.loads(scanflow(home, "show", NUMBER, "--json").stdout)["dossier"]
    assert len(dossier["documents"]) == 1
    assert sorted(path.name for path in folder.iterdir()) == ["Thumbs.db", "desktop.ini", "~SCAN0001.tmp"]
    (taken,) = (path for path in (share / "done").rglob("*") if path.is_file())
    assert taken.name == "SCAN0002.PDF"
    assert taken.read_bytes() == paper.read_bytes()


def test_a_scanner_that_a_pc_shares_is_driven_from_the_server(counter: Counter) -> None:
    """The agent is beside the server; the PC has nothing but the eSCL that NAPS2 speaks."""
    settings = counter.agent.home / "scanflow.toml"
    settings.write_text(f'[scanner]\ndevice = "{counter.device}"\n{settings.read_text()}')
    listed = scanflow(counter.agent.home, "scanners", "--json")
    assert listed.returncode == 0, listed.stderr
    assert counter.device in {device["name"] for device in json.loads(listed.stdout)["devices"]}
    counter.agent.start()
    counter.virtual.load(marked_pages(2))
    batch_id = counter.stack()
    order_id = counter.order(batch_id, profile="duplex")
    assert counter.ended(order_id).state == "done"
    assert counter.pages(batch_id) == [1, 2]
    counter.virtual.unplug()  # the PC is switched off
    again = counter.ended(counter.order(batch_id))
    assert (again.state, again.pages) == ("failed", 0)
    assert again.reason_vi
    assert counter.pages(batch_id) == [1, 2]

"""`scanflow scan` and `scanflow scanners`, from sheets on a virtual scanner to a filed dossier."""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from scanflow.capture.scanner.spool import Spool, StackRecord
from scanflow.errors import FeederEmptyError, NotFoundError, PaperJamError, UsageError
from tests import commands
from tests.e2e.conftest import scanflow, truth
from tests.scanner.conftest import VirtualCounter, pages_arrived
from tests.scanner.escl import Fault
from tests.scanner.sane import processes_under
from tests.scanner.sheets import DOSSIER, dossier_pages, marked_pages

PATIENT_SECONDS = 60
QUICK = {"SCANFLOW_SCANNER__PAGE_SECONDS": "60", "SCANFLOW_SCANNER__GRACE": "0.5"}


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return scanflow(home, *arguments, env=QUICK)


def stacks(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run(home, "scanners", "--json").stdout)["stacks"]
    return found


def require_filed(outcome: dict[str, Any]) -> None:
    """The dossier's papers are filed as the fixtures' truth has them, each page once."""
    wanted = truth(DOSSIER)
    sides = [page for file in wanted["files"] for page in file["pages"]]
    assert outcome["state"] == "closed"
    assert outcome["count"]["captured"] == len(sides)
    assert outcome["count"]["set_aside"] == sum(side["blank"] for side in sides)
    assert [(d["type"], d["pages"]) for d in outcome["filed"]] == [
        (paper["type"], len(paper["pages"])) for paper in wanted["papers"]
    ]
    assert {d["dossier"] for d in outcome["filed"]} == {DOSSIER}


def test_a_stack_of_both_sides_becomes_a_dossier_in_spite_of_a_jam(
    counter: VirtualCounter, tmp_path: Path
) -> None:
    home, pages = tmp_path / "home", dossier_pages()
    counter.virtual.load(pages)
    counter.virtual.fail_after(3, Fault.JAM, pages_arrived(home / "scans", 3))
    first = run(home, "scan", "--dossier", DOSSIER, "--profile", "duplex")
    assert first.returncode == PaperJamError.exit_code
    assert PaperJamError.default_vi in first.stderr
    assert "Đã giữ 3 trang" in first.stderr
    assert "đặt lại tờ thứ 2 (tờ này mới có mặt trước)" in first.stderr
    told = run(home, "scanners")
    assert counter.device in told.stdout
    assert "paper-jam" in told.stderr
    assert DOSSIER in told.stderr
    counter.virtual.clear()
    counter.virtual.unload()
    counter.virtual.load(pages[2:])
    second = run(home, "scan", "--resume", "--json")
    assert second.returncode == 0, second.stderr
    (outcome,) = json.loads(second.stdout)
    require_filed(outcome)
    assert stacks(home) == []
    export = run(home, "export", DOSSIER, str(tmp_path / "out"))
    assert export.returncode == 0, export.stderr


def started(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return commands.start(
        "--home", home, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **QUICK, "SCANFLOW_SCANNER__PAGE_SECONDS": "600"},
    )  # fmt: skip


def wait_for_page(process: subprocess.Popen[str], no: int) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if re.match(rf"page {no}\b", line):
            return
    pytest.fail(f"ended with {process.wait()} before page {no}")


def require_nothing_left_running(counter: VirtualCounter) -> None:
    for _ in range(PATIENT_SECONDS * 10):
        if not processes_under(counter.configuration):
            return
        time.sleep(0.1)
    pytest.fail(f"left behind: {processes_under(counter.configuration)}")


def leave_complete(home: Path, page: bytes) -> None:
    """A stack that was scanned to its end and not filed."""
    record = StackRecord(DOSSIER, None, "test:0", "papers", False, "clerk", "2026-08-04T08:00:00+07:00")
    with Spool(home / "scans").new(record) as held:
        (held.folder / "0001.jpg").write_bytes(page)
        held.mark("complete")


def test_scanned_pages_stay_after_the_program_is_killed_and_may_be_filed(
    counter: VirtualCounter, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    counter.virtual.load(dossier_pages())
    counter.virtual.fail_after(1, Fault.HANG)
    process = started(home, "scan", "--dossier", DOSSIER)
    wait_for_page(process, 1)
    process.kill()
    process.communicate()
    require_nothing_left_running(counter)
    (stack,) = stacks(home)
    assert (stack["record"]["state"], stack["in_use"]) == ("scanning", False)
    leave_complete(home, dossier_pages()[2])
    result = run(home, "scan", "--as-is", "--json")
    assert result.returncode == 0, result.stderr
    types = {
        outcome["filed"][0]["type"]: outcome["count"]["captured"] for outcome in json.loads(result.stdout)
    }
    assert types == {"to-khai-dang-ky-khai-sinh": 1, "giay-chung-sinh": 1}
    assert stacks(home) == []


def test_ctrl_c_stops_the_scanner_and_keeps_whole_pages(counter: VirtualCounter, tmp_path: Path) -> None:
    home = tmp_path / "home"
    counter.virtual.load(marked_pages(3))
    counter.virtual.fail_after(2, Fault.HANG)
    process = started(home, "scan", "--dossier", DOSSIER)
    wait_for_page(process, 2)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate()
    assert process.returncode == 130
    assert "Đã dừng quét theo yêu cầu" in complaint
    assert "Đã giữ 2 trang" in complaint
    require_nothing_left_running(counter)
    (stack,) = stacks(home)
    assert stack["record"]["stopped"] == "scan-cancelled"
    assert run(home, "scan", "--discard").returncode == 0
    assert stacks(home) == []
    assert len(list(home.glob("scans/discarded/*/*.jpg"))) == 2


def test_wrong_calls_are_refused(counter: VirtualCounter, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for code, call in [
        (FeederEmptyError.exit_code, ["scan"]),
        (UsageError.exit_code, ["scan", "--profile", "nothing"]),
        (UsageError.exit_code, ["scan", "--dossier", "no number"]),
        (UsageError.exit_code, ["scan", "--procedure", "9.999999"]),
        (NotFoundError.exit_code, ["scan", "--resume"]),
    ]:
        result = run(home, *call)
        assert result.returncode == code, result.stderr
        assert "Traceback" not in result.stderr
        assert re.search("[ạ-ỹ]", result.stderr.splitlines()[-1])
        assert result.stdout == ""
    assert stacks(home) == []


def test_what_a_scanner_can_do_is_shown(counter: VirtualCounter, tmp_path: Path) -> None:
    result = run(tmp_path / "home", "scanners", "--device", counter.device)
    assert result.returncode == 0, result.stderr
    lines = dict(line.split("\t") for line in result.stdout.splitlines())
    assert lines["sources"] == "feeder, flatbed"
    assert lines["dpi"] == "150, 200, 300, 600"
    assert lines["--source"] == "Flatbed|ADF|ADF Duplex"

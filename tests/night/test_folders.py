"""The files of a folder are made searchable into another folder: all of them, resumable, replacing no other
file.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from scanflow.clock import now
from scanflow.errors import UsageError
from scanflow.night.folders import run as running
from scanflow.night.folders.found import FoundFile, look_through
from scanflow.night.folders.journal import FOLDER, FileEntry, FileOutcome, Journal, Stamp
from scanflow.night.folders.one_file import HowToRead
from scanflow.night.folders.placing import TakenError, settle, write
from scanflow.night.folders.report import FolderReport
from scanflow.night.folders.run import FolderJob, read_folder
from scanflow.night.runs.window import Window
from scanflow.settings import OcrSettings, Settings
from tests.e2e.conftest import ROOT, scanflow
from tests.night.trees import (
    GOOD_WORDS,
    OLD_WORDS,
    digital,
    images,
    jpeg,
    make_tree,
    scanned,
    signed,
    with_attachment,
)
from tests.pdf.viewers import pdftotext

BROKEN = ROOT / "fixtures" / "dossiers" / "H13.42-260902-0003"
SETTINGS = Settings(jobs=2, ocr=OcrSettings(fast=True))

TREE = {
    "2009/cu.pdf": scanned("Giay khai sinh 2009", OLD_WORDS),
    "2009/tot.PDF": scanned("xx", GOOD_WORDS),
    "2010/sub/may.pdf": digital("Printed words of a digital page"),
    "2010/ky so.pdf": signed(),
    "2010/dinh kem.pdf": with_attachment(),
    "anh.jpg": jpeg("Quyet dinh 2026"),
    "hong.pdf": b"%PDF-1.4 no more",
    "danh sach.xlsx": b"PK not looked into",
}
"""Files and their paths in the source."""

BECOMES = {
    "2009/cu.pdf": FileOutcome.READ,
    "2009/tot.PDF": FileOutcome.KEPT,
    "2010/sub/may.pdf": FileOutcome.KEPT,
    "2010/ky so.pdf": FileOutcome.SIGNED,
    "2010/dinh kem.pdf": FileOutcome.FILLED,
    "anh.jpg": FileOutcome.READ,
    "hong.pdf": FileOutcome.UNREADABLE,
    "danh sach.xlsx": FileOutcome.OTHER,
}


def read(source: Path, target: Path, how: HowToRead | None = None) -> FolderReport:
    return read_folder(SETTINGS, FolderJob(source, target, how or HowToRead()), threading.Event())


def results(target: Path) -> dict[str, bytes]:
    """The files of a target, without its journal and reports."""
    found = [path for path in target.rglob("*") if path.is_file() and FOLDER not in path.parts]
    return {str(path.relative_to(target)): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, FolderReport]:
    """The tree and its target after one run, for tests that don't change them."""
    folder = tmp_path_factory.mktemp("archive")
    source, target = folder / "in", folder / "out"
    make_tree(source, TREE)
    return source, target, read(source, target)


def test_names_and_tree_stay_and_each_file_becomes_what_it_can(
    finished: tuple[Path, Path, FolderReport],
) -> None:
    source, target, report = finished
    assert {entry.name: entry.outcome for entry in report.entries} == BECOMES
    made = results(target)
    assert made.keys() == {f"{name}.pdf" if name == "anh.jpg" else name for name in TREE}
    for name, outcome in BECOMES.items():
        if outcome is not FileOutcome.READ:
            assert made[name] == TREE[name], name
    assert images(made["2009/cu.pdf"]) == images(TREE["2009/cu.pdf"])
    assert images(made["anh.jpg.pdf"]) == [[TREE["anh.jpg"]]]
    assert "2009" in pdftotext(made["2009/cu.pdf"])
    assert "Mistaken" not in pdftotext(made["2009/cu.pdf"])
    assert {name: (source / name).read_bytes() for name in TREE} == TREE
    assert list((target / FOLDER / "unfinished").iterdir()) == []


def test_the_report_says_what_a_person_must_know(finished: tuple[Path, Path, FolderReport]) -> None:
    _, target, report = finished
    assert not report.ok
    assert report.remaining == 0
    written = json.loads((target / FOLDER / "report.json").read_text())
    assert written["outcomes"] == {
        "read": 2, "kept": 2, "signed": 1, "filled": 1, "unreadable": 1, "other": 1, "refused": 0,
    }  # fmt: skip
    assert {each["file"] for each in written["told"]} == {"2010/ky so.pdf", "2010/dinh kem.pdf", "hong.pdf"}
    page = (target / FOLDER / "report.html").read_text(encoding="utf-8")
    assert "có chữ ký số" in page
    assert "hong.pdf" in page


def test_nothing_is_done_twice_unless_it_changed(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    names = ("2009/cu.pdf", "anh.jpg", "hong.pdf", "danh sach.xlsx")
    make_tree(source, {name: TREE[name] for name in names})
    read(source, target)
    before = {name: (target / name).stat().st_mtime_ns for name in results(target)}
    os.utime(source / "2009/cu.pdf")  # another time, the same bytes
    assert read(source, target).made == frozenset()
    assert {name: (target / name).stat().st_mtime_ns for name in results(target)} == before
    (source / "anh.jpg").write_bytes(jpeg("Thong bao 1999"))
    (target / "2009/cu.pdf").unlink()
    assert read(source, target).made == {"anh.jpg", "2009/cu.pdf"}
    assert "1999" in pdftotext((target / "anh.jpg.pdf").read_bytes())


def test_files_that_others_put_there_stay(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {"a.pdf": TREE["2009/cu.pdf"], "b.pdf": TREE["2009/cu.pdf"], "c.jpg": jpeg("Don 1")})
    make_tree(target, {"a.pdf": b"of somebody else", "b.pdf": TREE["2009/cu.pdf"]})
    report = read(source, target)
    assert {e.name: e.outcome for e in report.entries} == {
        "a.pdf": FileOutcome.REFUSED,
        "b.pdf": FileOutcome.READ,  # what stood there was the same file as in the source
        "c.jpg": FileOutcome.READ,
    }
    assert (target / "a.pdf").read_bytes() == b"of somebody else"
    (target / "c.jpg.pdf").write_bytes(b"changed by a person")
    assert {entry.name for entry in read(source, target).entries if entry.outcome is FileOutcome.REFUSED} == {
        "a.pdf",
        "c.jpg",
    }
    assert (target / "c.jpg.pdf").read_bytes() == b"changed by a person"


def test_without_copies_the_rest_is_listed_only(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {name: TREE[name] for name in ("hong.pdf", "danh sach.xlsx", "2010/ky so.pdf")})
    report = read(source, target, HowToRead(copies=False))
    assert results(target).keys() == {"2010/ky so.pdf"}
    assert report.counts[FileOutcome.UNREADABLE] == report.counts[FileOutcome.OTHER] == 1
    assert read(source, target, HowToRead(copies=False)).made == frozenset()
    assert read(source, target).made == {"hong.pdf", "danh sach.xlsx"}
    assert results(target)["hong.pdf"] == TREE["hong.pdf"]


def test_another_reader_reads_again_if_asked(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {"cu.pdf": TREE["2009/cu.pdf"]})
    assert read(source, target, HowToRead("any")).counts[FileOutcome.KEPT] == 1
    assert read(source, target).made == frozenset()
    again = read(source, target, HowToRead(again=True))
    assert again.counts[FileOutcome.READ] == 1
    assert read(source, target, HowToRead(again=True)).made == frozenset()


def test_killed_at_any_moment_it_goes_on_and_reads_nothing_twice(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {f"{no:02}/tap.jpg": jpeg(f"To trinh so {no}") for no in range(8)})
    command = [
        *(sys.executable, "-m", "scanflow.cli", "-q", "--home", str(tmp_path / "home"), "reocr", "--fast"),
        *("--files", str(source), "--to", str(target), "--jobs", "1"),
    ]
    kept: dict[str, int] = {}
    for wanted, how in ((2, signal.SIGKILL), (5, signal.SIGTERM)):
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, start_new_session=True)
        while len(results(target)) < wanted and process.poll() is None:
            time.sleep(0.02)
        os.killpg(process.pid, how)
        process.communicate()
        assert process.returncode in (-how, 130, 0)  # 0: it was through before it was told
        for name in results(target):
            found = (target / name).stat().st_mtime_ns
            assert kept.setdefault(name, found) == found
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(results(target)) == 8
    assert len(kept) >= 5
    assert {name: (target / name).stat().st_mtime_ns for name in kept} == kept
    assert all(images(data) for data in results(target).values())


def test_a_journal_that_was_cut_off_counts_as_far_as_it_is_whole(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {"a.docx": b"a", "b.docx": b"b"})
    read(source, target)
    path = target / FOLDER / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    assert len(read(source, target).made) == 1  # whose line stood last: they are done at the same time
    assert read(source, target).made == frozenset()


def test_a_kill_between_journal_and_name_leaves_the_older_result_replaceable(tmp_path: Path) -> None:
    with Journal.opened(tmp_path) as journal:

        def entry() -> FileEntry:
            return FileEntry("a.jpg", Stamp(1, 1), FileOutcome.READ, "", target="a.jpg.pdf")

        settle(journal, entry(), write(journal, b"first"))
        second = settle(journal, entry(), write(journal, b"second"))
        (tmp_path / "a.jpg.pdf").write_bytes(b"first")  # as if the second had not got its name
        assert second.replaced is not None
        os.utime(tmp_path / "a.jpg.pdf", ns=(0, second.replaced.modified))
        settle(journal, entry(), write(journal, b"third"))
        assert (tmp_path / "a.jpg.pdf").read_bytes() == b"third"
        (tmp_path / "a.jpg.pdf").write_bytes(b"of a person")
        with pytest.raises(TakenError):
            settle(journal, entry(), write(journal, b"fourth"))


def test_two_at_once_in_one_target_are_refused(tmp_path: Path) -> None:
    make_tree(tmp_path / "in", {"a.docx": b"a"})
    with Journal.opened(tmp_path / "out"), pytest.raises(UsageError, match="another scanflow"):
        read(tmp_path / "in", tmp_path / "out")


def test_a_stop_and_the_end_of_the_window_begin_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {f"{no}.docx": b"x" for no in range(5)})
    stopped = threading.Event()
    stopped.set()
    report = read_folder(SETTINGS, FolderJob(source, target), stopped)
    assert (report.remaining, report.made, report.ok) == (5, frozenset(), True)

    moments = iter([now(), *[now() + timedelta(days=2)] * 1000])

    def later() -> datetime:
        return next(moments)

    monkeypatch.setattr(running, "now", later)
    job = FolderJob(source, target, window=Window(22 * 60, 5 * 60))
    assert read_folder(SETTINGS, job, threading.Event()).remaining == 5


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {"a.docx": b"a", "b.jpg": jpeg("Don"), "hong.pdf": TREE["hong.pdf"]})
    job = FolderJob(source, target, dry_run=True, sample=5)
    report = read_folder(SETTINGS, job, threading.Event())
    assert (report.files, report.remaining) == (3, 3)
    assert not target.exists()
    told = report.estimate
    assert told is not None and (told.sampled, told.pages) == (2, 1)
    assert 0 < told.hours_interval[0] <= told.hours <= told.hours_interval[1]


def test_a_hostile_folder_ends_with_a_report_and_nothing_is_lost(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    broken = {path.name: path.read_bytes() for path in sorted(BROKEN.iterdir()) if path.name != "cut.jpg"}
    hostile = {
        **broken,
        "cut.jpg": jpeg("Don xin")[:-4000],
        "empty.pdf": b"",
        "bomb.png": b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d494844520001869f0001869f0802000000"),
        "text.tif": b"no picture at all",
        "loop.pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 1 0 R/Kids[1 0 R]/Count 99999999>>endobj\n"
        b"trailer<</Root 1 0 R>>\nstartxref\n9\n%%EOF\n",
        os.fsdecode(b"a\xff\n.pdf"): b"%PDF-1.4 in a name that is no text",
        "folder.pdf/inside.jpg": jpeg("Don 2"),
    }
    make_tree(source, hostile)
    os.mkfifo(source / "pipe.pdf")
    (source / "round").symlink_to(source)
    report = read(source, target)
    assert {entry.name for entry in report.entries} == hostile.keys()
    assert {each.name for each in report.unlooked} == {"pipe.pdf", "round"}
    assert (report.remaining, report.ok) == (0, False)
    made = results(target)
    for entry in report.entries:
        if entry.outcome is FileOutcome.READ:
            # What was damaged is in the result as far as it could be read.
            assert images(made[entry.target])
        else:
            assert made[entry.target] == hostile[entry.name], entry.name
    unreadable = {e.name for e in report.entries if e.outcome is FileOutcome.UNREADABLE}
    assert {"co-mat-khau.pdf", "rong.tif", "empty.pdf", "bomb.png", "text.tif", "loop.pdf"} <= unreadable
    assert {name: (source / name).read_bytes() for name in hostile} == hostile
    assert json.loads((target / FOLDER / "report.json").read_text())["files"] == len(hostile)
    assert read(source, target).made == frozenset()


def test_only_visible_files_outside_the_target_are_looked_at(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "in" / "out"
    make_tree(source, {"b10.pdf": b"", "b2.pdf": b"", "a.TIF": b"", "out/old.pdf": b"", ".x/y.pdf": b""})
    make_tree(source, {"khong duoi": TREE["2010/ky so.pdf"], "ghi chu": b"text", "Thumbs.db": b""})
    make_tree(source, {"van ban": b"PK\x03\x04 [Content_Types].xml"})
    (source / "link.pdf").symlink_to(source / "b2.pdf")
    (source / os.fsdecode(b"t\xff.pdf")).write_bytes(b"")
    found = list(look_through(source, target))
    files = {each.name: each.kind for each in found if isinstance(each, FoundFile)}
    assert files == {
        "a.TIF": "image",
        "b2.pdf": "pdf",
        "b10.pdf": "pdf",
        "ghi chu": "other",
        "khong duoi": "pdf",
        "van ban": "other",
        os.fsdecode(b"t\xff.pdf"): "pdf",
    }
    assert [each.name for each in found if not isinstance(each, FoundFile)] == ["link.pdf"]


def test_an_image_beside_a_file_with_the_name_of_its_result(tmp_path: Path) -> None:
    source, target = tmp_path / "in", tmp_path / "out"
    make_tree(source, {"a.jpg": jpeg("Don"), "a.jpg.pdf": TREE["2010/ky so.pdf"]})
    report = read(source, target)
    assert results(target) == {"a.jpg.pdf": TREE["2010/ky so.pdf"]}
    assert [each.name for each in report.unlooked] == ["a.jpg"]
    assert not report.ok


def test_it_works_as_a_command(tmp_path: Path) -> None:
    make_tree(tmp_path / "in", {"a.docx": b"a", "hong.pdf": TREE["hong.pdf"]})
    done = scanflow(
        tmp_path / "home", "reocr", "--files", tmp_path / "in", "--to", tmp_path / "out", "--json"
    )
    assert done.returncode == 5, done.stderr
    assert json.loads(done.stdout)["outcomes"]["unreadable"] == 1
    (tmp_path / "in" / "hong.pdf").unlink()
    done = scanflow(tmp_path / "home", "reocr", "--files", tmp_path / "in", "--to", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert "1 files: 1 other, 0 remain" in done.stdout


@pytest.mark.parametrize(
    ("source", "target", "said"),
    [
        ("in", "in", "results can't go into the folder"),
        ("in/sub", "in", "results can't go into the folder"),
        ("nowhere", "out", "no such folder"),
        ("in", "in/file", "is no folder"),
    ],
)
def test_wrong_folders_are_refused(source: str, target: str, said: str, tmp_path: Path) -> None:
    make_tree(tmp_path, {"in/sub/a.pdf": b"", "in/file": b""})
    with pytest.raises(UsageError, match=said):
        read(tmp_path / source, tmp_path / target)

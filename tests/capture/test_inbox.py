"""The inbox: its decisions with a clock of the test, its events with real threads."""

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.capture.inbox import Inbox, InboxGroup, natural_key, watch
from scanflow.capture.inbox_files import open_regular, release
from scanflow.clock import date_in_vietnam, now
from scanflow.errors import NotStillError, OversizedInputError, SettingsError, UnsupportedInputError
from scanflow.settings import InboxSettings
from tests.capture.samples import jpeg, jpeg_scan
from tests.patience import PATIENCE

SETTINGS = InboxSettings(settle=2, batch_gap=5, patience=60)
PAGE = jpeg()


class Clock:
    """A clock that the test sets forward."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ClockedInbox:
    """An inbox with a clock; `after` lets seconds pass, looking each second, and gives what became ready."""

    def __init__(self, root: Path) -> None:
        self.clock = Clock()
        self.inbox = Inbox(root, SETTINGS, self.clock)

    def after(self, seconds: float) -> list[InboxGroup]:
        groups = list(self.inbox.poll())
        for _ in range(round(seconds)):
            self.clock.now += 1
            groups += self.inbox.poll()
        return groups


@pytest.fixture
def clocked(tmp_path: Path) -> ClockedInbox:
    return ClockedInbox(tmp_path)


def put(path: Path, data: bytes = PAGE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def names(groups: list[InboxGroup]) -> list[tuple[str, list[str]]]:
    return [(group.name, [path.name for path in group.files]) for group in groups]


def test_a_file_waits_until_it_stood_still_and_nothing_joined_it(
    clocked: ClockedInbox, tmp_path: Path
) -> None:
    put(tmp_path / "H57.132-260804-0583" / "scan.jpg")
    assert clocked.after(6) == []
    (group,) = clocked.after(1)
    assert (group.name, group.hint) == ("H57.132-260804-0583",) * 2
    assert group.files == (tmp_path / "H57.132-260804-0583" / "scan.jpg",)
    assert clocked.after(100) == []


def test_files_of_one_folder_make_one_batch_in_natural_order(clocked: ClockedInbox, tmp_path: Path) -> None:
    for name in ("scan10.jpg", "scan2.jpg", "Scan1.jpg"):
        put(tmp_path / "a" / name)
    put(tmp_path / "b" / "scan.jpg")
    put(tmp_path / "top.jpg")
    assert names(clocked.after(7)) == [
        ("", ["top.jpg"]),
        ("a", ["Scan1.jpg", "scan2.jpg", "scan10.jpg"]),
        ("b", ["scan.jpg"]),
    ]


def test_a_late_page_joins_and_a_later_one_makes_its_own_batch(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "1.jpg")
    assert clocked.after(4) == []
    put(tmp_path / "2.jpg")
    assert names(clocked.after(7)) == [("", ["1.jpg", "2.jpg"])]
    put(tmp_path / "3.jpg")
    assert names(clocked.after(7)) == [("", ["3.jpg"])]


def test_a_growing_file_holds_its_group(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "1.jpg")
    growing = put(tmp_path / "2.jpg", PAGE[:100])
    for size in range(200, 1200, 100):
        assert clocked.after(1) == []
        growing.write_bytes(PAGE[:size])
    growing.write_bytes(PAGE)
    assert names(clocked.after(7)) == [("", ["1.jpg", "2.jpg"])]


def test_standing_still_is_not_enough_while_the_end_is_missing(clocked: ClockedInbox, tmp_path: Path) -> None:
    slow = put(tmp_path / "slow.pdf", jpeg_scan()[:-300])
    assert clocked.after(30) == []
    slow.write_bytes(jpeg_scan())
    assert names(clocked.after(7)) == [("", ["slow.pdf"])]


def test_what_never_ends_or_nobody_knows_is_handed_over_in_the_end(
    clocked: ClockedInbox, tmp_path: Path
) -> None:
    put(tmp_path / "a" / "cut.pdf", jpeg_scan()[:-300])
    put(tmp_path / "b" / "notes.txt", b"no format of ours")
    put(tmp_path / "c" / "nothing.pdf", b"")
    assert names(clocked.after(24)) == []
    assert names(clocked.after(6)) == [("b", ["notes.txt"])]
    assert names(clocked.after(40)) == [("a", ["cut.pdf"]), ("c", ["nothing.pdf"])]


def test_unfinished_names_hold_their_group_and_hidden_ones_never(
    clocked: ClockedInbox, tmp_path: Path
) -> None:
    put(tmp_path / "a" / "1.jpg")
    part = put(tmp_path / "a" / "2.jpg.part", PAGE[:50])
    put(tmp_path / "b" / "1.jpg")
    put(tmp_path / "b" / ".1.jpg.Xy12", PAGE[:50])
    put(tmp_path / "b" / "Thumbs.db")
    put(tmp_path / ".trash" / "old.jpg")
    assert names(clocked.after(20)) == [("b", ["1.jpg"])]
    part.write_bytes(PAGE)
    part.rename(tmp_path / "a" / "2.jpg")
    assert names(clocked.after(8)) == [("a", ["1.jpg", "2.jpg"])]


def test_a_download_left_unfinished_holds_nothing_up_for_ever(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "1.jpg")
    put(tmp_path / "2.jpg.part", PAGE[:50])
    assert names(clocked.after(70)) == [("", ["1.jpg"])]
    assert not clocked.inbox.waiting


def test_done_and_quarantine_are_not_watched_at_the_top(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "done" / "2026-11-24" / "old.jpg")
    put(tmp_path / "quarantine" / "bad.jpg")
    put(tmp_path / "a" / "done" / "kept.jpg")
    assert names(clocked.after(10)) == [("a/done", ["kept.jpg"])]


def test_a_nested_folder_can_spell_a_number_with_slashes(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "03706" / "2026" / "07906" / "scan.jpg")
    assert [group.hint for group in clocked.after(7)] == ["03706/2026/07906"]


def test_links_pipes_sockets_and_devices_are_left_alone(
    clocked: ClockedInbox, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = put(tmp_path_factory.mktemp("outside") / "secret.jpg")
    (tmp_path / "link.jpg").symlink_to(outside)
    (tmp_path / "folder").symlink_to(outside.parent)
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s.jpg"))
        assert clocked.after(120) == []
    for name in ("link.jpg", "folder/secret.jpg", "pipe.jpg", "s.jpg"):
        with pytest.raises(UnsupportedInputError):
            open_regular(tmp_path / name, tmp_path)
    for path in (outside, tmp_path / ".." / outside.parent.name / "secret.jpg", tmp_path):
        with pytest.raises(UnsupportedInputError):
            open_regular(path, tmp_path)
    assert stat.S_ISFIFO((tmp_path / "pipe.jpg").lstat().st_mode)


def test_reading_gives_the_bytes_up_to_the_limit(tmp_path: Path) -> None:
    path = put(tmp_path / "a" / "scan.jpg")
    assert open_regular(path, tmp_path) == PAGE
    assert open_regular(path, tmp_path, limit=len(PAGE)) == PAGE
    with pytest.raises(OversizedInputError):
        open_regular(path, tmp_path, limit=len(PAGE) - 1)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "gone.jpg", tmp_path)


@pytest.mark.parametrize("change", ["grows", "shrinks", "rewritten"])
def test_a_file_that_changes_while_it_is_read_is_not_taken(
    tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change happens between the look and the read: `os.dup` stands between them."""
    path = put(tmp_path / "scan.jpg")
    new = {"grows": PAGE + b"more", "shrinks": PAGE[:-9], "rewritten": bytes(len(PAGE))}[change]
    real: Callable[[int], int] = os.dup

    def dup(descriptor: int) -> int:
        path.write_bytes(new)
        return real(descriptor)

    monkeypatch.setattr(os, "dup", dup)
    with pytest.raises(NotStillError):
        open_regular(path, tmp_path)


def taken(clocked: ClockedInbox) -> InboxGroup:
    (group,) = clocked.after(7)
    return group


@pytest.mark.usefixtures("one_day")
def test_release_moves_to_done_under_the_day_and_the_folder(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "a" / "scan.jpg")
    release(clocked.inbox, taken(clocked).files, SETTINGS)
    day = tmp_path / "done" / date_in_vietnam(now()).isoformat()
    assert (day / "a" / "scan.jpg").read_bytes() == PAGE
    assert not (tmp_path / "a" / "scan.jpg").exists()
    assert clocked.after(70) == []


@pytest.mark.usefixtures("one_day")
def test_release_never_overwrites(clocked: ClockedInbox, tmp_path: Path) -> None:
    day = tmp_path / "done" / date_in_vietnam(now()).isoformat()
    for number in range(3):
        put(tmp_path / "scan.v1.jpg", PAGE + bytes([number]))
        release(clocked.inbox, taken(clocked).files, SETTINGS)
    kept = {path.name: path.read_bytes()[-1] for path in day.iterdir()}
    assert kept == {"scan.v1.jpg": 0, "scan.v1-2.jpg": 1, "scan.v1-3.jpg": 2}


@pytest.mark.usefixtures("one_day")
def test_release_deletes_where_settings_say_so_but_never_what_goes_to_quarantine(
    clocked: ClockedInbox, tmp_path: Path
) -> None:
    delete = SETTINGS.model_copy(update={"release": "delete"})
    put(tmp_path / "scan.jpg")
    release(clocked.inbox, taken(clocked).files, delete)
    assert list(tmp_path.iterdir()) == []
    put(tmp_path / "bad.jpg")
    release(clocked.inbox, taken(clocked).files, delete, "quarantine")
    day = tmp_path / "quarantine" / date_in_vietnam(now()).isoformat()
    assert [path.name for path in day.iterdir()] == ["bad.jpg"]


def test_a_file_that_changed_after_handing_out_stays_and_comes_again(
    clocked: ClockedInbox, tmp_path: Path
) -> None:
    """Some devices close a valid file after every page and open it again for the next page."""
    path = put(tmp_path / "scan.jpg")
    first = taken(clocked)
    path.write_bytes(PAGE + PAGE)
    release(clocked.inbox, first.files, SETTINGS)
    assert path.exists()
    second = taken(clocked)
    assert second.files == first.files
    release(clocked.inbox, second.files, SETTINGS)
    assert not path.exists()


def test_what_could_not_be_taken_is_offered_again(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "scan.jpg")
    group = taken(clocked)
    clocked.inbox.put_back(group.files)
    assert taken(clocked) == group


def test_a_released_file_that_vanished_is_no_error(clocked: ClockedInbox, tmp_path: Path) -> None:
    path = put(tmp_path / "scan.jpg")
    group = taken(clocked)
    path.unlink()
    release(clocked.inbox, group.files, SETTINGS)


def test_a_folder_that_goes_away_and_comes_back(clocked: ClockedInbox, tmp_path: Path) -> None:
    put(tmp_path / "a" / "scan.jpg")
    away = tmp_path.parent / "away"
    tmp_path.rename(away)
    assert clocked.after(3) == []
    away.rename(tmp_path)
    assert names(clocked.after(7)) == [("a", ["scan.jpg"])]


QUICK = InboxSettings(settle=0.2, batch_gap=0.3, patience=5.0)


@pytest.mark.parametrize(
    "settings",
    [QUICK.model_copy(update={"rescan": 1200, "polling": polling}) for polling in (False, True)],
    ids=["events", "polling"],
)
def test_watching_sees_what_lies_there_and_what_comes(tmp_path: Path, settings: InboxSettings) -> None:
    stop = threading.Event()
    put(tmp_path / "a" / "there.jpg")
    groups = watch([tmp_path], settings, stop)
    inbox, first = next(groups)
    assert (inbox.root, first.name, [path.name for path in first.files]) == (tmp_path, "a", ["there.jpg"])
    threading.Timer(0.5, put, (tmp_path / "b" / "comes.jpg",)).start()
    too_late = threading.Timer(PATIENCE, stop.set)  # long before the next rescan: it would find the file, too
    too_late.start()
    _, second = next(groups)
    assert second.name == "b"
    too_late.cancel()
    stop.set()
    assert list(groups) == []


def test_rescans_find_what_no_event_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scanflow.capture.inbox._WAKING", frozenset())
    stop = threading.Event()
    groups = watch([tmp_path], QUICK.model_copy(update={"rescan": 1}), stop)
    threading.Timer(0.3, put, (tmp_path / "scan.jpg",)).start()
    assert [path.name for path in next(groups)[1].files] == ["scan.jpg"]
    groups.close()  # type: ignore[attr-defined]  # a generator


def test_watching_a_folder_that_is_not_there_is_a_settings_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such folder"):
        next(watch([tmp_path / "none"], SETTINGS, threading.Event()))


LETTERS = st.characters(exclude_characters="/\0", exclude_categories=["Cs"])
NAMES = st.lists(st.text(LETTERS, min_size=1, max_size=12).map(Path), max_size=8)


@given(NAMES.flatmap(lambda paths: st.tuples(st.just(paths), st.permutations(paths))))
def test_natural_order_does_not_depend_on_how_files_were_listed(lists: tuple[list[Path], list[Path]]) -> None:
    assert sorted(lists[0], key=natural_key) == sorted(lists[1], key=natural_key)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["scan", "Trang ", "a1-"]))
def test_numbers_in_names_count_as_numbers(a: int, b: int, stem: str) -> None:
    ordered = natural_key(Path(f"{stem}{a}.jpg")) < natural_key(Path(f"{stem}{b}.jpg"))
    assert ordered == (a < b)

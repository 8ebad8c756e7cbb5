"""Files of any name that a disk allows: each is taken, and none stops the watcher."""

import json
import os
import socket
import subprocess
import sys
import threading
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select
from structlog.testing import capture_logs

from scanflow.archive.database.tables import batches, files
from scanflow.capture.inbox_files import open_regular
from scanflow.ledger.batches import Intake
from scanflow.names import MAX_CHARACTERS, fitting_name, printable_name, printable_text
from scanflow.pipeline.intake import watcher
from scanflow.pipeline.intake.gather import gather
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.queue.jobs import Submitter
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import InboxSettings, Settings, StoreSettings
from tests.capture.samples import jpeg
from tests.patience import PATIENCE
from tests.pipeline.live_archive import ROOT, page

QUICK = InboxSettings(settle=0, patience=0.2, batch_gap=0, polling=True)

NAMES: tuple[bytes, ...] = (
    b"\xff\xfeodd.jpg",  # the one that was seen to end the watch
    b"\xed\xa0\x80.jpg",  # a surrogate, as some systems write it
    "đơn.jpg".encode(),
    unicodedata.normalize("NFD", "đơn.jpg").encode(),
    b"two\nlines.jpg",
    b"ends with a line.jpg\n",
    b"\x1b[31mred\x07.jpg",
    "gpj.\u202enod.jpg".encode(),
    "\u2066hidden\u2069\u200b.jpg".encode(),
    b"x" * 251 + b".jpg",
    "ơ".encode() * 125 + b".jpg",
    b"\x80" * 255,
    b"-rf.jpg",
    b"a.JPG",
    b"A.jpg",
    b"x...",
    b" ",
    b"back\\slash.jpg",
    b"%00.jpg",
    b"'; drop table files; --.jpg",
    b"[bold]markup[x].jpg",
    b"x.part.jpg",
    b"1" * 250,
    "٣.jpg".encode(),
    b"done",
    b"quarantine",
)

any_name = st.one_of(
    st.binary(min_size=1, max_size=255),
    st.text(min_size=1, max_size=80).map(lambda text: text.encode("utf-8", "surrogatepass")[:255]),
    st.sampled_from(NAMES),
).filter(lambda name: b"/" not in name and b"\0" not in name and name not in (b".", b".."))


class NotingSubmitter(Submitter):
    """A submitter that notes the batches and makes no jobs."""

    def __init__(self) -> None:
        pass

    def submit(self, batch_id: str) -> None:
        pass


@dataclass
class Inbox:
    services: Services
    root: Path

    def put(self, name: bytes, data: bytes) -> None:
        path = os.fsencode(self.root) + b"/" + name
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120  names of bytes
        with open(path, "wb") as file:  # noqa: PTH123  the same
            file.write(data)

    def watch(self) -> None:
        settings = self.services.settings.inbox.model_copy(update={"folders": (self.root,)})
        services = Services(
            self.services.settings.model_copy(update={"inbox": settings}),
            self.services.store,
            self.services.catalog,
            self.services.newest_profiles,
            self.services.children,
        )
        list(watcher.empty_inboxes(services, NotingSubmitter(), threading.Event()))

    def below(self, place: str) -> Counter[tuple[bytes, bytes]]:
        """Names and contents of all that lies in a folder of the inbox."""
        found: Counter[tuple[bytes, bytes]] = Counter()
        for folder, _, names in os.walk(os.fsencode(self.root) + os.fsencode(place)):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123  names of bytes
                    found[name, file.read()] += 1
        return found

    def taken(self) -> Counter[bytes]:
        """Contents of what the ledger has as taken."""
        return Counter(self.services.store.get(key) for key in self.rows().values())

    def rows(self) -> Mapping[str, str]:
        with self.services.catalog.reading() as connection:
            rows = connection.execute(select(files).where(files.c.state == "taken")).fetchall()
        return {f"{row.batch_id} {row.no} {row.name}": row.object_key for row in rows}


@pytest.fixture(scope="module")
def folder_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    home = tmp_path_factory.mktemp("home")
    with open_services(Settings(home=home, inbox=QUICK)) as services:
        yield services


@pytest.fixture
def shared_services(
    tmp_path: Path, new_postgresql: Callable[[bool], object], s3_settings: StoreSettings
) -> Iterator[Services]:
    values = {"catalog": new_postgresql(True), "store": s3_settings}
    home = tmp_path / "home"
    home.mkdir()
    with open_services(Settings(home=home, inbox=QUICK, **values)) as services:  # type: ignore[arg-type]  # by name
        yield services


def all_are_taken(services: Services, root: Path, names: list[bytes]) -> None:
    inbox = Inbox(services, root)
    before = inbox.taken()
    contents = {name: jpeg() + name for name in names}
    for name, data in contents.items():
        inbox.put(name, data)
    inbox.watch()
    visible = {n: d for n, d in contents.items() if not n.startswith(b".") and not waits(n)}
    assert inbox.taken() - before == Counter(visible.values())
    assert inbox.below("/done") == Counter(visible.items())
    assert all(name in inbox.below("").keys() | visible.items() for name in contents.items())


def waits(name: bytes) -> bool:
    """Names that programs give to what they are still writing."""
    return (
        name.startswith(b"~")
        or name.lower().endswith(
            (b"~", b".part", b".partial", b".filepart", b".tmp", b".temp", b".crdownload")
        )
        or name.lower() in (b"thumbs.db", b"desktop.ini")
    )


@hypothesis_settings(max_examples=40)
@given(names=st.lists(any_name, min_size=1, max_size=8, unique=True))
def test_files_of_any_names_are_taken(
    folder_services: Services, tmp_path_factory: pytest.TempPathFactory, names: list[bytes]
) -> None:
    all_are_taken(folder_services, tmp_path_factory.mktemp("inbox"), names)


@pytest.mark.postgresql
@pytest.mark.s3
def test_files_of_odd_names_are_taken_on_postgresql_and_s3(shared_services: Services, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    all_are_taken(shared_services, tmp_path / "inbox", list(NAMES))


def test_odd_names_stay_apart_in_the_ledger(folder_services: Services, tmp_path: Path) -> None:
    inbox = Inbox(folder_services, tmp_path)
    before = set(inbox.rows())
    for no, name in enumerate(NAMES):
        inbox.put(name, jpeg() + b"%d" % no)
    inbox.watch()
    names = [row.split(" ", 2)[2] for row in set(inbox.rows()) - before]
    assert len(set(names)) == len(NAMES)
    for escaped in names:
        escaped.encode("utf-8")
        assert escaped.isprintable()
        assert len(escaped) <= MAX_CHARACTERS
    assert "\\xff\\xfeodd.jpg" in names


def test_folders_of_odd_names_are_followed(folder_services: Services, tmp_path: Path) -> None:
    """Their names are hints of dossier numbers: only what is a number and nothing else is one."""
    inbox = Inbox(folder_services, tmp_path)
    number = b"H13.42-260804-0017"
    odd = [
        number,
        number + b"\n",
        number + b"\xff",
        "\u202e".encode() + number,
        b"\xff\xfe",
        b"-d",
        b"x" * 255,
    ]
    for no, name in enumerate(odd):
        inbox.put(name + b"/in a folder.jpg", jpeg() + b"folder %d" % no)
    inbox.watch()
    with folder_services.catalog.reading() as connection:
        rows = (
            connection.execute(
                select(batches.c.clerk_number).join(files).where(files.c.name == "in a folder.jpg")
            )
            .scalars()
            .all()
        )
    assert Counter(rows) == {number.decode(): 2, None: 5}
    assert len(inbox.below("/done")) == len(odd)


def test_what_is_no_file_or_cannot_be_read_delays_no_other(
    folder_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(folder_services, tmp_path)
    before = inbox.taken()
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "elsewhere.jpg").symlink_to("/etc/hostname")
    (tmp_path / "shut").mkdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.jpg"))
        for name in (b"good.jpg", b"locked.jpg", b"odd/locked.jpg", b"odd/good.jpg"):
            inbox.put(name, jpeg() + name)
        really = os.open

        def refusing(path: object, *rest: object, **more: object) -> int:
            """As for somebody who is not root, under which tests run."""
            if str(path).endswith("locked.jpg"):
                raise PermissionError(13, "Permission denied")
            return really(path, *rest, **more)  # type: ignore[arg-type]  # passed on

        monkeypatch.setattr(os, "open", refusing)
        inbox.watch()
    assert inbox.taken() - before == Counter([jpeg() + b"good.jpg", jpeg() + b"odd/good.jpg"])
    assert (tmp_path / "locked.jpg").exists()


def test_a_file_that_can_no_longer_be_read_goes_to_quarantine(
    folder_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(folder_services, tmp_path)
    inbox.put(b"good\xff.jpg", jpeg() + b"read")
    inbox.put(b"bad\xff.jpg", jpeg() + b"unread")

    def read(path: Path, *rest: object) -> bytes:
        if "bad" in path.name:
            raise PermissionError(13, "Permission denied")
        return open_regular(path, *rest)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr("scanflow.pipeline.intake.watcher.open_regular", read)
    inbox.watch()
    assert inbox.below("/quarantine") == {(b"bad\xff.jpg", jpeg() + b"unread"): 1}
    assert inbox.below("/done") == {(b"good\xff.jpg", jpeg() + b"read"): 1}
    with folder_services.catalog.reading() as connection:
        (row,) = connection.execute(select(files).where(files.c.name == "bad\\xff.jpg")).fetchall()
    assert (row.state, row.reason_code) == ("quarantined", "unsupported")


def test_an_unexpected_error_costs_its_file_only(
    folder_services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = Inbox(folder_services, tmp_path)
    before = inbox.taken()
    for name in (b"1.jpg", b"2.jpg", b"3.jpg"):
        inbox.put(name, jpeg() + b"unforeseen" + name)

    def read(path: Path, *rest: object) -> bytes:
        if path.name == "2.jpg":
            raise ValueError("nobody thought of it")
        return open_regular(path, *rest)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr("scanflow.pipeline.intake.watcher.open_regular", read)
    with capture_logs() as said:
        inbox.watch()
    assert {"not-taken-unforeseen", "moved-to-quarantine"} <= {each["event"] for each in said}
    assert set(inbox.taken() - before) == {jpeg() + b"unforeseen1.jpg", jpeg() + b"unforeseen3.jpg"}
    assert inbox.below("/quarantine") == {(b"2.jpg", jpeg() + b"unforeseen2.jpg"): 1}


def test_released_files_keep_their_names_and_equal_names_stay_apart(
    folder_services: Services, tmp_path: Path
) -> None:
    """The same long name twice, and a folder where a file of its name was released before."""
    inbox = Inbox(folder_services, tmp_path)
    long = "ơ".encode() * 125 + b".jpg"
    for no in range(3):
        inbox.put(long, jpeg() + b"twin %d" % no)
        inbox.watch()
    inbox.put(b"a", jpeg() + b"file")
    inbox.watch()
    inbox.put(b"a/1.jpg", jpeg() + b"folder")
    inbox.watch()
    done = inbox.below("/done")
    assert done[long, jpeg() + b"twin 0"] == 1
    assert sorted(data for _, data in done) == sorted(
        jpeg() + end for end in (b"twin 0", b"twin 1", b"twin 2", b"file", b"folder")
    )
    assert all(len(name) <= 255 for name, _ in done)


def test_ingest_takes_odd_names(folder_services: Services, tmp_path: Path) -> None:
    inbox = Inbox(folder_services, tmp_path / "in")
    before = inbox.taken()
    for no, name in enumerate(NAMES):
        inbox.put(name, jpeg() + b"ingest %d" % no)
    for group in gather([tmp_path / "in"]):
        taken = take(folder_services, group.files, Path.read_bytes, Intake("ingest"))
        assert len(taken.released) == len(NAMES)
    assert (inbox.taken() - before).total() == len(NAMES)


def test_commands_take_odd_names_and_print_no_control_characters(tmp_path: Path) -> None:
    """The commands as a shell calls them; what they print is UTF-8 without control characters."""
    folder = tmp_path / "in"
    folder.mkdir()
    odd = os.fsencode(folder) + b"/\xff\x1b[31m\xe2\x80\xae.png"
    with open(odd, "wb") as file:  # noqa: PTH123  a name of bytes
        file.write(page("A"))
    environment = {**os.environ, "SCANFLOW_HOME": str(tmp_path / "home"), "SCANFLOW_JOBS": "1"}

    def run(*arguments: str | bytes) -> tuple[int, bytes, bytes]:
        call = [sys.executable, "-m", "scanflow.cli", *arguments]
        done = subprocess.run(
            call, capture_output=True, env=environment, cwd=ROOT, timeout=PATIENCE, check=False
        )
        for said in (done.stdout, done.stderr):
            text = said.decode("utf-8")
            assert printable_text(text) == text
        return done.returncode, done.stdout, done.stderr

    code, said, _ = run("ingest", "--json", "-d", "H13.42-260804-0017", odd)
    assert code == 0
    (outcome,) = json.loads(said)
    assert outcome["state"] == "closed"
    code, said, _ = run("read", "--json", odd)
    assert (code, json.loads(said)["file"]) == (0, "\\xff\\x1b[31m\\u202e.png")
    target = tmp_path / "out.pdf"
    assert run("pdf", odd, str(target))[0] == 0
    with pikepdf.open(target) as pdf:
        assert str(pdf.docinfo["/Title"]) == "\\xff\\x1b[31m\\u202e"
    assert run("ingest", odd + b"x" * 300)[0] == 2


@given(text=st.text(max_size=400))
def test_escaped_names_are_printable_and_short(text: str) -> None:
    escaped = printable_name(text)
    escaped.encode("utf-8")
    assert len(escaped) <= MAX_CHARACTERS
    assert printable_text(escaped) == escaped
    assert "\0" not in escaped
    assert "\n" not in escaped


@given(one=st.binary(max_size=300), other=st.binary(max_size=300))
def test_different_names_are_escaped_differently(one: bytes, other: bytes) -> None:
    if one != other:
        assert printable_name(os.fsdecode(one)) != printable_name(os.fsdecode(other))


@given(name=st.binary(min_size=1, max_size=255))
def test_a_number_is_added_within_what_a_disk_takes(name: bytes) -> None:
    fitted = os.fsencode(fitting_name(os.fsdecode(name), "-12"))
    assert len(fitted) <= 255
    assert b"-12" in fitted


def test_a_number_is_added_before_the_suffix() -> None:
    assert fitting_name("scan.v1.jpg", "-2") == "scan.v1-2.jpg"
    assert fitting_name("x" * 300 + ".jpg", "-2") == "x" * 249 + "-2.jpg"

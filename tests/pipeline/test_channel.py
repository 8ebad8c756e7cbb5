"""What a child process may send to its parent; all other answers are refused."""

import dataclasses
import errno
import json
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread
from typing import Any

import msgspec
import numpy as np
import pytest

from scanflow.capture.files.unpacked import PageProblem, Unpacked
from scanflow.errors import DamagedInputError, InputError, LimitError, StoreUnavailableError
from scanflow.model import Box, CapturedPage, Code, Geometry, PageReading, Quality, Word
from scanflow.pdf.document import PdfMetadata, PdfPage, WrittenPdf
from scanflow.pipeline.sandbox import channel
from scanflow.pipeline.sandbox.channel import InvalidAnswerError
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.settings import LimitSettings, Settings
from tests.patience import PATIENCE
from tests.pipeline.live_archive import page

WORD = Word("xã", Box(1, 2.5, 3, 4), 0.9, 0, 1, raw="xa", kind="handwriting")
CAPTURED = CapturedPage(
    no=1,
    data=bytes(range(256)),
    media_type="image/png",
    width=40,
    height=30,
    dpi=(200.0, 204.5),
    dpi_source="stated",
    geometry=Geometry(90, 0.5, mirrored=True),
    words=(WORD,),
    layer="chữ",
)
READING = PageReading(
    geometry=Geometry(),
    size=(595.0, 842.0),
    dpi=(200.0, 200.0),
    dpi_source="measured",
    blank=False,
    quality=Quality(0.5, 0.7, ("left",), ("faint",)),
    fingerprint="00ff",
    codes=(Code("H13.42-260804-0017", "QRCode"),),
    words=(WORD, dataclasses.replace(WORD, raw=None, kind="print")),
    confidence=0.93,
    engine="tesseract 5.5.0 vie",
)
RESULTS: list[tuple[str, Any]] = [
    ("unpack", Unpacked((CAPTURED, dataclasses.replace(CAPTURED, words=None)), (), signed=True)),
    ("read", READING),
    ("picture", bytes(range(256))),
    ("write", WrittenPdf(b"%PDF-1.7\0", "PDF/A-2b", (1, 3))),
]


@pytest.mark.parametrize(("task", "value"), RESULTS, ids=[task for task, _ in RESULTS])
def test_results_come_back_as_they_were(task: str, value: Any) -> None:
    assert channel.unpack_answer(task, bytearray(channel.pack_result(value))) == value


def test_numbers_of_numpy_come_back_as_numbers() -> None:
    numbers: dict[str, Any] = {"blank": np.bool_(True), "confidence": np.float32(0.5)}
    odd = dataclasses.replace(READING, **numbers)
    back = channel.unpack_answer("read", bytearray(channel.pack_result(odd)))
    assert (back.blank, back.confidence) == (True, 0.5)


def test_errors_of_pages_come_back_within_a_file() -> None:
    error = DamagedInputError("page 2 of \udcff.pdf is damaged", "Trang 2 bị hỏng.")
    sent = channel.pack_result(Unpacked((), (PageProblem(2, error),)))
    (problem,) = channel.unpack_answer("unpack", bytearray(sent)).problems
    assert type(problem.error) is DamagedInputError
    assert problem.error.message_vi == "Trang 2 bị hỏng."
    assert problem.error.message == "page 2 of \\udcff.pdf is damaged"


class _Bomb:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self._path),)


def reading_with(**values: Any) -> bytes:
    return channel.pack_result({**msgspec.to_builtins(READING), **values})


GARBAGE: dict[str, bytes] = {
    "nothing": b"",
    "zeros": bytes(1000),
    "json": json.dumps({"words": []}).encode(),
    "wrong type": channel.pack_result(WrittenPdf(b"", None, ())),
    "wrong field": reading_with(confidence="high"),
    "missing field": channel.pack_result({"words": []}),
    "unknown choice": reading_with(dpi_source="guessed"),
    "NUL in a text": reading_with(engine="tesseract\0"),
    "not UTF-8": channel.pack_result(READING).replace("xã".encode(), b"x\xff\xff"),
    "no number": reading_with(confidence=float("nan")),
    "cut": channel.pack_result(READING)[:-20],
    "more behind": channel.pack_result(READING) + b"\0",
    "error of the store": msgspec.msgpack.encode(["_Failed", StoreUnavailableError.code, "", "", 0]),
    "unknown error": msgspec.msgpack.encode(["_Failed", "SystemExit", "", "", 0]),
    "pickle": pickle.dumps((True, READING)),
}


@pytest.mark.parametrize("what", GARBAGE)
def test_answers_of_another_form_are_refused(what: str) -> None:
    with pytest.raises(InvalidAnswerError):
        channel.unpack_answer("read", bytearray(GARBAGE[what]))


def test_a_pickle_is_not_unpickled(tmp_path: Path) -> None:
    bomb = pickle.dumps((True, _Bomb(tmp_path / "exploded")))
    with pytest.raises(InvalidAnswerError):
        channel.unpack_answer("read", bytearray(bomb))
    assert not (tmp_path / "exploded").exists()
    pickle.loads(bomb)  # noqa: S301  to show that it is one
    assert (tmp_path / "exploded").exists()


def test_an_answer_that_is_too_long_is_not_received() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((2**40).to_bytes(8, "big"))
        with pytest.raises(InvalidAnswerError, match="more than 1000"):
            channel.receive(ours, 1000, time.monotonic() + 30)
    assert channel.most_bytes("read", LimitSettings()) < channel.most_bytes("unpack", LimitSettings())
    assert channel.most_bytes("unpack", LimitSettings()) < LimitSettings().memory


def test_an_answer_that_does_not_end_is_waited_for_until_the_deadline() -> None:
    """Also where bytes keep coming, and where the child does not read its task."""
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def dribble() -> None:
            theirs.sendall((100_000).to_bytes(8, "big"))
            for _ in range(200):
                try:
                    theirs.sendall(b"x")
                except OSError:
                    return
                time.sleep(0.01)

        dribbler = Thread(target=dribble)
        dribbler.start()
        with pytest.raises(TimeoutError):
            channel.receive(ours, 1_000_000, time.monotonic() + 0.3)
        with pytest.raises(TimeoutError):
            channel.send(ours, bytes(50_000_000), time.monotonic() + 0.3)
        ours.close()
        dribbler.join()


def test_system_errors_keep_their_number() -> None:
    sent = channel.pack_error(OSError(errno.ENOSPC, "No space left on device"))
    error = channel.unpack_answer("write", bytearray(sent))
    assert isinstance(error, OSError)
    assert error.errno == errno.ENOSPC


def test_real_children_take_apart_read_show_and_write(tmp_path: Path) -> None:
    """Taken apart, read, shown and written by real children."""
    with ChildProcesses(Settings(home=tmp_path, jobs=1)) as children:
        unpacked = outcome(children.unpack(page("A"), "a.png"), "a.png")
        assert isinstance(unpacked, Unpacked)
        (captured,) = unpacked.pages
        reading = outcome(children.read(captured), "a.png")
        assert isinstance(reading, PageReading)
        assert "TRANG" in [word.text for word in reading.words]
        picture: bytes | InputError = outcome(children.picture(page("A"), "a.png", 1, None, 80), "a.png")
        assert isinstance(picture, bytes)
        metadata = PdfMetadata("A", datetime.now(UTC), None, None, None, "", "", "", "")
        pages = [PdfPage(captured, reading.geometry, reading.size, reading.words)]
        written = outcome(children.write(pages, metadata), "a.png")
        assert isinstance(written, WrittenPdf)
        assert written.data.startswith(b"%PDF-")
        broken = outcome(children.unpack(b"\x89PNG\r\n\x1a\n", "b.png"), "b.png")
        assert isinstance(broken, InputError)
        assert not isinstance(broken, LimitError)


def test_children_know_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in what /proc shows of them, nor in the settings that they have; nor has the fork server."""
    secrets = {
        "SCANFLOW_CATALOG__URL": "postgresql://u:hunter2hunter2@db/x",
        "SCANFLOW_STORE__SECRET_KEY": "hunter2hunter2",
        "AWS_SECRET_ACCESS_KEY": "hunter2hunter2",
        "PGPASSWORD": "hunter2hunter2",
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)
    # In a program of its own: this one's fork server may have been started before.
    program = (
        "import os, sys, pathlib; from tests.pipeline import procs\n"
        "from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome\n"
        "from scanflow.settings import load_settings\n"
        "from tests.pipeline.live_archive import page\n"
        "if __name__ == '__main__':\n"
        "    with ChildProcesses(load_settings(pathlib.Path(sys.argv[1]))) as children:\n"
        "        outcome(children.unpack(page('A'), 'a.png'), 'a.png')\n"
        "        pids = procs.descendants(os.getpid())\n"
        "        seen = [pathlib.Path(f'/proc/{pid}/environ').read_bytes() for pid in pids]\n"
        "        print(len(pids), sum(b'hunter2' in each for each in seen))\n"
        "        print(os.environ['PGPASSWORD'], len(procs.pool_children(os.getpid())))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    first, second = done.stdout.splitlines()
    assert int(first.split()[0]) >= 2
    assert first.split()[1] == "0"
    assert second.split() == ["hunter2hunter2", "1"]


def test_settings_of_children_hold_no_secret() -> None:
    settings = Settings.model_validate(
        {
            "store": {"secret_key": "hunter2", "access_key": "hunter2"},
            "catalog": {"url": "postgresql://u:hunter2@db/x"},
            "station": {"token": "hunter2"},
        }
    )
    assert b"hunter2" in pickle.dumps(settings)
    assert b"hunter2" not in pickle.dumps(settings.for_children)


def test_words_reach_a_child_whole() -> None:
    """Words and boxes are encoded separately in a task: no field may be left out."""
    word = Word("Giấy", Box(1.5, 2.5, 3.5, 4.5), 0.5, 3, 4, "Giay", "stamp", by_person=True)
    assert all(getattr(word, each.name) != each.default for each in dataclasses.fields(Word))
    packed = channel.pack_task("renew_text", (b"", [[word]]), 1.0)
    assert channel.unpack_task(bytearray(packed)) == ("renew_text", (b"", [[word]]), 1.0)

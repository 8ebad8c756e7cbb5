"""The child processes: where one is killed, at most the task that it works on is lost."""

import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future
from io import BytesIO
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image

from scanflow.capture.files.unpack import Unpacked
from scanflow.errors import InputError, LimitError
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.settings import LimitSettings, Settings
from tests.patience import PATIENCE, wait_until
from tests.pipeline import procs
from tests.pipeline.live_archive import endless_pdf

JOBS = 2


def png(width: int = 40, height: int = 40) -> bytes:
    file = BytesIO()
    Image.new("L", (width, height), 200).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def children(tmp_path: Path) -> Iterator[ChildProcesses]:
    with ChildProcesses(Settings(home=tmp_path, jobs=JOBS)) as opened:
        yield opened


def unpack(children: ChildProcesses, data: bytes | None = None) -> Unpacked | InputError:
    future: Future[Unpacked] = children.unpack(data or png(), "page.png")
    return outcome(future, "page.png")


def child_pids() -> list[int]:
    return procs.pool_children(os.getpid())


def test_a_child_can_be_there_before_there_is_anything_to_do(children: ChildProcesses) -> None:
    assert not child_pids()
    children.start()
    # A child leads a process group of its own; programs that the fork server runs to find libraries don't.
    while not (ready := [pid for pid in child_pids() if procs.leads_group(pid)]):
        time.sleep(0.02)
    assert isinstance(unpack(children), Unpacked)
    assert set(ready) <= set(child_pids())


def test_children_killed_while_they_wait_are_replaced(children: ChildProcesses) -> None:
    for _ in range(3):
        assert isinstance(unpack(children), Unpacked)
        for pid in child_pids():
            procs.kill(pid)
        time.sleep(0.3)  # long enough for the pool to notice it
        answers = [unpack(children) for _ in range(JOBS + 1)]
        assert any(isinstance(answer, Unpacked) for answer in answers)
    assert isinstance(unpack(children), Unpacked)


def test_killed_at_any_moment_every_task_gets_its_answer(children: ChildProcesses) -> None:
    """Also in the middle of taking a task on, or of sending back a large result."""
    dice, stop, killed = random.Random(5), Event(), 0  # noqa: S311  no secret
    data = os.urandom(400 * 400)
    file = BytesIO()
    Image.frombytes("L", (400, 400), data).save(file, "PNG")

    def kill_children() -> None:
        nonlocal killed
        while not stop.wait(dice.uniform(0, 0.15)):
            alive = child_pids()
            if alive:
                killed += procs.kill(dice.choice(alive))

    killer = Thread(target=kill_children)
    killer.start()
    try:
        answers: list[Unpacked | InputError] = []
        while killed < 5 and len(answers) < 6000:  # a fast machine is through before the killer has begun
            futures = [children.unpack(file.getvalue(), "page.png") for _ in range(300)]
            answers += [outcome_within(future, PATIENCE) for future in futures]
    finally:
        stop.set()
        killer.join()
    assert killed >= 5
    assert all(isinstance(answer, Unpacked | LimitError) for answer in answers)
    assert sum(isinstance(answer, LimitError) for answer in answers) <= killed
    # A child killed a moment ago may not be known to be dead: it costs one task more.
    last = [unpack(children) for _ in range(JOBS + 1)]
    assert any(isinstance(answer, Unpacked) for answer in last), last


def test_child_that_ends_before_it_has_begun_costs_no_task(
    children: ChildProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed between the fork and the first byte from its parent: then starting it fails as here."""
    start, broken = ForkServerProcess.start, [BrokenPipeError(), EOFError(), ConnectionResetError()]

    def start_late(process: ForkServerProcess) -> None:
        if broken:
            raise broken.pop()
        start(process)

    monkeypatch.setattr(ForkServerProcess, "start", start_late)
    assert isinstance(unpack(children), Unpacked)
    assert broken == []


def outcome_within(future: "Future[Unpacked]", seconds: float) -> Unpacked | InputError:
    future.exception(seconds)  # raises TimeoutError where no answer comes
    return outcome(future, "page.png")


def test_task_beyond_its_time_is_stopped_and_the_next_goes_on(tmp_path: Path) -> None:
    limits = LimitSettings(file_seconds=0.0001)
    with ChildProcesses(Settings(home=tmp_path, jobs=1, limits=limits)) as children:
        answers = [unpack(children, png(3000, 3000)) for _ in range(2)]
    assert all(isinstance(answer, LimitError) for answer in answers)
    assert "longer than limits allow" in str(answers[0])


def test_children_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path\n"
        "from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome\n"
        "from scanflow.settings import Settings\n"
        "from tests.pipeline.test_pool import png\n"
        "if __name__ == '__main__':\n"
        "    with ChildProcesses(Settings(home=Path(sys.argv[1]), jobs=2)) as children:\n"
        "        for future in [children.unpack(png(), 'page.png') for _ in range(4)]: outcome(future, '')\n"
        "        print('ready', flush=True); time.sleep(60)\n"
    )
    environment = {**os.environ, "LC_SCANFLOW_TEST": tmp_path.name + str(os.getpid())}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, env=environment
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"ready\n"

    def alive() -> list[int]:
        return procs.with_variable("LC_SCANFLOW_TEST", environment["LC_SCANFLOW_TEST"])

    assert len(alive()) > 2
    parent.kill()
    parent.communicate()
    assert wait_until(lambda: not alive()), alive()


def test_child_that_died_is_not_killed_again(
    children: ChildProcesses, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pid may belong to another process by then: the fork server reaps the child at once."""
    assert isinstance(unpack(children), Unpacked)
    (pid,) = child_pids()
    procs.kill(pid)
    assert wait_until(lambda: not Path(f"/proc/{pid}").exists())
    killed = []
    monkeypatch.setattr(os, "kill", lambda *call: killed.append(call))
    children.__exit__(None, None, None)
    assert killed == []


def test_a_program_of_a_child_inherits_its_limit_of_cpu_time(tmp_path: Path) -> None:
    """Its child, that would stop it, may be gone: but the limit on the processor's time is inherited."""
    limits = LimitSettings(file_seconds=PATIENCE)
    with ChildProcesses(Settings(home=tmp_path, jobs=1, limits=limits)) as children:
        children.unpack(endless_pdf(), "endless.pdf")
        assert wait_until(poppler)
        (program,) = poppler()
        soft, _ = resource.prlimit(program, resource.RLIMIT_CPU)
    assert PATIENCE <= soft <= 2 * PATIENCE * (os.cpu_count() or 1)
    assert wait_until(lambda: not poppler())


def poppler() -> list[int]:
    return [pid for pid in procs.descendants(os.getpid()) if procs.command(pid).startswith("pdftotext")]

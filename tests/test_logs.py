"""Logs hold no data of people, also after errors; and loggers work with any stderr and in all threads."""

import io
import subprocess
import sys

import pytest
import structlog

from scanflow.logs import configure_logs

PROGRAM = """
import structlog
from scanflow.logs import configure_logs

def work(number):
    raise ValueError("went wrong")

configure_logs("info")
try:
    work("093" + "200001234")
except ValueError:
    structlog.get_logger("test").exception("failed", batch="b1")
"""


def test_an_error_is_logged_without_the_values_of_variables() -> None:
    said = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert "ValueError: went wrong" in said.stderr
    assert "batch=b1" in said.stderr
    assert "093200001234" not in said.stderr
    assert said.stdout == ""


def test_a_logger_writes_to_the_stderr_of_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", first)
    configure_logs("info")
    log = structlog.get_logger("test")
    log.info("one")
    first.close()
    monkeypatch.setattr(sys, "stderr", second)
    log.info("two")
    assert "two" in second.getvalue()


def test_the_first_events_may_come_from_several_threads_at_once() -> None:
    program = """
import threading
from scanflow.logs import configure_logs, get_logger

log = get_logger("test")
configure_logs("info")
start = threading.Barrier(8)

def work(number):
    start.wait()
    log.info("event", number=number)
    log.debug("not wanted")

threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert sorted(line.split("number=")[1] for line in said.stderr.splitlines()) == [str(n) for n in range(8)]
    assert said.stdout == ""

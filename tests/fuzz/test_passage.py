"""Hundreds of damaged files: the result is pages or a clear error, never anything else."""

import os
import sys
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path

import hypothesis
import pytest
from hypothesis import strategies

from scanflow.capture.files.unpack import Unpacked
from scanflow.model import PageReading
from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome
from scanflow.settings import Settings
from tests.fuzz.corpus import seeds
from tests.fuzz.passage import LIMITS, answered, damaged_file, process_file

FOUND = {
    363: "a page of less than three points could not be written",
    4116: "a TIFF tag of no values",
}
"""Seeds that once gave another error."""

SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
"""For `make fuzz`."""


@pytest.mark.parametrize("name", sorted(seeds()))
def test_sound_files_pass(name: str) -> None:
    assert process_file(seeds()[name], name) == "written"


@pytest.mark.parametrize("seed", FOUND)
def test_faults_that_were_found_stay_fixed(seed: int) -> None:
    name, data = damaged_file(seed)
    process_file(data, name)


@hypothesis.settings(derandomize=True, max_examples=400, deadline=None)
@hypothesis.given(strategies.integers(0, 2**32))
def test_damaged_files_get_an_answer(seed: int) -> None:
    name, data = damaged_file(seed)
    process_file(data, name)


@hypothesis.settings(derandomize=True, max_examples=150, deadline=None)
@hypothesis.given(
    strategies.sampled_from(
        (b"%PDF-1.7\n", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
    ),
    strategies.binary(max_size=400),
)
def test_any_bytes_behind_a_known_beginning_get_an_answer(head: bytes, rest: bytes) -> None:
    process_file(head + rest, "any")


def test_damaged_files_in_the_child_processes(tmp_path: Path) -> None:
    """The same in child processes: the result is a value or a clear error, and the pool goes on."""
    settings = Settings(home=tmp_path, jobs=2, limits=LIMITS)
    with ChildProcesses(settings) as children:
        for seed in range(30):
            name, data = damaged_file(seed)
            future: Future[Unpacked] = children.unpack(data, name)
            unpacked = outcome(future, name)
            if not isinstance(unpacked, Unpacked):
                answered(unpacked)
                continue
            reading: Future[PageReading]
            for page in unpacked.pages[:1]:
                reading = children.read(page)
                read = outcome(reading, name)
                assert isinstance(read, PageReading) or answered(read)


@pytest.mark.skipif(not SECONDS, reason="only in `make fuzz`")
def test_new_damaged_files_for_fuzz_seconds() -> None:
    first, until = time.time_ns() % 2**40, time.monotonic() + SECONDS
    seed, answers = first, Counter[str]()
    while time.monotonic() < until:
        name, data = damaged_file(seed)
        try:
            answers[process_file(data, name)] += 1
        except Exception as error:
            raise AssertionError(f"damaged_file({seed}) brings {error!r}: enter it in FOUND") from error
        seed += 1
    counts = ", ".join(f"{count} {answer}" for answer, count in answers.most_common())
    sys.stdout.write(f"\n{seed - first} files in {SECONDS:g} s from seed {first}: {counts}\n")

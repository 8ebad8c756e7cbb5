"""Reading again: better text where something can be gained, nothing lost, and all of it undone again.

The nights are processes as an operator starts them, which are killed and stopped before their end.
"""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanflow.archive.logbook import READING_UNDONE, TEXT_READ_AGAIN, document_subject
from scanflow.archive.repair.verify import verify
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.model import Document
from scanflow.model.night_states import REOCR, RunState
from scanflow.night.readings.score import STRONG
from scanflow.night.reocr import BETTER, CHECKED_SHARE
from scanflow.night.undo import undo
from scanflow.pipeline.services import open_services
from scanflow.settings import Settings
from tests.archive.searching import search
from tests.e2e.conftest import scanflow
from tests.night.nights import Nights, kill, run_here
from tests.night.weak_archive import (
    CORRECTION,
    PERSONS_TYPE,
    Case,
    Kind,
    build,
    came_back,
    cases,
    document,
    images,
    signed,
    text_of,
    weak,
    wrong_in,
)
from tests.patience import PATIENCE, wait_until
from tests.pipeline.archives import open_archive

KINDS: tuple[Kind, ...] = ("corrected", "plain", "signed", "typed", "other", "plain", "signed", "plain")
SEED = 15


@pytest.fixture(params=["folder", pytest.param("s3", marks=[pytest.mark.s3, pytest.mark.postgresql])])
def nights(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Nights]:
    made = list(cases(KINDS, SEED))
    with open_archive(tmp_path / "home", request, request.param) as services:
        with_weak_reader = weak(services.settings)
        with open_services(with_weak_reader) as older:
            build(older, made)
        yield Nights(services, made, {case.number: wrong_in(services, case) for case in made})


def three_nights(nights: Nights) -> None:
    """The first night is killed, the second is stopped, the third finishes."""
    process = nights.night()
    assert wait_until(lambda: nights.done() >= 2)
    kill(process)
    process = nights.night()
    assert wait_until(lambda: nights.done() >= 5 or process.poll() is not None)
    process.send_signal(signal.SIGTERM)
    ends_well(process)
    ends_well(nights.night())


def ends_well(process: "subprocess.Popen[str]") -> None:
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said


def require_nothing_lost(nights: Nights, case: Case, was: Document, run_id: str, *, better: bool) -> None:
    """All former versions are there, and one version more or none, as the log says."""
    services, now = nights.services, document(nights.services, case)
    assert now.versions[: len(was.versions)] == was.versions
    assert len(now.versions) == len(was.versions) + better
    for version in range(1, len(now.versions) + 1):
        assert images(services, case, version) == images(services, case, 1)
    log = services.catalog.log_entries(document_subject(case.number, 1))
    assert [entry.after["run"] for entry in log if entry.action == TEXT_READ_AGAIN] == [run_id] * better
    until = {services.store.retained_until(each.pdf.key, each.pdf.version_id) for each in now.versions}
    assert len(until) == 1 and until != {None}
    if better:
        assert now.versions[-1].made_by["run"] == run_id
        assert "scanflow_vie" in now.versions[-1].made_by["engine"]


def require_persons_word(nights: Nights, case: Case) -> None:
    """What a person set, and what was signed, is unchanged."""
    services, now = nights.services, document(nights.services, case)
    if case.kind == "signed":
        assert services.store.get(now.versions[-1].pdf.key) == signed(case.scan)
    if case.kind == "corrected":
        assert text_of(services, case).count(CORRECTION) == 1
        assert not came_back(services, case)
    if case.kind == "typed":
        assert now.type == PERSONS_TYPE


def test_interrupted_nights_improve_and_lose_nothing(nights: Nights) -> None:
    services = nights.services
    first = {case.number: document(services, case) for case in nights.cases}
    three_nights(nights)
    with services.catalog.reading() as connection:
        # A night after one that came to the end before it was killed or told to stop began a run of its own.
        *later, run = night_runs.runs(connection, kind=REOCR)
        assert len(later) <= 2
        assert all(night_items.counts(connection, each.id) == {} for each in later)
        items = {item.subject.rpartition("/")[0]: item for item in night_items.items_of(connection, run.id)}
    assert run.state is RunState.DONE
    assert set(items) == {case.number for case in nights.cases if case.kind != "other"}
    better = {number for number, item in items.items() if item.result == BETTER}
    for case in nights.cases:
        require_nothing_lost(nights, case, first[case.number], run.id, better=case.number in better)
        require_persons_word(nights, case)
        assert wrong_in(services, case) <= nights.wrong[case.number]
    badly_read = [
        case
        for case in nights.cases
        if nights.wrong[case.number] >= 10 and case.kind not in ("other", "corrected")
    ]
    assert {"plain", "signed"} <= {case.kind for case in badly_read}
    for case in badly_read:
        assert wrong_in(services, case) < nights.wrong[case.number]
    assert {case.number for case in nights.cases if case.kind == "corrected"} & better
    assert verify(services.store, services.catalog).ok
    hits = search(services.catalog, sorted(better)[0])
    assert [(hit.dossier, hit.document) for hit in hits] == [(sorted(better)[0], 1)]

    # Again there is nothing to do.
    ends_well(nights.night("--new"))
    with services.catalog.reading() as connection:
        newest, *_ = night_runs.runs(connection, kind=REOCR)
        assert night_items.counts(connection, newest.id) == {}

    # Taken back, each has its text and type of before, and all of its versions.
    result = undo(services, run.id, "thu")
    assert (result.undone, result.changed_since) == (len(better), 0)
    for case in nights.cases:
        now, was = document(services, case), first[case.number]
        assert text_of(services, case) == text_of(services, case, len(was.versions))
        assert (now.type, now.fields, now.rows) == (was.type, was.fields, was.rows)
        log = services.catalog.log_entries(document_subject(case.number, 1))
        assert [each.action for each in log].count(READING_UNDONE) == (case.number in better)
        assert len(now.versions) == len(was.versions) + 2 * (case.number in better)
    assert verify(services.store, services.catalog).ok


def test_a_named_model_reads_and_the_report_says_what_became_of_each(tmp_path: Path) -> None:
    (case,) = cases(("plain",))
    home = tmp_path / "home"
    with open_services(Settings(home=home, jobs=1)) as services:
        build(services, [case])
        was = document(services, case)
    report = tmp_path / "report"
    options = ("--model", "vie", "--any-reader", "--dossier", case.number, "--report", report, "--json")
    done = scanflow(home, "reocr", *options)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["pages"] == sum(said["counts"].values()) == 1
    (as_json,), (as_html,) = report.glob("*.json"), report.glob("*.html")
    assert json.loads(as_json.read_text())["counts"] == said["counts"]
    with open_services(Settings(home=home, jobs=1)) as services, services.catalog.reading() as connection:
        (run,) = night_runs.runs(connection, kind=REOCR)
        (item,) = night_items.items_of(connection, run.id)
        now = document(services, case)
    assert "scanflow_vie" in was.versions[0].made_by["engine"]
    assert as_html.stem == as_json.stem == run.id and run.id in as_html.read_text()
    by = (item.score or {})["by"]
    assert "vie" in by and "scanflow_vie" not in by
    assert now.versions[0] == was.versions[0]


def test_a_person_looks_where_two_readings_disagree_much(tmp_path: Path) -> None:
    made = list(cases(("plain", "plain"), seed=101))
    with open_services(Settings(home=tmp_path / "home", jobs=1)) as services:
        with open_services(weak(services.settings)) as older:
            build(older, made)
        run_id = run_here(services, REOCR, **{CHECKED_SHARE: 1.0})
        with services.catalog.reading() as connection:
            items = list(night_items.items_of(connection, run_id))
    disagree = {item.subject: (item.score or {})["disagreement"] >= STRONG for item in items}
    assert set(disagree.values()) == {True, False}
    assert {item.subject: item.to_check for item in items} == disagree

"""An archive that a weaker reader made is read again in interrupted nights; a report says what became of each
document.

    python -m tests.night --documents 500 --write docs/night.md [--on shared]

Every tenth document is in a signed file, every tenth was corrected by hand, every tenth is another agency's.
Two nights are killed, one is stopped; the last one finishes. Then the run is undone.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from scanflow.archive.repair.verify import verify
from scanflow.capture.files.unpack import unpack
from scanflow.clock import date_in_vietnam, now
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.model.night_states import REOCR, RunState
from scanflow.night.reocr import BETTER
from scanflow.night.undo import undo
from scanflow.pipeline.sandbox.pool import outcome
from scanflow.pipeline.services import Services, open_services
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.night.nights import Nights, kill
from tests.night.weak_archive import (
    CORRECTION,
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
    wrong_words,
)
from tests.postgresql import postgresql
from tests.servers import seaweedfs

_KINDS: tuple[Kind, ...] = (
    "plain",
    "plain",
    "signed",
    "plain",
    "corrected",
    "plain",
    "typed",
    "plain",
    "other",
    "plain",
)
_HEAD = """# A night on an archive of a weaker reader

Made by `make night`; do not edit. The archive was read by Debian's `vie` without second look, seal removal,
levelled background or deskew; each document is a strip of a page with six printed lines, of which the truth
is known. Then `scanflow reocr` ran in nights of which two were killed and one was stopped, and in the end
the run was undone. A word is wrong that is missing or too many; what a person typed over the print does not
count. A document could gain if the present reader, given its scan alone, has fewer words wrong.
"""
_PLACES = {"embedded": "SQLite and a folder", "shared": "PostgreSQL and S3"}


@dataclass(frozen=True)
class Result:
    """What became of the documents: `faults` is empty where nothing was lost."""

    documents: int
    could_gain: int
    gained: int
    worse: Sequence[str]
    wrong_before: int
    wrong_after: int
    counts: Mapping[str, int]
    nights: int
    faults: Sequence[str]
    undone: int
    undone_exactly: bool


def main() -> int:
    """Run it; the exit code is 0 if nothing was lost and nothing is worse."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=500)
    parser.add_argument("--seed", type=int, default=15)
    parser.add_argument("--on", choices=_PLACES, default="embedded", help="the archive's database and store")
    parser.add_argument(
        "--write", type=Path, help="the report, in which the section of this place is replaced"
    )
    parser.add_argument(
        "--folder", type=Path, help="the archive stays here; one that was built here is taken"
    )
    asked = parser.parse_args()
    begun = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="scanflow-night-", ignore_cleanup_errors=True) as folder,
        _archive(asked.folder or Path(folder), asked.on) as settings,
    ):
        result = run(settings, asked.documents, asked.seed)
    report = as_markdown(result, time.monotonic() - begun)
    sys.stdout.write(report)
    if asked.write:
        _write(asked.write, _PLACES[asked.on], report)
    return 0 if not result.faults and not result.worse and result.undone_exactly else 1


@contextmanager
def _archive(folder: Path, place: str) -> Iterator[Settings]:
    """Settings of an archive on this place: a new one where it is shared."""
    settings = Settings(home=folder / "home", jobs=os.cpu_count() or 1)
    if place == "embedded":
        yield settings
        return
    with postgresql() as cluster, seaweedfs() as store:
        url = SecretStr(cluster.url(cluster.new_database()))
        where = {"catalog": CatalogSettings(url=url), "store": store.model_copy(update={"bucket": "night"})}
        yield settings.model_copy(update=where)


def _write(path: Path, place: str, report: str) -> None:
    """Replace the report's section; the sections of other places stay."""
    _, *parts = path.read_text(encoding="utf-8").split("\n## ") if path.exists() else [""]
    sections = {title: text.strip() for title, _, text in (part.partition("\n") for part in parts)}
    sections[place] = report.strip()
    told = [f"\n## {title}\n\n{sections[title]}\n" for title in _PLACES.values() if title in sections]
    path.write_text(_HEAD + "".join(told), encoding="utf-8")


def run(settings: Settings, count: int, seed: int) -> Result:
    """Make the archive, run the nights, look at every document, undo."""
    made = list(cases([_KINDS[no % len(_KINDS)] for no in range(count)], seed))
    if settings.catalog.url or not settings.home.exists():
        with open_services(weak(settings)) as services:
            build(services, made)
    with open_services(settings) as services:
        wrong = {case.number: wrong_in(services, case) for case in made}
        first = {case.number: document(services, case) for case in made}
        judged = [case for case in made if case.kind not in ("other", "corrected")]
        imperfect = [case for case in judged if wrong[case.number] > 0]
        with ThreadPoolExecutor(settings.jobs) as threads:  # each reads in a child of its own
            counted = threads.map(lambda case: _read_alone(services, case), imperfect)
            alone = dict(zip((case.number for case in imperfect), counted, strict=True))
        nights = Nights(services, made, wrong)
        spent = _spend(nights, count, random.Random(seed))  # noqa: S311 - when they are killed
        with services.catalog.reading() as connection:
            (run_,) = night_runs.runs(connection, kind=REOCR)
            items = {i.subject.rpartition("/")[0]: i for i in night_items.items_of(connection, run_.id)}
        faults = [] if run_.state is RunState.DONE else [f"the run is {run_.state.value}"]
        after = {case.number: wrong_in(services, case) for case in made}
        for case in made:
            better = case.number in items and items[case.number].result == BETTER
            faults += _faults(services, case, len(first[case.number].versions), better=better)
        if not verify(services.store, services.catalog).ok:
            faults.append("verify is not clean")
        gain = [case for case in imperfect if alone[case.number] < wrong[case.number]]
        undone = undo(services, run_.id, "night")
        exactly = all(
            text_of(services, case) == text_of(services, case, len(first[case.number].versions))
            and document(services, case).type == first[case.number].type
            for case in made
        )
        return Result(
            documents=count,
            could_gain=len(gain),
            gained=sum(after[case.number] < wrong[case.number] for case in gain),
            worse=[
                f"{case.number} ({case.kind}): {wrong[case.number]} wrong words, then {after[case.number]}"
                for case in made
                if after[case.number] > wrong[case.number]
            ],
            wrong_before=sum(wrong[case.number] for case in judged),
            wrong_after=sum(after[case.number] for case in judged),
            counts=Counter(item.result or "" for item in items.values()),
            nights=spent,
            faults=faults,
            undone=undone.undone,
            undone_exactly=exactly and verify(services.store, services.catalog).ok,
        )


def _read_alone(services: Services, case: Case) -> int:
    """Wrong words of the present reader on the scan by itself."""
    (page,) = unpack(case.scan, "scan.jpg", services.settings.limits, 1.1).pages
    read = outcome(services.children.read(page), case.number)
    if isinstance(read, Exception):
        raise read
    return wrong_words(case.truth, " ".join(word.text for word in read.words if word.searchable))


def _spend(nights: Nights, count: int, rng: random.Random) -> int:
    """Run two nights that are killed, one that is stopped, then as many as it takes; how many in all."""
    for share, end in ((0.2, "kill"), (0.45, "kill"), (0.7, "stop")):
        process = nights.night()
        wanted = max(1, round(share * count * rng.uniform(0.8, 1.0) * 0.9))
        while nights.done() < wanted and process.poll() is None:
            time.sleep(0.3)
        if end == "kill":
            kill(process)
        else:
            process.terminate()
            process.communicate(timeout=600)
    process = nights.night()
    said, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(said)
    return 4


def _faults(services: Services, case: Case, versions: int, *, better: bool) -> list[str]:
    """What is wrong with a document."""
    found = document(services, case)
    faults = []
    if len(found.versions) != versions + better:
        faults.append(f"{case.number}: {len(found.versions)} versions")
    if any(
        images(services, case, no) != images(services, case, 1) for no in range(2, len(found.versions) + 1)
    ):
        faults.append(f"{case.number}: another image")
    if case.kind == "signed" and services.store.get(found.versions[-1].pdf.key) != signed(case.scan):
        faults.append(f"{case.number}: the signed file is another")
    if case.kind == "corrected":
        if text_of(services, case).count(CORRECTION) != 1:
            faults.append(f"{case.number}: the correction is not there once")
        if came_back(services, case):
            faults.append(f"{case.number}: what was taken away came back")
    if case.kind == "other" and better:
        faults.append(f"{case.number}: another agency's")
    return faults


def as_markdown(result: Result, seconds: float) -> str:
    """The result as a table."""
    rows = [
        ("documents", result.documents),
        ("nights, of which two were killed and one was stopped", result.nights),
        (
            "results of the run",
            ", ".join(f"{name} {number}" for name, number in sorted(result.counts.items())),
        ),
        ("documents that could gain", result.could_gain),
        (
            "of which the text is better",
            f"{result.gained} ({100 * result.gained / max(1, result.could_gain):.1f} %)",
        ),
        ("documents whose text is worse", "; ".join([str(len(result.worse)), *result.worse])),
        (
            "wrong words before and after (without corrected and other agencies' documents)",
            f"{result.wrong_before} and {result.wrong_after}",
        ),
        (
            "versions, images, signatures, corrections, other agency, `verify`",
            "; ".join(result.faults) or "as they must be",
        ),
        ("undone", f"{result.undone}, " + ("each as before" if result.undone_exactly else "NOT as before")),
        ("minutes in all", f"{seconds / 60:.0f}"),
        ("day", f"{date_in_vietnam(now()):%Y-%m-%d}"),
    ]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


if __name__ == "__main__":
    sys.exit(main())

"""What a night costs: pages an hour a core, the share that isn't recognition, a clerk's delay beside it.

    python -m bench.night [--pages N] [--clerk N] [--steps N] [--ocrmypdf PATH] [--peer-pages N]

An archive of rendered A4 pages (200 dpi, a document each) is made by an older reader (`vie`, no second
look, no deskew), in a temporary folder. `scanflow reocr` reads it again in two nights, each a process of its
own: a few pages, then the rest. CPU seconds are those of all of its processes, recognition's are those that
it notes itself (from a page's bytes to its words). What the second night costs more than the first is what
its additional pages cost; the rest is the start of the program, which a night of hours has once. OCRmyPDF
does `--redo-ocr` with some of the same files, one job, if it is there. Then a clerk's page is filed, in turn
without and beside a running night. `--steps N`: also where the CPU time of N pages goes. Look at the ratios.

    python -m bench.night --files FOLDER --ocrmypdf PATH

The PDFs of one page in a folder instead, by `scanflow reocr --files` and by OCRmyPDF, with the programs'
start.
"""

import argparse
import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py; children inherit it too.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.night_steps import steps_of
from bench.rendered import rendered
from bench.speed import adopt_orphans
from scanflow.ledger.batches import Intake, get_batch
from scanflow.ledger.lease import Lease
from scanflow.ledger.nightly import night_items, night_runs
from scanflow.night.reports.report import report_of
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services, open_services
from scanflow.pipeline.stages import process_batch
from scanflow.settings import Settings

_FEW = 3
"""Pages of the first night."""
_QUIET = 10
"""Looks without an ended process, a fifth of a second apart."""
_KIND = "clean 200 dpi"
_HEAD = (
    "Rendered A4 pages (200 dpi, a document each) that an older reader (`vie`, no second look, no deskew)\n"
    "had filed, read again by `scanflow reocr` with one page at once; then a clerk's page, in turn alone\n"
    "and beside a running night. What becomes of an archive of a weaker reader in interrupted nights:\n"
    "[night.md](night.md), by `make night`.\n\n"
)
_NIGHTS_HOURS = 7.0
_PLANS = (1_000_000, 10_000_000)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program cost: pages, wall seconds, CPU seconds of all its processes and of recognition."""

    pages: int
    wall: float
    cpu: float
    reading: float = 0.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument(
        "--clerk", type=int, default=5, help="pages that a clerk files, with and without a night"
    )
    parser.add_argument("--steps", type=int, default=0, help="pages of which each step's CPU time is printed")
    parser.add_argument("--peer-pages", type=int, default=20, help="pages that OCRmyPDF does, of the same")
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--files", type=Path, help="only the PDFs of this folder, by both programs")
    asked = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="scanflow-bench-") as name:
        folder = Path(name)
        settings = Settings(home=folder / "home", jobs=os.cpu_count() or 1)
        program = asked.ocrmypdf or shutil.which("ocrmypdf")
        if asked.files:
            sys.stdout.write(_of_files(settings, asked.files, program, folder))
            return
        files = [each.path for _, samples in rendered(folder, [_KIND], asked.pages) for each in samples]
        with open_services(_older(settings)) as services:
            numbers = [_file(services, path)[0] for path in files]
            pdfs = _exported(services, folder)
        few = _night(settings, *(word for each in numbers[:_FEW] for word in ("--dossier", each)))
        steps = steps_of(settings, numbers[0], numbers[_FEW : _FEW + asked.steps]) if asked.steps else {}
        rest = _night(settings)
        peer = _ocrmypdf(Path(program), pdfs[: asked.peer_pages], folder) if program else None
        alone, beside = _clerk(settings, files, asked.clerk) if asked.clerk else ([], [])
    sys.stdout.write(_HEAD + _tables(few, rest, peer, alone, beside) + _table_of_steps(steps, asked.steps))


def _older(settings: Settings) -> Settings:
    """The settings of an older reader."""
    ocr = settings.ocr.model_copy(update={"language": "vie", "fast": True})
    imaging = settings.imaging.model_copy(update={"deskew": False})
    return settings.model_copy(update={"ocr": ocr, "imaging": imaging})


def _file(services: Services, path: Path) -> tuple[str, float]:
    """File a page in a dossier of its own; its number, and seconds from the file to the closed batch."""
    begun = time.monotonic()
    number = f"H13.42-261127-{time.monotonic_ns() % 10**9:09}"
    (batch_id,) = take(services, [path], Path.read_bytes, Intake("ingest", "", number)).batches or _again(
        path
    )
    with services.catalog.reading() as connection:
        row = get_batch(connection, batch_id)
    process_batch(services, Lease(batch_id, row.state, row.turn))
    return number, time.monotonic() - begun


def _again(path: Path) -> tuple[str]:
    raise SystemExit(f"{path.name} is in the archive already")


def _exported(services: Services, folder: Path) -> list[Path]:
    """The filed PDFs as files."""
    found: list[Path] = []
    for stored in services.catalog.objects("dossiers/"):
        if stored.key.endswith(".pdf"):
            path = folder / f"filed-{len(found):04}.pdf"
            path.write_bytes(services.store.get(stored.key, stored.version_id))
            found.append(path)
    return found


def _of_files(settings: Settings, files: Path, program: str | Path | None, folder: Path) -> str:
    """What the PDFs of a folder cost by both programs, as a table."""
    pdfs = sorted(files.glob("*.pdf"))
    wall, cpu = time.monotonic(), _cpu()
    if _start(settings, "--files", str(files), "--to", str(folder / "to")).wait() != 0:
        raise SystemExit("the files were not read")
    wall = time.monotonic() - wall
    _reap()
    costs = {"scanflow reocr --files": Cost(len(pdfs), wall, _cpu() - cpu)}
    if program:
        costs["ocrmypdf --redo-ocr"] = _ocrmypdf(Path(program), pdfs, folder)
    rows = "".join(
        f"| `{name}` | {each.pages} | {each.cpu / each.pages:.2f} |\n" for name, each in costs.items()
    )
    return "| program | pages | CPU seconds a page |\n|---|---|---|\n" + rows


def _start(settings: Settings, *more: str) -> "subprocess.Popen[bytes]":
    environment = {**os.environ, "SCANFLOW_HOME": str(settings.home)}
    command = [sys.executable, "-m", "scanflow.cli", "--quiet", "reocr", "--jobs", "1", "--json", *more]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _night(settings: Settings, *more: str) -> Cost:
    """A night over what another reader has read, with one page at once."""
    wall, cpu = time.monotonic(), _cpu()
    if _start(settings, *more).wait() != 0:
        raise SystemExit("the night failed")
    wall = time.monotonic() - wall
    _reap()
    cpu = _cpu() - cpu
    with open_services(settings) as services, services.catalog.reading() as connection:
        report = report_of(connection, night_runs.runs(connection)[0].id)
    return Cost(report.pages, wall, cpu, report.read_seconds)


def _reap() -> None:
    """Wait for grandchildren whose parents ended first, so that their CPU time is counted; ours goes on."""
    quiet = 0
    while quiet < _QUIET:
        with suppress(ChildProcessError):
            if os.waitpid(-1, os.WNOHANG)[0]:
                continue
        quiet += 1
        time.sleep(0.2)


def _ocrmypdf(program: Path, pdfs: Sequence[Path], folder: Path) -> Cost:
    wall, cpu = time.monotonic(), _cpu()
    for path in pdfs:
        command = [program, "--redo-ocr", "-l", "vie", "-j", "1", "-q", path, folder / "redone.pdf"]
        subprocess.run(list(map(str, command)), check=True)
    return Cost(len(pdfs), time.monotonic() - wall, _cpu() - cpu)


def _clerk(settings: Settings, files: Sequence[Path], count: int) -> tuple[list[float], list[float]]:
    """Seconds for a clerk's page from file to filed, alone and beside a running night, in turn."""
    alone: list[float] = []
    beside: list[float] = []
    with open_services(settings) as services:
        fresh = _fresh(files, 2 * count + 1)
        _file(services, fresh.pop())
        for number in range(count):
            if number % 2:  # one goes first as often as the other
                alone.append(_file(services, fresh.pop())[1])
            before = _newest_run(services)
            night = _start(settings, "--any-reader", "--new")
            _wait_until_busy(services, before)
            beside.append(_file(services, fresh.pop())[1])
            os.killpg(night.pid, signal.SIGKILL)
            night.wait()
            _reap()  # its children are in groups of their own
            if not number % 2:
                alone.append(_file(services, fresh.pop())[1])
    return alone, beside


def _fresh(files: Sequence[Path], count: int) -> list[Path]:
    """Pages that are not in the archive yet: the same print, scanned anew."""
    found = []
    folder = files[0].parent / "clerk"
    folder.mkdir()
    for _, samples in rendered(folder, [_KIND], count, seed=1):
        found += [each.path for each in samples]
    return found


def _newest_run(services: Services) -> str:
    with services.catalog.reading() as connection:
        return night_runs.runs(connection)[0].id


def _wait_until_busy(services: Services, before: str) -> None:
    """Return when a run that is newer than this one has done its first document: it reads."""
    while True:
        with services.catalog.reading() as connection:
            run = night_runs.runs(connection)[0]
            counts = night_items.counts(connection, run.id)
        done = sum(counts.values()) - counts.get("waiting", 0) - counts.get("in hand", 0)
        if run.id != before and done:
            return
        time.sleep(0.05)


def _tables(few: Cost, rest: Cost, peer: Cost | None, alone: Sequence[float], beside: Sequence[float]) -> str:
    # What the pages cost by which the second night had more.
    pages = rest.pages - few.pages
    more, read = rest.cpu - few.cpu, rest.reading - few.reading
    start = few.cpu - few.pages * more / pages
    an_hour = 3600 * pages / more
    rows = [
        ("pages", f"{rest.pages}"),
        ("CPU seconds a page", f"{more / pages:.2f}"),
        ("of which recognition", f"{read / pages:.2f}"),
        ("CPU seconds of the program's start, once a night", f"{start:.1f}"),
        ("pages an hour a core", f"{an_hour:.0f}"),
        ("share of CPU time that isn't recognition", f"{100 * (1 - read / more):.0f} %"),
        (
            f"the same with the program's start, {rest.pages} pages",
            f"{100 * (1 - rest.reading / rest.cpu):.0f} %",
        ),
    ]
    if peer is not None:
        times = (rest.pages / rest.cpu) / (peer.pages / peer.cpu)
        rows += [
            ("`ocrmypdf --redo-ocr`, CPU seconds a page", f"{peer.cpu / peer.pages:.2f}"),
            ("pages a CPU second, times OCRmyPDF's, with both programs' start", f"{times:.1f}"),
        ]
    if alone:
        first, second = statistics.median(alone), statistics.median(beside)
        rows += [
            ("a clerk's page alone, median seconds", f"{first:.2f}"),
            ("beside a running night", f"{second:.2f} ({100 * (second / first - 1):+.0f} %)"),
        ]
    rows += [
        (
            f"{plan // 1_000_000} million pages, nights of {_NIGHTS_HOURS:.0f} hours on 8 cores",
            f"{plan / (an_hour * 8 * _NIGHTS_HOURS):.0f}",
        )
        for plan in _PLANS
    ]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in rows)


def _table_of_steps(steps: Mapping[str, float], pages: int) -> str:
    if not steps:
        return ""
    rows = sorted(steps.items(), key=lambda each: -each[1])
    head = f"\nWhere the CPU time of {pages} pages goes, once the program is up:\n\n"
    table = "| step | milliseconds a page |\n|---|---|\n"
    return head + table + "".join(f"| {name} | {1000 * spent / pages:.0f} |\n" for name, spent in rows)


if __name__ == "__main__":
    main()

"""Speed beside OCRmyPDF's and bare recognition's, in one run, as Markdown tables.

    python -m bench.speed [--ocrmypdf PATH] [--repeat N] [FILE.pdf ...]

Whole programs, started anew, two jobs each: wall and CPU seconds of all their processes. Then, in this
process, the whole way from file to PDF/A against recognition alone on the prepared copies.
Machines are noisy: each program runs `--repeat` times in turn and the best run counts; look at the ratios.
"""

import argparse
import ctypes
import os

# Before Tesseract's library loads, see scanflow/ocr/engines/tesseract.py; children inherit it too.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.size import METADATA, scans
from scanflow.capture.files.unpack import unpack
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.pdf.writer import PdfPage, write_pdf
from scanflow.recognition.page import read_page
from scanflow.settings import Settings

OCRMYPDF = "-q --force-ocr -l vie --deskew --rotate-pages -j 2"
SCANFLOW = "-q pdf --force-ocr --jobs 2"
PR_SET_CHILD_SUBREAPER = 36
RECOGNITION = "read_in_batch", "recognize"
"""The steps that are recognition alone."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a program cost, from start to end: seconds, and the largest process's memory in MB."""

    wall: float
    cpu: float
    memory: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--repeat", type=int, default=2, help="runs of each program; the best counts")
    parser.add_argument("files", type=Path, nargs="*")
    options = parser.parse_args()
    adopt_orphans()
    found = [(path.name, path.read_bytes()) for path in options.files] or list(scans())
    program = options.ocrmypdf or shutil.which("ocrmypdf")
    if program:
        print("| scan | program | wall s/page | CPU s/page | peak MB | pages/s ratio | pages/CPU s ratio |")
        print("|---|---|---|---|---|---|---|")
        for name, data in found:
            _programs(name, data, str(program), options.repeat)
        print()
    print("| scan | the line, CPU s/page | recognition alone, CPU s/page | ratio |")
    print("|---|---|---|---|")
    settings = Settings()
    engine = open_engine(settings.ocr)
    for name, data in found:
        _line_alone(name, data, engine, settings, options.repeat)


def _programs(name: str, data: bytes, program: str, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        source.write_bytes(data)
        commands = {
            "OCRmyPDF": [program, *OCRMYPDF.split(), str(source), str(target)],
            "scanflow": [sys.executable, "-m", "scanflow.cli", *SCANFLOW.split(), str(source), str(target)],
        }
        runs: dict[str, list[Run]] = {each: [] for each in commands}
        for _ in range(repeat):
            for each, command in commands.items():
                target.unlink(missing_ok=True)
                runs[each].append(run_program(command))
                if not target.exists():
                    print(f"<!-- {each} made nothing of {name} -->")
    pages = len(_unpacked(data, Settings()))
    peer = runs["OCRmyPDF"]
    for each, done in runs.items():
        wall, cpu = min(run.wall for run in done), min(run.cpu for run in done)
        ratios = f"{min(r.wall for r in peer) / wall:.1f} | {min(r.cpu for r in peer) / cpu:.1f}"
        memory = max(run.memory for run in done)
        print(
            f"| {name} | {each} | {wall / pages:.2f} | {cpu / pages:.2f} | {memory:.0f} | {ratios} |",
            flush=True,
        )


def adopt_orphans() -> None:
    """Make descendants whose parents end first this process's children: their CPU time is counted."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run_program(command: Sequence[str]) -> Run:
    """Run a program to its end and its last grandchild's."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    # As its users run it: how many threads its Tesseract takes is OCRmyPDF's own business.
    environment = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    peak = 0.0
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0  # reaped above, for its usage
    wall = time.monotonic() - start
    peak = max(peak, usage.ru_maxrss)
    with suppress(ChildProcessError):
        while True:
            peak = max(peak, os.wait4(-1, 0)[2].ru_maxrss)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Run(wall, cpu, peak / 1024)


def _line_alone(name: str, data: bytes, engine: Engine, settings: Settings, repeat: int) -> None:
    costs: list[tuple[float, float]] = []
    for _ in range(repeat):
        start = time.process_time()
        pages = _unpacked(data, settings)
        read, recognition = [], 0.0
        for page in pages:
            reading = read_page(page, engine, settings)
            recognition += sum(reading.step_seconds.get(step, 0.0) for step in RECOGNITION)
            read.append(PdfPage(page, reading.geometry, reading.size, reading.words))
        write_pdf(read, METADATA)
        costs.append((time.process_time() - start, recognition))
    whole, alone = min(costs)
    count = len(pages)
    print(f"| {name} | {whole / count:.2f} | {alone / count:.2f} | {whole / alone:.2f} |", flush=True)


def _unpacked(data: bytes, settings: Settings) -> Any:
    # A layer quality that none reaches: every page is to be read, whatever text it carries.
    return unpack(data, "scan.pdf", settings.limits, 1.1).pages


if __name__ == "__main__":
    main()

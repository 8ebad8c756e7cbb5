"""How long small jobs take from the shell, beside what they can't do without, as a Markdown table.

    python -m bench.startup [--repeat N] [PAGE.jpg]

`scanflow pdf` and `scanflow ingest` of one page against a script that does nothing but load Tesseract's
library and our model and read that page; `scanflow --help` against loading the two libraries that print it.
Whole programs, started fresh, in turn; the median and the best of each are shown, of wall and of CPU seconds
of everything that they start. On a busy machine the CPU seconds and the best runs are those to look at.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from bench.speed import Run, adopt_orphans, run_program
from scanflow.ocr.engines.traineddata import SHIPPED

FIXTURE = Path(__file__).parents[1] / "fixtures/dossiers/H13.42-260804-0017/scan0001.pdf"
NUMBER = "H13.42-260804-0017"
_DPI = 200
_BARE = f"""
import os, sys
os.environ["OMP_THREAD_LIMIT"] = "1"
import tesserocr
from PIL import Image
grey = Image.open(sys.argv[1]).convert("L")
with tesserocr.PyTessBaseAPI(path=sys.argv[2], lang="scanflow_vie", psm=3, oem=1) as api:
    api.SetImageBytes(grey.tobytes(), grey.width, grey.height, 1, grey.width)
    api.SetSourceResolution({_DPI})
    print(api.GetUTF8Text())
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A program, what it is measured against, and what is done before each run, outside the clock."""

    command: Sequence[str]
    against: str | None = None
    prepare: Callable[[], None] = lambda: None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=5, help="runs of each program")
    parser.add_argument("page", type=Path, nargs="?", help="default: a page of the fixtures, 200 dpi, colour")
    options = parser.parse_args()
    adopt_orphans()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        page = folder / "page.jpg"
        page.write_bytes(options.page.read_bytes() if options.page else _fixture_page(2))
        with _compiled_once(folder / "compiled"):
            jobs = _jobs(folder, page)
            runs: dict[str, list[Run]] = {each: [] for each in jobs}
            for turn in range(options.repeat + 1):
                for each, job in jobs.items():
                    job.prepare()
                    run = run_program(job.command)
                    if turn:  # in the first one Python compiles what it loads
                        runs[each].append(run)
    print(_table(jobs, runs))


@contextmanager
def _compiled_once(folder: Path) -> Iterator[None]:
    """As where it is installed: Python keeps what it has compiled, whatever this shell tells it."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(folder)
    yield
    del os.environ["PYTHONPYCACHEPREFIX"]


def _fixture_page(index: int) -> bytes:
    """A page of the fixtures' birth registration: the JPEG as it was scanned."""
    with pikepdf.open(FIXTURE) as pdf:
        return next(iter(pdf.pages[index].obj.Resources.XObject.values())).read_raw_bytes()


def _jobs(folder: Path, page: Path) -> Mapping[str, Job]:
    scanflow = [sys.executable, "-m", "scanflow.cli", "-q"]
    filled, home = folder / "filled", folder / "home"
    other = folder / "other.jpg"
    other.write_bytes(_fixture_page(1))
    ingest = ["ingest", "--dossier", NUMBER]
    run_program([*scanflow, "--home", str(filled), *ingest, str(other)])
    shutil.copytree(filled, home)

    def anew() -> None:
        """Both archives as they were before the last run: what was taken in once would be known again."""
        shutil.rmtree(home)
        shutil.copytree(filled, home)
        shutil.rmtree(folder / "new", ignore_errors=True)

    libraries = [sys.executable, "-c", "import typer, rich"]
    bare = [sys.executable, "-c", _BARE, str(page), str(SHIPPED)]
    new = ["--home", str(folder / "new"), *ingest, str(page)]
    return {
        "import typer, rich": Job(libraries),
        "scanflow --help": Job([*scanflow, "--help"], "import typer, rich"),
        "bare recognition": Job(bare),
        "scanflow pdf": Job([*scanflow, "pdf", str(page), str(folder / "out.pdf")], "bare recognition"),
        "scanflow ingest": Job(
            [*scanflow, "--home", str(home), *ingest, str(page)], "bare recognition", anew
        ),
        "scanflow ingest, new archive": Job([*scanflow, *new], "bare recognition", anew),
    }


def _table(jobs: Mapping[str, Job], runs: Mapping[str, Sequence[Run]]) -> str:
    lines = [
        "| program | wall s: median | best | CPU s: median | best "
        "| wall ratio: median | best | CPU ratio: median | best |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, job in jobs.items():
        shown = [f"{number:.2f}" for number in _figures(runs[name])]
        ratios = [""] * 4
        if job.against:
            peers = _figures(runs[job.against])
            ratios = [f"{a / b:.2f}" for a, b in zip(_figures(runs[name]), peers, strict=True)]
        lines.append(f"| {name} | {' | '.join([*shown, *ratios])} |")
    return "\n".join(lines)


def _figures(runs: Sequence[Run]) -> tuple[float, ...]:
    wall, cpu = [run.wall for run in runs], [run.cpu for run in runs]
    return statistics.median(wall), min(wall), statistics.median(cpu), min(cpu)


if __name__ == "__main__":
    main()

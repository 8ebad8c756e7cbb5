"""How long a clerk waits at the counter, beside OCRmyPDF on the finished file, as a Markdown table.

    python -m bench.station [--ocrmypdf PATH] [--repeat N] [--seconds-a-page S]

Ten sides (five sheets, both sides, 200 dpi colour) from a virtual eSCL scanner that lets a page pass each
second, through SANE, `scanflow station` and `scanflow web`: all on two cores, also the scanner and this
program. Counted from when a page has left the feeder: until its thumbnail can be fetched (asked for every
50 ms), and until all ten are read and the page with the checklist has been fetched with nothing left to wait
for. OCRmyPDF is given the same JPEGs as one PDF, at the moment when the last page has left the feeder. "cold"
is the first stack after the server's start, whose children are not started yet.
"""

import argparse
import io
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import img2pdf
from pdf2image import convert_from_path
from PIL import Image
from sqlalchemy import func, select

from bench.sites import cpu_of
from fixtures.extra import EXTRA, ROOT
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.database.tables import pages
from scanflow.archive.people import user_sessions
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.context import Desk
from scanflow.pipeline.services import open_services
from scanflow.settings import Settings
from tests.web.place import COUNTER, Place

CLERK = "lan"
NUMBER = "H13.42-260804-0017"
SIDES = 10
DPI = 200
SIZE = (1654, 2339)  # A4
OCRMYPDF = "-q -l vie --deskew --rotate-pages -j 2"
FIRST_WANTED, LAST_WANTED = 1.0, 5.0
_LOOK_SECONDS = 0.05
_CORES = 2


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds after a page had left the feeder: each thumbnail, the last page read and ticked, and when the
    clerk may file since the scanner has said that it is done; and CPU seconds of all that took part, the
    scanner too.
    """

    thumbnails: tuple[float, ...]
    read: float
    ticked: float
    done: float
    cpu: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--repeat", type=int, default=3, help="stacks after the cold one")
    parser.add_argument(
        "--seconds-a-page", type=float, default=1.0, help="time that a page takes to feed; default: 1"
    )
    options = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:_CORES])
    program = options.ocrmypdf or shutil.which("ocrmypdf")
    print("| stack | by | thumbnail: first, s | median | slowest | last page read, s | ticked, s "
          "| may be filed, s | CPU s |")  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|")
    for name, sides in stacks_of_paper():
        cold, *warm = _runs(sides, options.repeat + 1, options.seconds_a_page)
        _show(name, "scanflow, cold", [cold])
        _show(name, f"scanflow, median of {len(warm)}", warm)
        if program:
            seconds = [_peer(str(program), sides) for _ in range(max(1, options.repeat - 1))]
            wall, cpu = (statistics.median(each) for each in zip(*seconds, strict=True))
            print(f"| {name} | OCRmyPDF | | | | {wall:.1f} | | | {cpu:.1f} |", flush=True)
    print(f"\nWanted: first thumbnail ≤ {FIRST_WANTED:g} s, last page ticked ≤ {LAST_WANTED:g} s.", end=" ")
    print(f"Load of the machine at the end (1 min): {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.")


def stacks_of_paper() -> Iterator[tuple[str, list[bytes]]]:
    """Ten sides each: the fixtures' papers, and real pages full of print where they are at hand."""
    folder = ROOT / "fixtures" / "dossiers"
    found = [*_rendered(folder / NUMBER / "scan0001.pdf"), *_rendered(next(folder.glob("*/fax_01.pdf")))]
    yield "a birth registration and more", found[:SIDES]
    real = sorted((EXTRA / "real-pages").glob("*.png"))
    if real:
        dense = [_as_scanned(Image.open(path)) for path in real]
        yield "pages full of print", (dense * SIDES)[:SIDES]


def _rendered(path: Path) -> list[bytes]:
    return [_as_scanned(image) for image in convert_from_path(path, DPI)]


def _as_scanned(image: Image.Image) -> bytes:
    """As the feeder delivers it, so that the virtual scanner has nothing to convert."""
    target = io.BytesIO()
    image.convert("RGB").resize(SIZE).save(target, "JPEG", quality=90, dpi=(DPI, DPI))
    return target.getvalue()


def _runs(sides: Sequence[bytes], count: int, seconds_a_page: float) -> list[Run]:
    """So many stacks through one server."""
    variables = {"SCANFLOW_OCR__FAST": "false", "SCANFLOW_WORK__HEARTBEAT": "5"}
    with (
        tempfile.TemporaryDirectory() as folder,
        Place(Path(folder, "place"), variables=variables) as place,
        open_services(Settings(home=place.home)) as services,
    ):
        place.scanner.page_seconds = seconds_a_page
        desk = Desk(services, lambda _batch: None, services.children, ChangeEvents())
        token = user_sessions.begin_session(services.catalog, CLERK, COUNTER)
        with httpx.Client(base_url=place.address, cookies={"scanflow_session": token}, timeout=60) as browser:
            return [_run(place, desk, browser, sides) for _ in range(count)]


def _run(place: Place, desk: Desk, browser: httpx.Client, sides: Sequence[bytes]) -> Run:
    before = cpu_of(os.getpid())
    place.scanner.left_at.clear()
    place.scanner.load(sides)
    place.scanner.handed_out()  # the first page takes as long to pass as any other
    batch_id = stacks.open_stack(desk, clerk=CLERK, counter=COUNTER, number=NUMBER, procedure=None)
    order_id = orders.scan(desk, batch_id, CLERK, device="", profile="duplex")
    seen: list[float] = []
    with _watching(browser, batch_id, len(sides), seen):
        _wait_until_read(desk.services.catalog, batch_id, len(sides))
        read = time.monotonic()
        _wait_until_shown(browser, batch_id, len(sides))
        ticked = time.monotonic()
        _wait_until_done(desk.services.catalog, order_id)
        done = time.monotonic()
    left = place.scanner.left_at
    assert len(left) == len(seen) == len(sides)
    thumbnails = tuple(there - gone for there, gone in zip(seen, left, strict=True))
    last = left[-1]
    return Run(thumbnails, read - last, ticked - last, done - last, cpu_of(os.getpid()) - before)


@contextmanager
def _watching(browser: httpx.Client, batch_id: str, count: int, seen: list[float]) -> Iterator[None]:
    """Note when the thumbnail of each page can be fetched."""

    def watch() -> None:
        for no in range(1, count + 1):
            path = f"/desk/stacks/{batch_id}/pages/{no}.jpg"
            while browser.get(path, params={"width": 160}).status_code != 200:
                time.sleep(_LOOK_SECONDS)
            seen.append(time.monotonic())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    yield
    watcher.join()


def _wait_until_read(catalog: Catalog, batch_id: str, count: int) -> None:
    done = select(func.count()).where(pages.c.batch_id == batch_id, pages.c.state != "taken")
    while True:
        with catalog.reading() as connection:
            if (connection.scalar(done) or 0) >= count:
                return
        time.sleep(_LOOK_SECONDS)


def _wait_until_shown(browser: httpx.Client, batch_id: str, count: int) -> None:
    """Wait until the clerk's page shows every page with its verdict."""
    while True:
        shown = browser.get(f"/desk/stacks/{batch_id}/parts").text
        if shown.count('id="thumb-') == count and "is-reading" not in shown and "is-arrived" not in shown:
            return
        time.sleep(_LOOK_SECONDS)


def _wait_until_done(catalog: Catalog, order_id: int) -> None:
    state = select(orders_table.c.state).where(orders_table.c.id == order_id)
    while True:
        with catalog.reading() as connection:
            if connection.scalar(state) == "done":
                return
        time.sleep(_LOOK_SECONDS)


def _peer(program: str, sides: Sequence[bytes]) -> tuple[float, float]:
    """How long OCRmyPDF needs for the finished file: wall and CPU seconds."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.pdf")
        source.write_bytes(img2pdf.convert(list(sides)))
        environment = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
        start, before = time.monotonic(), cpu_of(os.getpid())
        subprocess.run(
            [program, *OCRMYPDF.split(), str(source), str(Path(folder, "out.pdf"))],
            check=True,
            env=environment,
        )
        return time.monotonic() - start, cpu_of(os.getpid()) - before


def _show(name: str, by: str, runs: Sequence[Run]) -> None:
    def middle(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.2f}"

    columns = (
        middle([run.thumbnails[0] for run in runs]),
        middle([seconds for run in runs for seconds in run.thumbnails]),
        f"{max(seconds for run in runs for seconds in run.thumbnails):.2f}",
        middle([run.read for run in runs]),
        middle([run.ticked for run in runs]),
        middle([run.done for run in runs]),
        f"{statistics.median(run.cpu for run in runs):.1f}",
    )
    print(f"| {name} | {by} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main()

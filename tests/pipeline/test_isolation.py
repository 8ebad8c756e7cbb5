"""A page that breaks the child process that reads it is lost alone; its batch and the worker go on.

One real worker gets a batch for each way of misbehaving, with good pages before and after the bad one.
"""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from pikepdf import Dictionary, Name, Pdf
from PIL import Image

from scanflow.ledger.batches import Intake
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.named_files import load_file
from scanflow.pipeline.services import Services
from tests.patience import PATIENCE, wait_until
from tests.pipeline import procs
from tests.pipeline.live_archive import (
    MISBEHAVING,
    NUMBER,
    LiveArchive,
    comes_to,
    endless_pdf,
    kill_group,
    marked,
    page,
)

MEGABYTE = 2**20
PARENT_MEGABYTES = 200
"""The program with its database and its queue takes 120; the rest is room for the captured bytes of the
batches in hand, as they come and go. A decoded page of this test alone would be 80 more, or 300."""

LIMITS = {
    "SECONDS": "15",  # a busy machine takes a good page several times as long
    "FILE_SECONDS": "15",
    "ATTEMPTS": "1",
    "MEMORY": str(900 * MEGABYTE),
    "PIXELS": "90000000",
    "FILE_BYTES": "2000000",
}
# All at once, so that those that run out of time do so together.
SETTINGS = {"SCANFLOW_JOBS": "4", "SCANFLOW_WORK__BATCHES": "4"}
SETTINGS |= {f"SCANFLOW_LIMITS__{name}": value for name, value in LIMITS.items()}

EXPECTED = {
    "spin": ("limit", "longer than limits allow"),
    "endless": ("limit", "longer than limits allow"),
    "eat": ("limit", "more memory"),
    "crash": ("limit", "SIGSEGV"),
    "leave": ("limit", "ended by itself"),
    "surprise": ("input", "UnknownError"),
    "wide": ("limit", "more memory"),
    "huge": ("oversized", "pixels"),
    "heavy": ("oversized", "2000000"),
}
"""Code and a part of the reason."""


def blank_png(mode: str, side: int) -> bytes:
    file = BytesIO()
    Image.new(mode, (side, side), "white").save(file, "PNG", compress_level=1)
    return file.getvalue()


def bad_file(way: str) -> tuple[str, bytes]:
    """The misbehaving file: name and bytes."""
    match way:
        case "endless":
            return "bad.pdf", endless_pdf()
        case "wide":  # within the limit of pixels, and a gigabyte once its transparency is taken out
            return "bad.png", blank_png("LA", 9_000)
        case "huge":
            return "bad.png", blank_png("1", 9_500)
        case "heavy":
            return "bad.png", page("BAD") + b"\0" * 2_000_000
        case _:
            return "bad.png", marked(page("BAD"), way)


def noisy_pdf() -> bytes:
    """A page with a form whose end is missing: pikepdf warns of it."""
    with Pdf.new() as pdf:
        form = pdf.make_stream(b"100 100 90 90 re f 1 2 3")
        form.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300]))
        leaf = pdf.add_blank_page(page_size=(300, 300))
        leaf.obj.Resources = Dictionary(XObject=Dictionary(F=form))
        leaf.obj.Contents = pdf.make_stream(b"/F Do")
        file = BytesIO()
        pdf.save(file)
        return file.getvalue()


def take_files(services: Services, way: str) -> str:
    """Take three good pages with a misbehaving one among them, as `ingest` does; the batch's id."""
    files = [(f"good{no}.png", page(f"{way} {no}")) for no in range(3)]
    files.insert(1, ("noisy.pdf", noisy_pdf()) if way == "none" else bad_file(way))
    folder = services.settings.home / "in" / way
    folder.mkdir(parents=True)
    for name, data in files:
        (folder / name).write_bytes(data)
    paths = [folder / name for name, _ in files]
    intake = Intake("ingest", clerk_number=NUMBER)
    (batch_id,) = take(
        services, paths, lambda path: load_file(path, services.settings.limits), intake
    ).batches
    return batch_id


@dataclass(frozen=True)
class Site:
    """What became of the batches, what the worker's processes were when it was idle, and how it ended."""

    outcomes: dict[str, Outcome]
    after: Outcome
    running: list[str]
    maps: str
    resident: int
    space: int
    exit_code: int
    left: list[str]
    said: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    live_archive = LiveArchive(tmp_path_factory.mktemp("isolation") / "home", SETTINGS)
    with live_archive.services() as services:
        batches = {way: take_files(services, way) for way in EXPECTED}
        worker = live_archive.start("worker", module=MISBEHAVING)
        try:
            for batch_id in batches.values():
                assert comes_to(services, batch_id, "closed")
            after = take_files(services, "none")
            assert comes_to(services, after, "closed")
            running = [procs.command(pid) for pid in procs.descendants(worker.pid)]
            maps = Path(f"/proc/{worker.pid}/maps").read_text(encoding="utf-8")
            resident = procs.memory(worker.pid, "VmHWM")
            space = max(procs.memory(pid, "VmPeak") for pid in procs.pool_children(worker.pid))
            worker.send_signal(signal.SIGTERM)
            said, _ = worker.communicate(timeout=PATIENCE)
            wait_until(lambda: not live_archive.processes(), 10)
            yield Site(
                outcomes={way: load_outcome(services, batch_id) for way, batch_id in batches.items()},
                after=load_outcome(services, after),
                running=running,
                maps=maps,
                resident=resident,
                space=space,
                exit_code=worker.returncode,
                left=[procs.command(pid) for pid in live_archive.processes()],
                said=said,
            )
        finally:
            kill_group(worker)
            live_archive.end()


@pytest.mark.parametrize("way", EXPECTED)
def test_a_bad_page_costs_no_other(site: Site, way: str) -> None:
    outcome = site.outcomes[way]
    (laid,) = outcome.laid
    code, reason = EXPECTED[way]
    assert (laid.file.startswith("bad"), laid.where, laid.code) == (True, "quarantined", code)
    assert reason in laid.reason
    assert laid.reason_vi
    count = outcome.count
    whole = laid.page is None  # a file that could not even be taken apart has no page to count
    assert (count.files, count.files_quarantined) == (4, int(whole))
    assert (count.captured, count.filed, count.quarantined) == (4 - whole, 3, 1 - whole)
    assert count.open == 0
    assert sum(filed.pages for filed in outcome.filed) == 3


def test_the_worker_goes_on_and_leaves_nothing_behind(site: Site) -> None:
    assert (site.after.count.captured, site.after.count.filed) == (4, 4)
    # Only idle children, and the two helper processes of multiprocessing: no poppler, no endless loop.
    others = [command for command in site.running if "multiprocessing" not in command]
    assert others == []
    assert len(site.running) <= 4 + 2
    assert (site.exit_code, site.left) == (0, [])


def test_the_children_stay_within_their_memory(site: Site) -> None:
    assert 0 < site.space <= 900 * MEGABYTE


def test_the_parent_stays_small_and_loads_no_library_that_decodes(site: Site) -> None:
    assert 0 < site.resident <= PARENT_MEGABYTES * MEGABYTE
    for library in ("cv2", "numpy", "PIL", "pikepdf", "tesser", "lept", "zxing", "qpdf"):
        assert library not in site.maps


def test_expected_errors_leave_no_traceback_and_libraries_print_nothing(site: Site) -> None:
    """There is one traceback only: that of the unexpected error."""
    assert "Warning" not in site.said
    assert site.said.count("Traceback") == 1
    assert "UnknownError" in site.said

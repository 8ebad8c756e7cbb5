"""A test's own archive with real workers: processes as `scanflow worker` starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Dictionary, Name, Pdf
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from scanflow.ledger.batches import Intake, get_batch
from scanflow.ledger.lease import Lease
from scanflow.ledger.records import BatchRecord
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services, open_services
from scanflow.pipeline.stages import process_batch
from scanflow.settings import Settings
from tests import commands
from tests.patience import PATIENCE, wait_until
from tests.pipeline import procs
from tests.pipeline.misbehaving import mark
from tests.pipeline.procs import settings_in

ROOT = Path(__file__).parents[2]
NUMBER = "H13.42-260804-0017"
_MARK = "LC_SCANFLOW_LIVE_ARCHIVE"  # of the names that children inherit too

_QUICK = {
    "SCANFLOW_JOBS": "2",
    "SCANFLOW_WORK__HEARTBEAT": "0.3",
    "SCANFLOW_WORK__BACKOFF": "0.1",
    "SCANFLOW_LIMITS__RETRY_SECONDS": "0.05",
    "OMP_THREAD_LIMIT": "1",
}


@dataclass
class LiveArchive:
    """An archive and its processes; `variables` are settings as an operator gives them."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        own = {"SCANFLOW_HOME": str(self.home), _MARK: str(self.home)}
        return {**os.environ, **_QUICK, **self.variables, **own}

    def settings(self) -> Settings:
        """The same that the processes have."""
        return settings_in(self.environment)

    @contextmanager
    def services(self) -> Iterator[Services]:
        with open_services(self.settings()) as services:
            yield services

    def start(
        self,
        *arguments: str | Path,
        program: str | None = None,
        module: str = "scanflow.cli",
        **variables: str,
    ) -> "subprocess.Popen[str]":
        """Start `scanflow`, or a program of Python, in a process group of its own."""
        options: dict[str, Any] = {
            "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True,
            "env": {**self.environment, **variables}, "cwd": ROOT, "start_new_session": True,
        }  # fmt: skip
        if program is None and module == "scanflow.cli":
            return commands.start(*arguments, **options)
        command = ["-c", program] if program else ["-m", module]
        process: subprocess.Popen[str] = subprocess.Popen(
            [sys.executable, *command, *map(str, arguments)], **options
        )
        return process

    @contextmanager
    def worker(self, **variables: str) -> Iterator["subprocess.Popen[str]"]:
        """A worker as long as the context lasts; killed at its end if it still runs."""
        process = self.start("worker", **variables)
        try:
            yield process
        finally:
            kill_group(process)

    def run(self, *arguments: str | Path, **variables: str) -> tuple[int, str]:
        """Run `scanflow` to its end: exit code, and what it said."""
        process = self.start(*arguments, **variables)
        said, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, said

    def processes(self) -> list[int]:
        """The pids of all processes that were started here, or by one that was."""
        return procs.with_variable(_MARK, str(self.home))

    def end(self) -> None:
        """Kill all processes that were started here."""
        for pid in self.processes():
            procs.kill(pid)


def kill_group(process: "subprocess.Popen[str]") -> str:
    """SIGKILL a process and its children; what it had said."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    said, _ = process.communicate(timeout=PATIENCE)
    return said


def page(mark: str, *, lines: int = 1, size: tuple[int, int] = (600, 300)) -> bytes:
    """A page with so many lines on it, each with a mark."""
    image = Image.new("L", size, 255)
    font = ImageFont.load_default(40)
    for line in range(lines):
        ImageDraw.Draw(image).text((120, 100 + 60 * line), f"TRANG {mark} {line:03}", font=font, fill=0)
    file = BytesIO()
    image.save(file, "PNG", dpi=(200, 200))
    return file.getvalue()


MISBEHAVING = "tests.pipeline.misbehaving"
"""The module to start a program by, so that it misbehaves as pages of `marked` say."""


def marked(png: bytes, way: str) -> bytes:
    """The page, marked so that a misbehaving program fails in this way when it reads it; other programs read
    it.
    """
    info, file = PngInfo(), BytesIO()
    keyword, _, text = mark(way).decode().partition("\0")
    info.add_text(keyword, text)
    with Image.open(BytesIO(png)) as image:
        image.save(file, "PNG", pnginfo=info, dpi=image.info.get("dpi"))
    return file.getvalue()


def begun_pages(count: int) -> list[bytes]:
    """So many pages, and three more on which a misbehaving program waits until it is ended."""
    read = [page(f"{no:03}") for no in range(count)]
    return [*read, *(marked(page(f"{no:03}"), "wait") for no in range(count, count + 3))]


def slow_pages(count: int) -> list[bytes]:
    """Pages that take a quarter of a second each, on a machine that has nothing else to do."""
    return [page(f"{no:03}", lines=8, size=(1240, 900)) for no in range(count)]


def endless_pdf() -> bytes:
    """A small file whose drawing takes practically for ever: each form draws the next one a hundred times."""
    with Pdf.new() as pdf:
        form = pdf.make_stream(b"0 0 1 1 re f")
        form.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300]))
        for _ in range(7):
            outer = pdf.make_stream(b"/F Do\n" * 100)
            outer.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300]))
            outer.Resources = Dictionary(XObject=Dictionary(F=form))
            form = outer
        leaf = pdf.add_blank_page(page_size=(300, 300))
        leaf.obj.Resources = Dictionary(XObject=Dictionary(F=form))
        leaf.obj.Contents = pdf.make_stream(b"/F Do")
        file = BytesIO()
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        return file.getvalue()


def take_batch(
    services: Services, pages: Sequence[bytes], *, number: str | None = NUMBER, origin: str = "ingest"
) -> str:
    """Take pages, a file each; the batch's id."""
    folder = services.settings.home / "in" / str(time.monotonic_ns())
    folder.mkdir(parents=True)
    paths = []
    for no, data in enumerate(pages, start=1):
        paths.append(folder / f"scan{no}.png")
        paths[-1].write_bytes(data)
    (batch_id,) = take(services, paths, Path.read_bytes, Intake(origin, clerk_number=number)).batches
    return batch_id


def process(services: Services, batch_id: str) -> Outcome:
    """Work on a batch in this process, under the batch's present lease."""
    return process_batch(services, lease(services, batch_id))


def lease(services: Services, batch_id: str) -> Lease:
    """A batch's lease as it is now."""
    row = batch(services, batch_id)
    return Lease(batch_id, row.state, row.turn)


def batch(services: Services, batch_id: str) -> BatchRecord:
    with services.catalog.reading() as connection:
        return get_batch(connection, batch_id)


def comes_to(services: Services, batch_id: str, state: str, seconds: float = PATIENCE) -> bool:
    """Whether a batch reaches a state in which it stays; to look takes time from those who work on it."""
    return wait_until(lambda: batch(services, batch_id).state == state, seconds, pause=0.1)

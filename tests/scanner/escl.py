"""A driverless network scanner on loopback: an eSCL server that feeds given pages, and fails when told to.

`sane-airscan` talks to it as to any AirScan device, so what comes out of SANE are real documents. Whoever
tests the clerk's station holds it like the thing on the counter: load sheets, open the cover, pull the plug.

    with VirtualScanner() as scanner:
        scanner.load([page1, page2])            # JPEGs; in duplex the second is the first's back
        scanner.fail_after(1, Fault.JAM)        # the next sheet sticks
        ...
        scanner.clear()                         # the clerk takes the sheet out
        scanner.load([page2])
"""

import io
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self
from uuid import uuid4

from PIL import Image

from tests.ports import free_port
from tests.scanner.escl_xml import CAPABILITIES, STATUS

UNITS_PER_INCH = 300  # of eSCL's regions
_LOOK_SECONDS = 0.02
_LONE_SECONDS = 0.7
"""From a stack's only page to its end, at least."""
MODES = {"BlackAndWhite1": "L", "Grayscale8": "L", "RGB24": "RGB"}


class Fault(Enum):
    """What may go wrong, and the state that the scanner then reports."""

    JAM = "ScannerAdfJam"
    COVER = "ScannerAdfDoorOpen"
    HANG = "ScannerAdfProcessing"
    """The scanner takes the request for the next page and never answers."""
    UNPLUG = ""
    """Nothing answers any more, until `plug_in`."""


@dataclass
class _Job:
    resolution: int
    mode: str
    size: tuple[int, int]
    feeder: bool
    duplex: bool
    done: bool = False
    pages: int = 0


@dataclass
class _State:
    sheets: list[bytes] = field(default_factory=list)
    glass: bytes | None = None
    fault: Fault | None = None
    countdown: int | None = None
    when: Callable[[], bool] | None = None
    held_after: int | None = None
    jobs: dict[str, _Job] = field(default_factory=dict)


class VirtualScanner:
    """Serves at `http://127.0.0.1:<port>/eSCL`; the port stays the same when it is unplugged and back.

    `page_seconds` is what a page takes to pass, counted from when the one before was fetched; so long after
    the last page it is known that there is none. sane-airscan drops what it has fetched if the stack ends
    before its first page is asked for, and a busy machine may need a while for that: after a single page the
    end comes later.
    """

    def __init__(self, page_seconds: float = 0.0) -> None:
        self.page_seconds = page_seconds
        self.fetched = 0
        """Pages handed out since the start."""
        self.left_at: list[float] = []
        """When each of them had left the feeder, by time.monotonic."""
        self._state = _State()
        self._lock = threading.RLock()
        self._plug = threading.Lock()
        self._unhang = threading.Event()
        self._server: _Server | None = None
        self._port = free_port()
        self._last = 0.0

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()
        self.unplug()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/eSCL"

    def load(self, pages: Sequence[bytes]) -> None:
        """Put JPEGs into the feeder, behind what lies there."""
        with self._lock:
            self._state.sheets.extend(pages)

    @property
    def is_empty(self) -> bool:
        """Whether the feeder is empty and nobody scans."""
        with self._lock:
            return not self._state.sheets and not self._state.jobs

    def lay_on_glass(self, page: bytes | None) -> None:
        """Put a JPEG onto the flatbed's glass, or take it away."""
        with self._lock:
            self._state.glass = page

    def unload(self) -> list[bytes]:
        """Take out what still lies in the feeder."""
        with self._lock:
            left, self._state.sheets = self._state.sheets, []
            return left

    def fail_after(self, pages: int, fault: Fault, when: Callable[[], bool] | None = None) -> None:
        """Fail when `pages` more have been handed out: at once with 0.

        With `when`, the next page is held back until that is true. sane-airscan drops a page that it has
        fetched if the stack ends before the page is asked for: a test that counts the pages before a jam
        waits until they have arrived.
        """
        with self._lock:
            self._state.countdown = pages
            self._state.fault = fault
            self._state.when = when

    def hold_after(self, pages: int) -> None:
        """Feed no sheet after `pages` more until `go_on`, as if the next one took long."""
        with self._lock:
            self._state.held_after = self.fetched + pages

    def go_on(self) -> None:
        """Feed again."""
        with self._lock:
            self._state.held_after = None

    def clear(self) -> None:
        """End the fault: free the jam, close the cover, answer again."""
        with self._lock:
            self._state.fault = self._state.countdown = self._state.when = self._state.held_after = None
            self._state.jobs.clear()
        self._unhang.set()
        self._unhang = threading.Event()

    def plug_in(self) -> None:
        """Answer, at the same address as before."""
        with self._plug:
            if self._server is None:
                self._server = _Server(("127.0.0.1", self._port), _Handler)
                self._server.scanner = self
                self._port = self._server.server_port
                threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def unplug(self) -> None:
        """Answer no call any more."""
        with self._plug:
            server, self._server = self._server, None
            if server:
                server.shutdown()
                server.server_close()

    # What the handler asks, on threads of the server.

    def status(self) -> tuple[str, str]:
        """The scanner's state and its feeder's, in eSCL's words."""
        with self._lock:
            fault = self._failing()
            if fault:
                return ("Stopped" if fault is not Fault.HANG else "Processing"), fault.value
            feeder = "ScannerAdfLoaded" if self._state.sheets else "ScannerAdfEmpty"
            return "Idle", feeder

    @property
    def dead(self) -> bool:
        """Whether the plug is out; then open connections get no answer either."""
        with self._lock:
            return self._server is None or self._failing() is Fault.UNPLUG

    def start(self, settings: str) -> str | None:
        """Begin a job; None if there can be none now."""
        with self._lock:
            if self._failing() in (Fault.JAM, Fault.COVER):
                return None
            job = _Job(
                resolution=int(_value(settings, "XResolution") or 300),
                mode=_value(settings, "ColorMode") or "RGB24",
                size=(int(_value(settings, "Width") or 2480), int(_value(settings, "Height") or 3508)),
                feeder=_value(settings, "InputSource") == "Feeder",
                duplex=_value(settings, "Duplex") == "true",
            )
            if job.feeder and not self._state.sheets:
                return None
            name = str(uuid4())
            self._state.jobs[name] = job
            return name

    def next_page(self, name: str) -> bytes | int:
        """The job's next page, or the HTTP status that says why there is none; 0 if nobody answers."""
        time.sleep(max(0.0, self._last + self._pause(name) - time.monotonic()))
        while self._is_held() or self._fails_soon():
            time.sleep(_LOOK_SECONDS)
        if self.dead:
            return 0
        with self._lock:
            job = self._state.jobs.get(name)
            if job is None or job.done:
                return 404
            fault = self._failing()
            if fault in (Fault.JAM, Fault.COVER):
                return 503
            wait_for = self._unhang if fault is Fault.HANG else None
        if wait_for:
            wait_for.wait()
            return 404
        with self._lock:
            page = self._take(job)
        if page is None:
            return 404
        return _as_asked(page, job)

    def _pause(self, name: str) -> float:
        """Seconds from the page before to what comes now."""
        with self._lock:
            job = self._state.jobs.get(name)
            ends = job is not None and job.pages == 1 and not self._state.sheets
        return max(self.page_seconds, _LONE_SECONDS) if ends else self.page_seconds

    def handed_out(self) -> None:
        """Note that a page has reached the client; the plug may be pulled now."""
        self._last = time.monotonic()
        with self._lock:
            pull = self._state.countdown == 0 and self._state.fault is Fault.UNPLUG
        if pull:
            threading.Thread(target=self._unplug_in_time, daemon=True).start()

    def end(self, name: str) -> None:
        """Forget a job: the client has cancelled it, or has everything."""
        with self._lock:
            self._state.jobs.pop(name, None)

    def _unplug_in_time(self) -> None:
        while self._fails_soon():
            time.sleep(_LOOK_SECONDS)
        self.unplug()

    def _is_held(self) -> bool:
        with self._lock:
            return self._state.held_after is not None and self.fetched >= self._state.held_after

    def _fails_soon(self) -> bool:
        with self._lock:
            when = self._state.when
            return self._state.countdown == 0 and when is not None and not when()

    def _failing(self) -> Fault | None:
        return self._state.fault if self._state.countdown == 0 and not self._fails_soon() else None

    def _take(self, job: _Job) -> bytes | None:
        """The next side; counted now, before anybody can ask for the one behind it."""
        if not job.feeder:
            job.done = True
            return self._state.glass
        if not self._state.sheets:
            job.done = True
            return None
        job.pages += 1
        self.fetched += 1
        self.left_at.append(time.monotonic())
        if self._state.countdown:
            self._state.countdown -= 1
        return self._state.sheets.pop(0)


def _value(settings: str, element: str) -> str | None:
    found = re.search(rf"<\w+:{element}>\s*([^<]*?)\s*</", settings)
    return found[1] if found else None


def _as_asked(page: bytes, job: _Job) -> bytes:
    """The page in the job's colour and size; the same bytes where nothing has to be changed."""
    image = Image.open(io.BytesIO(page))
    size = tuple(round(side * job.resolution / UNITS_PER_INCH) for side in job.size)
    mode = MODES[job.mode]
    if image.mode == mode and all(abs(a - b) <= 2 for a, b in zip(image.size, size, strict=True)):
        return page
    target = io.BytesIO()
    image.convert(mode).resize((size[0], size[1])).save(
        target, "JPEG", quality=92, dpi=(job.resolution, job.resolution)
    )
    return target.getvalue()


class _Server(ThreadingHTTPServer):
    scanner: VirtualScanner
    daemon_threads = True
    allow_reuse_address = True
    block_on_close = False


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    _JOB: ClassVar[re.Pattern[str]] = re.compile(r"/eSCL/ScanJobs/([\w-]+)(/NextDocument)?$")

    def parse_request(self) -> bool:
        """Answer nothing while the plug is out."""
        if super().parse_request() and not self.server.scanner.dead:
            return True
        self.close_connection = True
        return False

    def do_GET(self) -> None:
        job = self._JOB.match(self.path)
        if self.path == "/eSCL/ScannerCapabilities":
            self._answer(200, CAPABILITIES.encode(), "text/xml")
        elif self.path == "/eSCL/ScannerStatus":
            state, feeder = self.server.scanner.status()
            self._answer(200, STATUS.format(state=state, feeder=feeder).encode(), "text/xml")
        elif job and job[2]:
            page = self.server.scanner.next_page(job[1])
            if page == 0:
                self.close_connection = True
            elif isinstance(page, int):
                self._answer(page)
            else:
                self._answer(200, page, "image/jpeg")
                self.server.scanner.handed_out()
        else:
            self._answer(404)

    def do_POST(self) -> None:
        settings = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        name = self.server.scanner.start(settings) if self.path == "/eSCL/ScanJobs" else None
        if name is None:
            self._answer(503)
            return
        self._answer(201, location=f"{self.server.scanner.url}/ScanJobs/{name}")

    def do_DELETE(self) -> None:
        job = self._JOB.match(self.path)
        if job:
            self.server.scanner.end(job[1])
        self._answer(200 if job else 404)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _answer(
        self, status: int, body: bytes = b"", kind: str = "text/plain", location: str | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        with suppress(ConnectionError):  # the client was killed meanwhile
            self.end_headers()
            self.wfile.write(body)

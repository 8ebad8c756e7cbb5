"""A counter with a scanner whose agent and server are tortured, while a clerk scans one stack after the
other.

The clerk does what people do: looks which sheets have come, puts missing ones into the feeder again, and
files when all are there. Between agent and server is a proxy that sometimes answers HTML itself.
"""

import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from PIL import Image
from sqlalchemy import select

from scanflow.archive.database.tables import files
from scanflow.archive.database.tables import orders as orders_table
from scanflow.archive.people.counter_accounts import make_counter
from scanflow.capture.scanner.spool import Spool
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view import view
from scanflow.errors import DeskError, NotFoundError, ScannerError, StoreError
from scanflow.settings import Settings
from tests.agent.impostor import Impostor, Reply, impostor_before
from tests.ports import free_port
from tests.scanner.escl import VirtualScanner
from tests.scanner.sane import SaneConfiguration
from tests.torture.sources import Delivery, digest
from tests.web.serving import opened_desk

CLERK = "an"
COUNTER = "Quầy 1"
_ENDED = ("done", "failed", "stopped")
_PAGE_SECONDS = 0.3
_LOOK_SECONDS = 0.2
_HTML = Reply(200, b"<html><title>maintenance</title><p>Back soon.</p></html>", {"Content-Type": "text/html"})
_PROFILES = """
[scanner.profiles.papers]
resolution = 150
"""


@dataclass
class Scanning:
    """The clerk, the scanner and the server. `waiting` are stacks that are not submitted yet."""

    desk: Desk
    virtual: VirtualScanner
    device: str
    pc: Path
    proxy: Impostor
    waiting: deque[Delivery] = field(default_factory=deque)
    ended: threading.Event = field(default_factory=threading.Event)
    problems: list[str] = field(default_factory=list)
    html_until: float | None = None

    def answer_html(self, seconds: float) -> bool:
        """From now on the proxy answers a page of HTML instead of the server; whether it did not already."""
        if self.html_until is not None:
            return False
        self.html_until = time.monotonic() + seconds
        self.proxy.forger = lambda _call: _HTML
        return True

    def tick(self) -> None:
        """Let the proxy pass calls on again when the time of its HTML is over."""
        if self.html_until is not None and time.monotonic() >= self.html_until:
            self.proxy.forger = None
            self.html_until = None

    def work(self) -> None:
        """File what waits, until `ended`."""
        while not self.ended.wait(_LOOK_SECONDS):
            if self.waiting:
                try:
                    self._file(self.waiting[0])
                    self.waiting.popleft()
                except Exception:  # the clerk is a thread: what ends it must be seen
                    self.problems.append(f"the clerk could not go on: {traceback.format_exc()}")
                    return

    def _file(self, delivery: Delivery) -> None:
        batch_id = stacks.open_stack(
            self.desk, clerk=CLERK, counter=COUNTER, number=delivery.number, procedure=None
        )
        sheets = {source.pages[0]: source.data for source in delivery.sources}
        while missing := set(sheets) - self._arrived(batch_id):
            self._scan(batch_id, [data for mark, data in sheets.items() if mark in missing])
        while not self._handed_in(batch_id):
            if self.ended.wait(_LOOK_SECONDS):
                return

    def _arrived(self, batch_id: str) -> set[str]:
        """The marks of the sheets that are in the stack, from the bytes in the store."""
        query = select(files.c.object_key).where(
            files.c.batch_id == batch_id, files.c.state.in_(("taken", "unpacked"))
        )
        with self.desk.services.catalog.reading() as connection:
            keys = connection.scalars(query).all()
        found = set()
        for key in keys:
            with Image.open(BytesIO(self.desk.services.store.get(key))) as image:
                found.add(digest(image))
        return found

    def _scan(self, batch_id: str, sheets: list[bytes]) -> None:
        """One scan to its end: the order has ended, and the PC's spool is empty."""
        self.virtual.clear()
        self.virtual.unload()
        self.virtual.load(sheets)
        order_id: int | None = None
        while order_id is None and not self.ended.wait(_LOOK_SECONDS):
            try:
                order_id = orders.scan(self.desk, batch_id, CLERK, device=self.device, profile="papers")
            except ScannerError:  # the agent has still to say what it found, or is at work
                continue
        while not self._is_over(order_id) and not self.ended.wait(_LOOK_SECONDS):
            pass

    def _is_over(self, order_id: int | None) -> bool:
        query = select(orders_table.c.state).where(orders_table.c.id == order_id)
        with self.desk.services.catalog.reading() as connection:
            state = connection.scalar(query)
        return state in _ENDED and not Spool(self.pc / "station").stacks()

    def _handed_in(self, batch_id: str) -> bool:
        try:
            seen = view(self.desk, batch_id, CLERK)
            if seen.can_file:
                stacks.submit(self.desk, batch_id, CLERK, seen.revision)
                return True
        except StoreError:  # submitted; the worker that has it writes its manifest
            return True
        except (DeskError, NotFoundError):
            pass
        return False


@contextmanager
def scanning(folder: Path, settings: Settings) -> Iterator[tuple[Scanning, Mapping[str, str], int]]:
    """A counter, its agent's variables, and the port at which its server is to be started."""
    port = free_port()
    pc = folder / "pc"
    pc.mkdir(parents=True)
    (pc / "scanflow.toml").write_text(_PROFILES, encoding="utf-8")
    sane = SaneConfiguration(folder / "sane.d")
    with ExitStack() as opened:
        virtual = opened.enter_context(VirtualScanner(_PAGE_SECONDS))
        device = sane.add_escl(COUNTER, virtual.url)
        desk = opened.enter_context(opened_desk(settings))
        token = make_counter(desk.services.catalog, COUNTER)
        proxy = opened.enter_context(impostor_before(f"http://127.0.0.1:{port}"))
        made = Scanning(desk, virtual, device, pc, proxy)
        variables = {
            "SCANFLOW_HOME": str(pc),
            "SCANFLOW_STATION__SERVER": proxy.address,
            "SCANFLOW_STATION__TOKEN": token,
            "SCANFLOW_STATION__POLL_SECONDS": "2",
            "SCANFLOW_SCANNER__GRACE": "0.5",
            "SCANFLOW_SCANNER__PAGE_SECONDS": "20",
            "SANE_CONFIG_DIR": str(sane.folder),
        }
        clerk = threading.Thread(target=made.work, name="clerk")
        clerk.start()
        try:
            yield made, variables, port
        finally:
            made.ended.set()
            clerk.join()

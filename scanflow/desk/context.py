"""What the desk's functions work with, beside the services of the pipeline."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from scanflow.classify.stack_memory import StackMemory
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.presence import Presence
from scanflow.ledger.readings import decode
from scanflow.model import PageReading
from scanflow.pipeline.queue.worker import embedded_worker
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services


@dataclass(frozen=True, slots=True)
class Desk:
    """`submit` puts a batch into the queue. `quick` is a child process of its own for what a clerk waits for,
    so that pictures don't wait for pages that are being read. `events` reports changed stacks. `presence`
    knows which counters' agents are connected. `memory` keeps what was found out about stacks' pages.
    """

    services: Services
    submit: Callable[[str], None]
    quick: ChildProcesses
    events: ChangeEvents
    presence: Presence = field(default_factory=Presence)
    memory: StackMemory = field(default_factory=StackMemory)

    def reading(self, data: bytes) -> PageReading:
        """A reading as it is kept in the ledger (`scanflow.ledger.readings`), the same object each time."""
        content = hashlib.blake2b(data, digest_size=16).digest()
        return self.memory.recall("reading", (), lambda: decode(data), content)


@contextmanager
def open_desk(services: Services) -> Iterator[Desk]:
    """Open the desk: read pages that arrive and process submitted batches, until the end of the context."""
    from scanflow.desk.arrivals import reading  # noqa: PLC0415  it works with a desk
    from scanflow.desk.stack_manifests import writing_manifests  # noqa: PLC0415  as above

    with ExitStack() as opened:
        submitter = opened.enter_context(embedded_worker(services))
        quick = opened.enter_context(ChildProcesses(services.settings.model_copy(update={"jobs": 1})))
        quick.start()  # so that the first picture takes no longer than the others
        desk = Desk(services, submitter.submit, quick, ChangeEvents())
        opened.enter_context(reading(desk))
        opened.enter_context(writing_manifests(desk))
        yield desk

"""What the desk's functions work with, beside the services of the pipeline."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from scanflow.classify.stack_memory import StackMemory
from scanflow.desk.arriving.presence import Presence
from scanflow.desk.change_events import ChangeEvents
from scanflow.ledger.readings import decode
from scanflow.model import PageReading
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

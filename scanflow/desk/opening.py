"""Opens the desk, with a worker for batches, a reader of arriving pages and a writer of manifests."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from scanflow.desk.arriving.arrivals import reading
from scanflow.desk.change_events import ChangeEvents
from scanflow.desk.context import Desk
from scanflow.desk.stack_manifests import writing_manifests
from scanflow.pipeline.queue.worker import embedded_worker
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services


@contextmanager
def open_desk(services: Services) -> Iterator[Desk]:
    """Open the desk: read pages that arrive and process submitted batches, until the end of the context."""
    with ExitStack() as opened:
        submitter = opened.enter_context(embedded_worker(services))
        quick = opened.enter_context(ChildProcesses(services.settings.model_copy(update={"jobs": 1})))
        quick.start()  # so that the first picture takes no longer than the others
        desk = Desk(services, submitter.submit, quick, ChangeEvents())
        opened.enter_context(reading(desk))
        opened.enter_context(writing_manifests(desk))
        yield desk

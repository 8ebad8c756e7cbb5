"""Taking a complete stack of scans from the spool, as files from anywhere else are taken."""

from scanflow.archive.people.agencies import known_agency
from scanflow.capture.scanner.spool import OpenStack
from scanflow.ledger.batches import Intake
from scanflow.pipeline.intake.take import Taken, take
from scanflow.pipeline.named_files import load_file
from scanflow.pipeline.services import Services

ORIGIN = "station"


def take_stack(services: Services, held: OpenStack) -> Taken:
    """Take a stack as one batch of the counter's priority, and release it from the spool.

    After a kill in between, taking it again gives the same batch. A stack with a page that is too large to be
    kept stays in the spool. Raises NotFoundError where [scanner] agency isn't there.
    """
    stack = held.now
    record = stack.record
    agency = known_agency(services.catalog, services.settings.scanner.agency)
    intake = Intake(ORIGIN, record.operator, record.number, record.procedure, agency)
    taken = take(services, stack.pages, lambda path: load_file(path, services.settings.limits), intake)
    if not taken.refused:
        held.release()
    return taken

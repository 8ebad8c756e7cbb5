"""Writes the manifests of stacks at the desk into the bucket, a few seconds after a change.

A rebuilt catalog has them as they were then: whose they are, at which counter, what was decided. What came
later lies in `intake/`, and waits for a person there.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from scanflow.archive.manifest import write_batch_manifest
from scanflow.desk.context import Desk
from scanflow.ledger.stacks import revisions_at_desk
from scanflow.pipeline.periodic import Periodic

_MOST_LOOKS = 6
"""A stack that changes all the time is written once in so many checks."""


@contextmanager
def safekeeping(desk: Desk) -> Iterator[None]:
    """Write manifests of stacks that have changed, during the context, and at its end."""
    with Keeper(desk).looks.every(desk.services.settings.work.heartbeat):
        yield


class Keeper:
    """Remembers which revision of which stack stands in the bucket."""

    def __init__(self, desk: Desk) -> None:
        self.looks = Periodic("desk manifests", self._look, "stacks not noted")
        self._desk = desk
        self._written: dict[str, int] = {}
        self._waiting: dict[str, tuple[int, int]] = {}

    @property
    def away(self) -> bool:
        """Whether the last look failed."""
        return self.looks.away

    def look(self) -> None:
        """Write the manifests of stacks that have stood still since the last look."""
        self.looks.carry_out()

    def _look(self, all_of_them: bool) -> None:
        services = self._desk.services
        with services.catalog.reading() as connection:
            found = revisions_at_desk(connection)
        changed = {
            batch: revision for batch, revision in found.items() if self._written.get(batch) != revision
        }
        waiting, self._waiting = self._waiting, {}
        for batch_id, revision in changed.items():
            before, looks = waiting.get(batch_id, (-1, 0))
            if all_of_them or before == revision or looks >= _MOST_LOOKS:
                write_batch_manifest(services.store, services.catalog, batch_id)
                self._written[batch_id] = revision
            else:
                self._waiting[batch_id] = (revision, looks + 1)
        self._written = {batch: revision for batch, revision in self._written.items() if batch in found}

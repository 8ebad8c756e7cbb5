"""Writes the manifests of stacks at the desk into the bucket, a few seconds after a change.

A rebuilt catalog gets the stacks as they were then: their clerks, counters and decisions. Files that came
later are in `intake/`, and wait for a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from scanflow.archive.manifest import write_batch_manifest
from scanflow.desk.context import Desk
from scanflow.ledger.desk_work.stacks import revisions_at_desk
from scanflow.pipeline.periodic import Periodic

_MOST_CHECKS = 6
"""A stack that changes between all checks is written at every sixth check."""


@contextmanager
def writing_manifests(desk: Desk) -> Iterator[None]:
    """Write manifests of stacks that have changed, during the context, and at its end."""
    with ManifestWriter(desk).checks.every(desk.services.settings.work.heartbeat):
        yield


class ManifestWriter:
    """Writes manifests of changed stacks, and remembers which revision of each stack is in the bucket."""

    def __init__(self, desk: Desk) -> None:
        self.checks = Periodic("desk manifests", self._check, "manifests of stacks not written")
        self._desk = desk
        self._written: dict[str, int] = {}
        self._waiting: dict[str, tuple[int, int]] = {}

    @property
    def failing(self) -> bool:
        """Whether the last check failed."""
        return self.checks.failing

    def check(self) -> None:
        """Write the manifests of stacks that have not changed since the last check."""
        self.checks.carry_out()

    def _check(self, all_of_them: bool) -> None:
        services = self._desk.services
        with services.catalog.reading() as connection:
            found = revisions_at_desk(connection)
        changed = {
            batch: revision for batch, revision in found.items() if self._written.get(batch) != revision
        }
        waiting, self._waiting = self._waiting, {}
        for batch_id, revision in changed.items():
            before, checks = waiting.get(batch_id, (-1, 0))
            if all_of_them or before == revision or checks >= _MOST_CHECKS:
                write_batch_manifest(services.store, services.catalog, batch_id)
                self._written[batch_id] = revision
            else:
                self._waiting[batch_id] = (revision, checks + 1)
        self._written = {batch: revision for batch, revision in self._written.items() if batch in found}

"""Taking files (tiếp nhận): their bytes are stored, read back, and noted in the ledger.

The order of steps is what makes it safe to be killed anywhere and to be run again; see
docs/decisions/0003-taking-a-file-twice.md.
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from scanflow.archive.logbook import LogEntry, batch_subject
from scanflow.archive.manifest import write_batch_manifest
from scanflow.clock import now
from scanflow.errors import (
    InputError,
    NotStillError,
    OversizedInputError,
    OvertakenError,
    UnsupportedInputError,
)
from scanflow.ledger.batches import Intake, batch_taken, get_batch
from scanflow.ledger.files import (
    ExpectedFile,
    batch_files,
    expect_files,
    file_withdrawn,
    known_batches,
    quarantine_file,
    source_id,
)
from scanflow.ledger.lease import Held, Lease, holding
from scanflow.ledger.records import FileRecord
from scanflow.model import BatchState, FileState
from scanflow.names import printable_name
from scanflow.pipeline.intake.known_files import (
    drop_recovered,
    forget_lost_sources,
    lost_files,
    store_again,
)
from scanflow.pipeline.intake.storing import store_expected
from scanflow.pipeline.services import Services

ReadSource = Callable[[Path], bytes]
"""Reads a source whole. Raises OversizedInputError for one that is too large to be read,
UnsupportedInputError for what is no regular file.
"""


_UNREADABLE = frozenset((errno.EACCES, errno.EPERM, errno.ELOOP, errno.EISDIR, errno.ENAMETOOLONG))
"""Errors of the file itself, which last; a share that can't be reached gives other errors."""

_TAKEN_BY_ANOTHER = "another process is taking the same files; they are looked at again"


@dataclass(frozen=True, slots=True)
class Taken:
    """The batches that the files belong to (a file seen before stays with its old one), and which of the
    files may now be released. `refused` can't be kept: too large, no regular files, or not to be read. The
    ledger has them in quarantine, with the reason.
    """

    batches: tuple[str, ...]
    released: tuple[Path, ...]
    refused: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class _Seen:
    """A source as the first look found it."""

    path: Path
    expected: ExpectedFile
    error: InputError | None = None


def take(services: Services, paths: Sequence[Path], read: ReadSource, intake: Intake) -> Taken:
    """Take files that belong together. When this returns, their bytes are stored, read back and noted."""
    seen = [_look(path, read) for path in paths]
    by_id = {source.expected.source_id: source for source in seen}
    forget_lost_sources(services, by_id)
    batch_ids = _batches_of(services, [source.expected for source in seen], intake)
    for batch_id in batch_ids:
        _store_batch(services, batch_id, by_id, read)
    services.store.require_bound()  # else what was stored went into another place than this archive
    drop_recovered(services, batch_ids)
    return Taken(
        batches=batch_ids,
        released=tuple(source.path for source in seen if source.error is None),
        refused=tuple(source.path for source in seen if source.error is not None),
    )


def _batches_of(services: Services, sources: Sequence[ExpectedFile], intake: Intake) -> tuple[str, ...]:
    """The batches that the sources have, and a new one for those that have none."""
    with services.catalog.transaction() as connection:
        known = known_batches(connection, [source.source_id for source in sources])
        new = [source for source in sources if source.source_id not in known]
        if new:
            fresh = expect_files(connection, intake, new)
            known |= {source.source_id: fresh for source in new}
    return tuple(dict.fromkeys(known[source.source_id] for source in sources))


def _look(path: Path, read: ReadSource) -> _Seen:
    state = path.stat()
    digest, error = "", None
    try:
        digest = sha256(read(path)).hexdigest()
    except (OversizedInputError, UnsupportedInputError) as refused:
        error = refused
    except OSError as failed:
        if failed.errno not in _UNREADABLE:
            raise
        error = UnsupportedInputError(
            f"{printable_name(path.name)}: can't be read ({failed.strerror})",
            "Không có quyền đọc tệp này. Hãy báo cho người quản trị hệ thống.",
        )
    identity = source_id(str(path.absolute()), state.st_mtime_ns, state.st_size, digest)
    return _Seen(path, ExpectedFile(identity, printable_name(path.name), digest, state.st_size), error)


def _store_batch(services: Services, batch_id: str, by_id: dict[str, _Seen], read: ReadSource) -> None:
    """Store what the batch still expects; then the batch is taken.

    Without the files that changed or went away meanwhile: those are no longer what the ledger expects, and
    come again as what they are now. Raises NotStillError if there were any.
    """
    with services.catalog.reading() as connection:
        lease = Lease(batch_id, BatchState.TAKING, get_batch(connection, batch_id).turn)
        files = batch_files(connection, batch_id)
    seen = {file.id: by_id[file.source_id] for file in files if file.source_id in by_id}
    known = [file for file in files if file.id in seen]
    for key, file in lost_files(services, known).items():
        # The store lost what it had confirmed: here it is again.
        data = _read_still(seen[file.id].path, read)
        if data is not None and sha256(data).hexdigest() == file.sha256:
            store_again(services, key, data)
    still = [
        _store_file(services, lease, file, seen[file.id], read)
        for file in known
        if file.state is FileState.EXPECTED
    ]
    if _end_taking(services, lease):
        write_batch_manifest(services.store, services.catalog, batch_id)
    if not all(still):
        raise NotStillError(
            f"{still.count(False)} of {len(still)} files changed or went away while they were being taken; "
            "what is there stays where it is, try again",
            "Có tệp bị thay đổi trong lúc tiếp nhận. Tệp vẫn còn nguyên, hãy thử lại.",
        )


def _end_taking(services: Services, lease: Lease) -> bool:
    """The batch is taken, without what it still expects; whether it was this call that said so."""
    try:
        with holding(services.catalog, lease) as held:
            batch_taken(held)
            entry = LogEntry(
                now(), held.row.operator or held.row.origin, "taken", batch_subject(lease.batch_id)
            )
            services.catalog.append_log(entry, connection=held.connection)
    except OvertakenError:
        return False
    return True


@contextmanager
def _taking(services: Services, lease: Lease) -> Iterator[Held]:
    """A transaction in which the batch's files are taken.

    Raises NotStillError if it is not being taken any more: another process took it, or gave up waiting for
    us; the files are looked at again.
    """
    try:
        with holding(services.catalog, lease) as held:
            yield held
    except OvertakenError:
        raise NotStillError(_TAKEN_BY_ANOTHER) from None


def _store_file(services: Services, lease: Lease, file: FileRecord, source: _Seen, read: ReadSource) -> bool:
    """Store a source; whether it was still what the first look found."""
    if source.error is not None:
        with _taking(services, lease) as held:
            quarantine_file(held, file.id, source.error)
        return True
    data = _read_still(source.path, read)
    if data is None or sha256(data).hexdigest() != file.sha256:
        with _taking(services, lease) as held:
            file_withdrawn(held, file.id)
        return False
    store_expected(services, file, data, _taking(services, lease))
    return True


def _read_still(path: Path, read: ReadSource) -> bytes | None:
    """A source's bytes; None if it is going on to change, or is gone or another one."""
    try:
        return read(path)
    except (FileNotFoundError, NotStillError, OversizedInputError, UnsupportedInputError):
        return None

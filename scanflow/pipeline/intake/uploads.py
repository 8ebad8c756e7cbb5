"""Files that come over the network in pieces, and continue where they stopped when a connection broke.

Each upload has a folder `HOME/uploads/<id>`: `upload.json` says whose it is and how many bytes of it are
synced to disk, `data/<name>` holds them. A complete file is taken like any other file
(`scanflow.pipeline.intake.take`): after a kill at any moment, the same file makes the same batch. While the
store can't be reached it waits here, and `take_received` takes it later. Several that belong together are
held until they are taken as one batch.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from scanflow.clock import now
from scanflow.disk import sync_folder, write_synced
from scanflow.errors import (
    ChecksumError,
    NotFoundError,
    OversizedInputError,
    ScanflowError,
    UploadBusyError,
    UploadsFullError,
    UsageError,
)
from scanflow.file_locks import try_lock
from scanflow.ledger.batches import Intake
from scanflow.logs import get_logger
from scanflow.names import fitting_name, printable_name
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.named_files import load_file
from scanflow.pipeline.services import Services, known_procedure
from scanflow.settings import Settings
from scanflow.text.dossier_numbers import normalise_dossier_number
from scanflow.text.normalization import nfc

log = get_logger(__name__)

ORIGIN = "upload"
MOST_TOGETHER = 200
"""Files that are taken as one batch."""

_ID = re.compile(r"[0-9a-f]{32}")
_KEPT_EVERY = 16 * 2**20
"""Received bytes are synced after so many, so that a kill loses no more than these."""
_SPARE = 2**30
"""Bytes that stay free on the disk."""
_LONGEST_NAME = 150

Submit = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Uploader:
    """Who sends: a user's name or a token's actor, and the agency whose papers they are."""

    name: str
    agency: str


@dataclass(frozen=True, slots=True)
class Announced:
    """What a sender states about a file before its bytes come.

    `number` and `procedure` as typed; without a number it is found on the papers, or a person gives it.
    `sha256` of the whole file, where the sender knows it. `held`: it is taken with others by `take_together`.
    """

    name: str
    length: int
    number: str = ""
    procedure: str = ""
    sha256: str = ""
    held: bool = False


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that is being uploaded; `offset` bytes of `length` are safe. `batch` is its batch,
    once taken.
    """

    id: str
    owner: str
    agency: str
    name: str
    length: int
    number: str | None
    procedure: str | None
    sha256: str
    held: bool
    created_at: datetime
    offset: int = 0
    batch: str | None = None

    @property
    def is_complete(self) -> bool:
        return self.offset == self.length


def begin(services: Services, sender: Uploader, announced: Announced) -> Upload:
    """Note a file that is to come.

    Raises UsageError for a wrong number, procedure or checksum, OversizedInputError for more than a file may
    have, UploadsFullError where too much is on its way already.
    """
    settings = services.settings
    if announced.length > settings.limits.file_bytes:
        raise OversizedInputError(
            f"the file has {announced.length} bytes, {settings.limits.file_bytes} are allowed"
        )
    number = procedure = None
    if announced.number:
        number = normalise_dossier_number(announced.number, settings.codes.dossier_grammars)
    if announced.procedure:
        procedure = known_procedure(services, announced.procedure)
    if announced.sha256 and not re.fullmatch(r"[0-9a-f]{64}", announced.sha256):
        raise UsageError("a file's sha256 has 64 hexadecimal digits in small letters")
    forget_old(settings)
    _require_room(settings, sender, announced.length)
    upload = Upload(
        token_hex(16), sender.name, sender.agency, _file_name(announced.name), announced.length, number,
        procedure, announced.sha256, announced.held, now(),
    )  # fmt: skip
    folder = _folder(settings, upload.id)
    (folder / "data").mkdir(parents=True)
    _data(settings, upload).touch()
    _write(settings, upload)
    sync_folder(folder.parent)
    return upload


def find(settings: Settings, sender: Uploader, upload_id: str) -> Upload:
    """A sender's own upload. Raises NotFoundError, also for somebody else's."""
    found = _read(settings, upload_id) if _ID.fullmatch(upload_id) else None
    if found is None or (found.owner, found.agency) != (sender.name, sender.agency):
        raise unknown_upload()
    return found


def own_uploads(settings: Settings, sender: Uploader) -> list[Upload]:
    """A sender's uploads that are not forgotten yet, the newest first."""
    own = [each for each in _all(settings) if (each.owner, each.agency) == (sender.name, sender.agency)]
    return sorted(own, key=lambda each: (each.created_at, each.id), reverse=True)


def uploads_on_their_way(settings: Settings) -> int:
    """How many files of all senders are being uploaded to this server or wait to be taken."""
    return sum(each.batch is None for each in _all(settings))


class Appending:
    """Bytes that are being appended to a file. Nothing is safe before `keep`."""

    def __init__(self, settings: Settings, upload: Upload, file: BinaryIO) -> None:
        self.upload = upload
        self._settings = settings
        self._file = file
        self._begun = upload.offset
        self._unkept = 0
        file.truncate(upload.offset)
        file.seek(upload.offset)

    @property
    def room(self) -> int:
        """Bytes that may still come."""
        return self.upload.length - self._file.tell()

    def write(self, data: bytes, *, keep: bool = True) -> None:
        """Append bytes; `keep`: sync them now and then. Raises OversizedInputError."""
        if len(data) > self.room:
            raise OversizedInputError("more bytes came than were announced")
        self._file.write(data)
        self._unkept += len(data)
        if keep and self._unkept >= _KEPT_EVERY:
            self.keep()

    def keep(self) -> Upload:
        """Bring what came to the disk, and note it."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._unkept = 0
        self._note(self._file.tell())
        return self.upload

    def discard(self) -> None:
        """Forget what came since this began."""
        self._file.truncate(self._begun)
        self._file.seek(self._begun)
        self._note(self._begun)

    def _note(self, offset: int) -> None:
        if offset != self.upload.offset:
            self.upload = replace(self.upload, offset=offset)
            _write(self._settings, self.upload)


@contextmanager
def appending(settings: Settings, upload: Upload) -> Iterator[Appending]:
    """Append to a file; nobody else may meanwhile. Raises UploadBusyError."""
    with _locked(settings, upload) as newest, _data(settings, newest).open("r+b") as file:
        yield Appending(settings, newest, file)


def content(settings: Settings, upload: Upload) -> bytes:
    """The bytes of a complete file that is held. Raises UsageError, ChecksumError."""
    if not upload.is_complete or upload.batch or not upload.held:
        raise UsageError("only a complete file that is held can be read")
    _require_checksum(settings, upload)
    return _data(settings, upload).read_bytes()


def take_if_complete(services: Services, submit: Submit, upload: Upload) -> Upload:
    """Take a complete file, unless it is held. If that isn't possible now, it waits.

    Raises ChecksumError for a file that differs from the announced checksum; the upload is deleted.
    """
    if not upload.is_complete or upload.batch or upload.held:
        return upload
    try:
        return take_together(services, submit, [upload])[0]
    except ChecksumError:
        raise
    except ScanflowError as error:
        log.warning("upload-waits", reason=error.code)
        return upload


def take_together(services: Services, submit: Submit, uploads: Sequence[Upload]) -> list[Upload]:
    """Take complete files as one batch, in this order; the first one's number and procedure count.

    A second call changes nothing. Raises UsageError for no, too many, or incomplete uploads, ChecksumError,
    UploadBusyError, StoreUnavailableError, CatalogUnavailableError.
    """
    if not 1 <= len(uploads) <= MOST_TOGETHER or len({each.id for each in uploads}) < len(uploads):
        raise UsageError(f"a batch has 1 to {MOST_TOGETHER} different uploads")
    if any(not each.is_complete for each in uploads):
        raise UsageError(
            "not all of these uploads are complete", "Chưa tải lên xong mọi tệp. Hãy chờ rồi thử lại."
        )
    in_order = sorted(uploads, key=lambda each: each.id)
    with ExitStack() as locks:
        # Always in the same order; who comes second is told that the first is at it.
        newest = {each.id: locks.enter_context(_locked(services.settings, each)) for each in in_order}
        return _take_locked(services, submit, [newest[each.id] for each in uploads])


def _take_locked(services: Services, submit: Submit, uploads: list[Upload]) -> list[Upload]:
    settings, first = services.settings, uploads[0]
    batches = {each.batch for each in uploads}
    if batches != {None}:
        if len(batches) == 1:
            return uploads
        raise UsageError("some of these uploads were taken already", "Có tệp đã được tiếp nhận trước đó.")
    for each in uploads:
        _require_checksum(settings, each)
    intake = Intake(ORIGIN, first.owner, first.number, first.procedure, first.agency)
    paths = [_data(settings, each) for each in uploads]
    taken = take(services, paths, lambda path: load_file(path, settings.limits), intake)
    done = [replace(each, batch=taken.batches[0]) for each in uploads]
    for each in done:
        _write(settings, each)
    for path in paths:
        path.unlink(missing_ok=True)
    for batch in taken.batches:
        with suppress(ScanflowError):  # a worker's sweep enqueues what could not be
            submit(batch)
    return done


def take_received(services: Services, submit: Submit) -> None:
    """Take complete files that could not be taken before; delete old uploads."""
    forget_old(services.settings)
    for upload in _all(services.settings):
        with suppress(ScanflowError):
            take_if_complete(services, submit, upload)


def forget(settings: Settings, upload: Upload) -> None:
    """Delete an upload and its bytes; a batch that was made from it stays. Raises UploadBusyError."""
    with _locked(settings, upload):
        shutil.rmtree(_folder(settings, upload.id), ignore_errors=True)


def forget_old(settings: Settings) -> None:
    """Delete uploads that have not changed for the time in the settings, except those that wait
    to be taken.
    """
    for upload in _all(settings):
        waits = upload.is_complete and not upload.held and upload.batch is None
        if not waits and now() > expires_at(settings, upload):
            with suppress(UploadBusyError):
                forget(settings, upload)


def expires_at(settings: Settings, upload: Upload) -> datetime:
    """When an upload is deleted if no more bytes come."""
    path = _folder(settings, upload.id) / "upload.json"
    try:
        changed = datetime.fromtimestamp(path.stat().st_mtime, now().tzinfo)
    except FileNotFoundError:
        changed = upload.created_at
    return changed + timedelta(hours=settings.uploads.hours)


def unknown_upload() -> NotFoundError:
    return NotFoundError("no such upload, or it was forgotten", "Không có tệp tải lên này, hoặc đã quá hạn.")


def _require_room(settings: Settings, sender: Uploader, length: int) -> None:
    coming = [each for each in _all(settings) if each.batch is None]
    own = sum((each.owner, each.agency) == (sender.name, sender.agency) for each in coming)
    free = shutil.disk_usage(settings.home).free - sum(each.length - each.offset for each in coming)
    announced = sum(each.length for each in coming) + length
    if own >= settings.uploads.files or announced > settings.uploads.bytes or free - length < _SPARE:
        raise UploadsFullError("too much is being uploaded at once: try again later")


def _require_checksum(settings: Settings, upload: Upload) -> None:
    if not upload.sha256:
        return
    with _data(settings, upload).open("rb") as file:
        digest = sha256()
        while part := file.read(2**20):
            digest.update(part)
    if digest.hexdigest() != upload.sha256:
        shutil.rmtree(_folder(settings, upload.id), ignore_errors=True)
        raise ChecksumError(
            "the file's bytes are not those that were announced: send it again",
            "Tệp nhận được không khớp với tệp gốc. Hãy gửi lại.",
        )


def _file_name(name: str) -> str:
    """A name that is safe in a folder, whatever was sent."""
    last = re.split(r"[/\\]", nfc(name))[-1].lstrip(".")
    return fitting_name(printable_name(last).replace("\\", "_") or "file", "", _LONGEST_NAME)


def _root(settings: Settings) -> Path:
    return settings.home / "uploads"


def _folder(settings: Settings, upload_id: str) -> Path:
    return _root(settings) / upload_id


def _data(settings: Settings, upload: Upload) -> Path:
    return _folder(settings, upload.id) / "data" / upload.name


@contextmanager
def _locked(settings: Settings, upload: Upload) -> Iterator[Upload]:
    """Keep others from changing an upload; gives it as it is now. Raises UploadBusyError, NotFoundError."""
    folder = _folder(settings, upload.id)
    try:
        lock = (folder / "lock").open("a")
    except FileNotFoundError:
        raise unknown_upload() from None
    with lock:
        if not try_lock(lock):
            raise UploadBusyError("another request sends this file now")
        newest = _read(settings, upload.id)
        if newest is None:
            raise unknown_upload()
        yield newest


def _write(settings: Settings, upload: Upload) -> None:
    folder = _folder(settings, upload.id)
    text = json.dumps(asdict(upload) | {"created_at": upload.created_at.isoformat()})
    write_synced(folder / "upload.json.new", text.encode())
    (folder / "upload.json.new").replace(folder / "upload.json")
    sync_folder(folder)


def _read(settings: Settings, upload_id: str) -> Upload | None:
    try:
        values = json.loads((_folder(settings, upload_id) / "upload.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return Upload(**values | {"created_at": datetime.fromisoformat(values["created_at"])})


def _all(settings: Settings) -> list[Upload]:
    root = _root(settings)
    names = sorted(each.name for each in root.iterdir()) if root.is_dir() else []
    return [found for name in names if _ID.fullmatch(name) and (found := _read(settings, name))]

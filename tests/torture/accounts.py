"""Where every page is afterwards, found in the store's bytes without the pipeline's own code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import cast

import pikepdf
from dbos import DBOS, DBOSClient
from PIL import Image
from sqlalchemy import func, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import batches, files, pages, readings, workers
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.ledger.batches import batch_ids, count_of
from scanflow.pipeline.batch_outcome import outcome_of
from scanflow.pipeline.queue.jobs import _url
from scanflow.settings import CatalogSettings, Settings
from tests.torture.sources import Delivery, Source, digest


@dataclass
class Account:
    """What was found; `problems` is empty when nothing is wrong."""

    captured: int = 0
    filed: int = 0
    set_aside: int = 0
    quarantined_files: int = 0
    waiting: int = 0
    lost: int = 0
    doubled: int = 0
    leftovers: int = 0
    batches: int = 0
    problems: list[str] = field(default_factory=list)


def examine(settings: Settings, deliveries: Sequence[Delivery], rebuilt: Settings) -> Account:
    """Account for every page that was delivered. `rebuilt`: settings with an empty catalog, same store."""
    account = Account()
    store = open_store(settings)
    with open_catalog(settings) as catalog:
        _find_pages(account, store, catalog, deliveries)
        _look_at_ledger(account, catalog, deliveries)
        report = verify(store, catalog)
        account.leftovers = len(report.unknown + report.unfinished)
        account.problems += [
            f"verify: {name} {getattr(report, name)}"
            for name in ("missing", "damaged", "outdated")
            if getattr(report, name)
        ]
        with open_catalog(rebuilt) as other:
            _compare_rebuilt(
                account, store, catalog, other, {each.key for each in report.unknown + report.unfinished}
            )
    account.problems += [f"job not done: {job}" for job in jobs_left(settings)]
    return account


def _find_pages(
    account: Account, store: ObjectStore, catalog: Catalog, deliveries: Iterable[Delivery]
) -> None:
    """Each source's pages, and each broken file, are in the archive exactly once."""
    sources = [source for delivery in deliveries for source in delivery.sources]
    expected = Counter(mark for source in sources for mark in _marks(source))
    whole = {source.sha256: source for source in sources}
    found = Counter[str]()
    for summary in catalog.dossiers():
        dossier = catalog.dossier(summary.number)
        assert dossier is not None
        for document in dossier.documents:
            if not document.versions:
                account.problems.append(f"document {document.no} of a dossier has no version")
                continue
            newest = document.versions[-1].pdf
            marks = _digests(store.get(newest.key, newest.version_id))
            account.filed += len(marks)
            found.update(marks)
    with catalog.reading() as connection:
        kept = connection.execute(
            select(pages.c.object_key, pages.c.state).where(pages.c.object_key.is_not(None))
        )
        kept_files = connection.execute(
            select(files.c.object_key, files.c.state.label("file_state"), batches.c.state)
            .join(batches)
            .where(files.c.object_key.is_not(None))
        )
        for row in kept:
            account.set_aside += row.state == "set_aside"
            found.update(_digests(store.get(row.object_key)))
        for key, file_state, state in kept_files:
            source = whole.get(sha256(store.get(key)).hexdigest())
            if source is None:
                account.problems.append(f"{key}: nobody delivered that")
            elif file_state == "quarantined" or state != "closed":
                account.waiting += len(source.pages) if file_state != "quarantined" else 0
                found.update(_marks(source))
            else:
                account.problems.append(f"{key}: {file_state} file kept in a closed batch")
    account.lost = sum((expected - found).values())
    account.doubled = sum((found - expected).values())
    names = {mark: f"{d.folder}/{s.name}" for d in deliveries for s in d.sources for mark in _marks(s)}
    account.problems += [f"lost: {names[mark]}" for mark in expected - found]
    account.problems += [f"doubled: {names.get(mark, mark)}" for mark in found - expected]


def _marks(source: Source) -> tuple[str, ...]:
    return source.pages or (source.sha256,)


def _digests(data: bytes) -> list[str]:
    """The pages in a PDF or an image."""
    if not data.startswith(b"%PDF"):
        with Image.open(BytesIO(data)) as image:
            return [digest(image)]
    found = []
    with pikepdf.open(BytesIO(data)) as pdf:
        for page in pdf.pages:
            images = [pikepdf.PdfImage(cast(pikepdf.Stream, image)) for image in page.get_images().values()]
            found += [digest(image.as_pil_image()) for image in images]
    return found


def _look_at_ledger(account: Account, catalog: Catalog, deliveries: Iterable[Delivery]) -> None:
    broken = sum(not source.pages for delivery in deliveries for source in delivery.sources)
    wanted = sum(len(source.pages) for delivery in deliveries for source in delivery.sources)
    nameless = {source.sha256 for d in deliveries if d.number is None for source in d.sources if source.pages}
    with catalog.reading() as connection:
        for row in connection.execute(select(batches)).fetchall():
            count = count_of(connection, row.id)
            account.batches += 1
            account.captured += count.captured
            account.quarantined_files += count.files_quarantined
            if row.state not in ("closed", "unassigned") or (row.state == "closed" and count.open):
                account.problems.append(f"batch {row.id} is {row.state}, {count}")
            if count.quarantined:
                account.problems.append(f"batch {row.id}: {count.quarantined} good pages in quarantine")
            sources = connection.scalars(
                select(files.c.sha256).where(files.c.batch_id == row.id, files.c.state == "unpacked")
            )
            if row.state == "unassigned" and not nameless.issuperset(sources):
                account.problems.append(f"batch {row.id} waits for a number that it was given")
        stale = select(func.count()).select_from(readings.join(batches)).where(batches.c.state == "closed")
        if number := connection.scalar(stale):
            account.problems.append(f"{number} readings of closed batches are kept")
        if number := connection.scalar(select(func.count()).select_from(workers)):
            account.problems.append(f"{number} workers are still entered")
    if account.captured != wanted:
        account.problems.append(f"{account.captured} pages captured, {wanted} delivered")
    if account.quarantined_files != broken:
        account.problems.append(f"{account.quarantined_files} files in quarantine, {broken} broken delivered")


def _compare_rebuilt(
    account: Account, store: ObjectStore, catalog: Catalog, other: Catalog, unknown: set[str]
) -> None:
    """The objects alone give the same dossiers and batches."""
    result = rebuild(store, other)
    account.problems += [
        f"rebuild: {problem}" for problem in result.problems if problem.partition(":")[0] not in unknown
    ]
    numbers = {summary.number for summary in catalog.dossiers()}
    if numbers != {summary.number for summary in other.dossiers()}:
        account.problems.append("rebuild: other dossiers")
    account.problems += [
        f"rebuild: dossier {number} differs"
        for number in sorted(numbers)
        if catalog.dossier(number) != other.dossier(number)
    ]
    with catalog.reading() as here, other.reading() as there:
        for batch_id in batch_ids(here, only_open=False):
            before = asdict(outcome_of(here, batch_id))
            if before != (after := asdict(outcome_of(there, batch_id))):
                account.problems.append(f"rebuild: batch {batch_id} differs: {before} {after}")


def jobs_left(settings: Settings) -> list[str]:
    """Jobs that wait or run, with their workers."""
    DBOS.migrate(_url(settings))  # no program may have opened it yet
    client = DBOSClient(system_database_url=_url(settings))
    try:
        left = client.list_workflows(status=["PENDING", "ENQUEUED"], load_input=False)
    finally:
        client.destroy()
    return [f"{job.workflow_id} {job.status} {job.executor_id}" for job in left]


def embedded(home: Settings, folder: str) -> Settings:
    """Settings of an empty SQLite catalog on the same store."""
    where = home.home.parent / folder
    where.mkdir()
    store = home.store
    if store.kind == "folder":
        store = store.model_copy(update={"folder": store.folder or home.home / "objects"})
    return home.model_copy(update={"home": where, "store": store, "catalog": CatalogSettings()})

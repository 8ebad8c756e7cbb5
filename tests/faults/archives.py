"""Small archives for fault tests, and what must hold of them after any fault."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func, select

from scanflow.archive.catalog import open_catalog
from scanflow.archive.database.tables import documents, files, objects, pages, versions
from scanflow.archive.identity import pair
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.ledger.batches import Intake
from scanflow.pipeline.batch_outcome import Outcome
from scanflow.pipeline.intake.take import Taken, take
from scanflow.pipeline.profiles_in_use import ProfilesInUse
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import Services
from scanflow.settings import Settings
from tests.capture.samples import jpeg
from tests.patience import wait_until
from tests.pipeline.live_archive import process

NUMBER = "H57.132-260804-0583"


def write_paper(folder: Path, name: str = "giấy 1.jpg") -> Path:
    """A page with a line of print: one without words takes ten times as long, because more is tried on it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    sheet = Image.new("L", (600, 300), "white")
    ImageDraw.Draw(sheet).text((120, 120), "TRANG 001", font=ImageFont.load_default(40), fill="black")
    path.write_bytes(jpeg(sheet, dpi=(200, 200)))
    return path


def take_paper(services: Services, path: Path) -> Taken:
    return take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=NUMBER))


@contextmanager
def opened(settings: Settings, children: ChildProcesses) -> Iterator[Services]:
    """The services of an archive, with children that outlive it."""
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        pair(store, catalog)
        yield Services(settings, store, catalog, ProfilesInUse(settings), children)


def paper(folder: Path, name: str, *, different: bytes = b"") -> Path:
    """As `write_paper`, with bytes behind its end that make it another file."""
    path = write_paper(folder, name)
    path.write_bytes(path.read_bytes() + different)
    return path


def file(services: Services, path: Path) -> str:
    """Take a file and work on it until it is filed; its batch."""
    (batch_id,) = take(services, [path], Path.read_bytes, Intake("inbox", clerk_number=NUMBER)).batches
    assert process(services, batch_id).state == "closed"
    return batch_id


def require_whole_objects(services: Services, honest: ObjectStore) -> None:
    """Every object that the catalog names is there, byte for byte."""
    with services.catalog.reading() as connection:
        for row in connection.execute(select(objects)).fetchall():
            assert sha256(honest.get(row.key, row.version_id)).hexdigest() == row.sha256


def filed(services: Services) -> int:
    """How many versions of documents there are."""
    with services.catalog.reading() as connection:
        return connection.scalar(select(func.count()).select_from(versions)) or 0


def require_filed_once(services: Services, outcome: Outcome, count: int = 1) -> None:
    """The batch is closed with all its pages filed, once, and `verify` has nothing to say."""
    assert (outcome.state, outcome.count.captured, outcome.count.filed) == ("closed", count, count)
    with services.catalog.reading() as connection:
        number = {t.name: connection.scalar(select(func.count()).select_from(t)) for t in (files, pages)}
        assert connection.scalar(select(func.count()).select_from(documents)) == 1
    assert number == {"files": count, "pages": count}
    assert filed(services) == 1
    assert verify(services.store, services.catalog).ok
    # What lay in intake goes right after the batch is closed.
    assert wait_until(lambda: not verify(services.store, services.catalog).unfinished, 60)

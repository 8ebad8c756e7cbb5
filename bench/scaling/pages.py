"""The pages that workers read in a bench, in batches, and the bytes that remain of each page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Executable, func, select, text

from fixtures.extra import ROOT
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import files, objects, pages
from scanflow.capture.files.unpack import unpack
from scanflow.model import CapturedPage
from scanflow.settings import Settings

# As scanners leave them, none with a dossier's number in a code: each copy gets a number of its own.
_FOLDERS = ("000.00.19.H30-260714-0032", "H13.42-260804-0017", "H13.42-260901-0105", "giay-to-chua-ro")
_SUFFIXES = {"image/jpeg": ".jpg", "image/png": ".png", "application/pdf": ".pdf"}

_SIZE = """SELECT sum(pg_total_relation_size(oid)) FROM pg_class
    WHERE relkind = 'r' AND relnamespace::regnamespace::text = '{}' AND {}"""
_SEARCH = "relname = 'page_texts'"


def whole_files() -> list[list[Path]]:
    """The files of each batch."""
    return [sorted((ROOT / "fixtures" / "dossiers" / folder).iterdir()) for folder in _FOLDERS]


def unpacked() -> Iterator[CapturedPage]:
    """All pages of these batches."""
    limits = Settings().limits
    for batch in whole_files():
        for file in batch:
            # A layer quality that none reaches: every page is to be read, whatever text it carries.
            yield from unpack(file.read_bytes(), file.name, limits, 1.1).pages


def single_pages(captured: Sequence[CapturedPage], folder: Path) -> list[list[Path]]:
    """The same pages, each a batch of its own."""
    folder.mkdir()
    singles = [folder / f"{no:03}{_SUFFIXES[page.media_type]}" for no, page in enumerate(captured)]
    for path, page in zip(singles, captured, strict=True):
        path.write_bytes(page.data)
    return [[path] for path in singles]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of PostgreSQL's tables with their indexes, and of its log."""

    catalog: int
    search: int
    queue: int
    log: int
    """All that was ever written to the write-ahead log."""

    @classmethod
    def now(cls, catalog: Catalog) -> "Sizes":
        with catalog.reading() as connection:
            return cls(
                scalar(connection, text(_SIZE.format("public", f"NOT {_SEARCH}"))),
                scalar(connection, text(_SIZE.format("public", _SEARCH))),
                scalar(connection, text(_SIZE.format("dbos", "true"))),
                scalar(connection, text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")),
            )


def what_is_left(catalog: Catalog, empty: Sizes) -> str:
    """A table of the bytes in store and PostgreSQL for each captured page, without what was there before."""
    full = Sizes.now(catalog)
    with catalog.reading() as connection:
        count = scalar(connection, select(func.count()).select_from(pages))
        stored, size = connection.execute(select(func.count(), func.sum(objects.c.size))).one()
        came = scalar(connection, select(func.sum(files.c.size)).where(files.c.state == "unpacked"))
    columns = {
        "pages": f"{count:,}",
        "objects a page": f"{stored / count:.2f}",
        "bytes a page as it came": f"{came / count:,.0f}",
        "bytes of objects a page": f"{int(size) / count:,.0f}",
        "PostgreSQL a page: catalog and ledger": f"{(full.catalog - empty.catalog) / count:,.0f}",
        "text and search index": f"{(full.search - empty.search) / count:,.0f}",
        "queue": f"{(full.queue - empty.queue) / count:,.0f}",
        "write-ahead log": f"{(full.log - empty.log) / count:,.0f}",
    }
    return f"| {' | '.join(columns)} |\n|{'---:|' * len(columns)}\n| {' | '.join(columns.values())} |"


def scalar(connection: Connection, query: Executable) -> int:
    """A query's single number."""
    return int(connection.execute(query).scalar() or 0)

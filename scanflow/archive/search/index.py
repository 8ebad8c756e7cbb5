"""The search index: a folder on each machine that searches, filled from the catalog.

The catalog is the source: the index is made anew from it whenever it can't be used because it is damaged, of
another release, or of another catalog (after a restore or a rebuild). Commits survive a kill; changes that
were not committed are made again. A lock on a file allows one writing process at a time; all can read.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO

import tantivy
from sqlalchemy import Connection, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import documents, dossiers, page_texts, versions
from scanflow.archive.database.typed_rows import fetch_all
from scanflow.archive.search import schema
from scanflow.archive.search.by_day import DaySpans
from scanflow.archive.search.changes import Change, changes_after, continues, newest_change
from scanflow.errors import CatalogUnavailableError
from scanflow.file_locks import try_lock
from scanflow.logs import get_logger
from scanflow.settings import Settings

log = get_logger(__name__)

_HEAP = 64_000_000
"""Bytes of memory in which entries are collected before they are written to disk."""
_PORTION = 200
"""Documents that are read from the catalog at once."""
_COMMIT = 5_000
"""A long update commits after so many documents, to limit the work that a kill loses."""


_MOST_BEHIND = 10_000
"""Changes that `lacks` examines; an index that lacks more is just being made."""


@dataclass(slots=True)
class _Writer:
    """The right to write, while it is held; an index in memory has no lock."""

    lock: IO[str] | None
    writer: tantivy.IndexWriter


class SearchIndex:
    """The index, opened. Threads may share it; a forked child must open its own."""

    def __init__(self, catalog: Catalog, folder: Path | None) -> None:
        """`folder`: its place, made if missing; None keeps the index in memory, for tests."""
        self.catalog = catalog
        self._folder = folder and folder / schema.version()
        self._held: _Writer | None = None
        self._mutex = Lock()
        self._seen: object = None
        self.schema = schema.schema()
        self.day_spans = DaySpans(self.schema)
        self._index = self._open()

    def __enter__(self) -> "SearchIndex":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the right to write."""
        with self._mutex:
            self._let_go()

    # --- reading ---------------------------------------------------------------------------------------

    def searcher(self) -> tantivy.Searcher:
        """A searcher over the last commit."""
        seen = self._committed()
        if seen != self._seen or seen is None:
            self._index.reload()
            self._seen = seen
        return self._index.searcher()

    def state(self, searcher: tantivy.Searcher | None = None) -> Change:
        """The last change of the catalog that the index has."""
        searcher = searcher or self.searcher()
        found = searcher.search(schema.state_query(self.schema), 1, count=False).hits
        if not found:
            return Change()
        entry = searcher.doc(found[0][1])
        return Change(entry.get_first("seq") or 0, entry.get_first("token") or "")

    def behind(self, connection: Connection, searcher: tantivy.Searcher) -> int:
        """How many changes of the catalog the index doesn't have yet."""
        last = self.state(searcher)
        newest = newest_change(connection)
        if newest.seq == last.seq and newest.token == last.token:
            return 0
        return newest.seq - last.seq if newest.seq > last.seq else newest.seq

    def lacks(self, connection: Connection, document_ids: Collection[int]) -> bool:
        """Whether the index lacks the last change of one of these documents."""
        last = self.state()
        if not continues(connection, last):
            return bool(document_ids)
        missing = changes_after(connection, last.seq, _MOST_BEHIND)
        wanted = set(document_ids)
        return len(missing) == _MOST_BEHIND or any(each.document_id in wanted for each in missing)

    # --- feeding ---------------------------------------------------------------------------------------

    def update(self, progress: Callable[[int, int], None] | None = None, *, keep: bool = False) -> bool:
        """Take in changes of the catalog; False where another process is doing so.

        `progress` hears how many changes are done, of how many. `keep`: hold the right to write until
        `close`, for who feeds it over and over. Raises CatalogUnavailableError where the folder can't be
        written.
        """
        with self._mutex, _explained(self._folder):
            with self.catalog.reading() as connection:
                newest = newest_change(connection)
                same = continues(connection, last := self.state())
            if same and newest.seq == last.seq:
                return True
            if not self._take():
                return False
            try:
                self._feed(newest.seq, progress or (lambda _done, _all: None))
            except BaseException:
                self._let_go()
                raise
            if not keep:
                self._let_go(merged=True)
            return True

    def _feed(self, newest: int, progress: Callable[[int, int], None]) -> None:
        assert self._held is not None  # noqa: S101 - taken by the caller
        writer = self._held.writer
        last, uncommitted = self.state(), 0
        with self.catalog.reading() as connection:
            if not continues(connection, last):
                writer.delete_all_documents()
                last = Change()
        while True:
            with self.catalog.reading() as connection:
                found = changes_after(connection, last.seq, _PORTION)
                papers = papers_of(connection, {change.document_id for change in found})
            for document_id in dict.fromkeys(change.document_id for change in found):
                writer.delete_documents_by_term("document", document_id)
            for paper, pages in papers:
                for entry in schema.entries(paper, pages):
                    writer.add_document(entry)
            uncommitted += len(found)
            if found:
                last = found[-1]
            if uncommitted >= _COMMIT or len(found) < _PORTION:
                schema.delete_state(writer)
                writer.add_document(schema.state_entry(last))
                writer.commit()
                uncommitted = 0
            progress(min(last.seq, newest), newest)
            if len(found) < _PORTION:
                break
        self._seen = None

    def _take(self) -> bool:
        """Get the right to write, unless another process has it."""
        if self._held is not None:
            return True
        with ExitStack() as on_error:
            lock = None
            if self._folder:
                lock = on_error.enter_context(_lock_file(self._folder))
                if not try_lock(lock):
                    return False
                self._tidy()
            self._held = _Writer(lock, self._index.writer(_HEAP, 1))
            on_error.pop_all()
        self._seen = None
        return True

    def _let_go(self, *, merged: bool = False) -> None:
        if self._held is None:
            return
        held, self._held = self._held, None
        try:
            if merged:
                held.writer.wait_merging_threads()
            else:
                with suppress(ValueError):  # what was not committed is done again
                    held.writer.rollback()
        finally:
            del held.writer
            if held.lock:
                held.lock.close()

    # --- the folder ------------------------------------------------------------------------------------

    def _open(self) -> tantivy.Index:
        if self._folder is None:
            return tantivy.Index(self.schema)
        with _explained(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                index = tantivy.Index(self.schema, path=str(self._folder))
                index.config_reader("manual")
                index.searcher()
            except ValueError:
                return self._made_anew()
            return index

    def _made_anew(self) -> tantivy.Index:
        """A new index that replaces one that can't be opened."""
        assert self._folder is not None  # noqa: S101 - that in memory can
        log.warning("search index made anew", folder=str(self._folder))
        with _lock_file(self._folder) as lock:
            if not try_lock(lock):
                raise CatalogUnavailableError(
                    f"{self._folder}: another process is making the search index; try again"
                )
            shutil.rmtree(self._folder)
            self._folder.mkdir()
            index = tantivy.Index(self.schema, path=str(self._folder))
            index.config_reader("manual")
            return index

    def _tidy(self) -> None:
        """Remove the indexes of other releases."""
        assert self._folder is not None  # noqa: S101 - its caller's
        for other in self._folder.parent.glob("v*"):
            if other != self._folder and other.is_dir():
                shutil.rmtree(other, ignore_errors=True)

    def _committed(self) -> object:
        """Changes with every commit."""
        if self._folder is None:
            return None
        try:
            found = (self._folder / "meta.json").stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def open_index(settings: Settings, catalog: Catalog) -> SearchIndex:
    """The index of this machine for a catalog. Raises CatalogUnavailableError."""
    return SearchIndex(catalog, settings.home / "search")


def papers_of(
    connection: Connection, document_ids: Iterable[int]
) -> list[tuple[schema.IndexedDocument, list[schema.PageText]]]:
    """Documents with the texts of their newest version's pages; deleted ones are left out."""
    ids = list(document_ids)
    query = (
        select(
            documents.c.id,
            documents.c.no,
            documents.c.type,
            documents.c.kind,
            documents.c.title,
            documents.c.fields,
            dossiers.c.number.label("dossier"),
            dossiers.c.procedure_code.label("procedure"),
            dossiers.c.agency,
            documents.c.created_at,
        )
        .join(dossiers, dossiers.c.id == documents.c.dossier_id)
        .where(documents.c.id.in_(ids))
    )
    found = fetch_all(connection, schema.IndexedDocument, query)
    papers = {paper.id: (paper, list[schema.PageText]()) for paper in found}
    texts = (
        select(versions.c.document_id, page_texts.c.id, page_texts.c.page_no, page_texts.c.text)
        .join(versions, versions.c.id == page_texts.c.version_id)
        .where(versions.c.document_id.in_(ids))
        .order_by(versions.c.document_id, page_texts.c.page_no)
    )
    for document_id, *page in connection.execute(texts):
        papers[document_id][1].append(schema.PageText(*page))
    return [paper for paper in papers.values() if paper[1]]


@contextmanager
def _explained(folder: Path | None) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CatalogUnavailableError(
            f"search index in {folder}: {reason}. It may be deleted: it is made anew from the catalog"
        ) from error


def _lock_file(folder: Path) -> IO[str]:
    """The file beside an index's folder that the writing process locks."""
    descriptor = os.open(folder.parent / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    return os.fdopen(descriptor, "r+", encoding="utf-8")

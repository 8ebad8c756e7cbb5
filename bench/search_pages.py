"""Pages of random words for measurements of search, and the quick way of getting them into a catalog.

Each page is syllables with the frequencies of words (Zipf), below the head that every form has; ten make a
document. Seven agencies, thirty types and seven years take turns. Page number n is always the same.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice

import numpy as np
from sqlalchemy import Connection, func, insert, select

from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import documents, dossiers, page_texts, search_changes, versions
from scanflow.text.syllables import syllables

WORDS = 120
"""Of a page, beside its head."""
PORTION = 10_000
"""Pages that are made, and loaded in one transaction, at once."""
_HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
_PAGES = 10
"""Of a document."""
_AGENCIES, _TYPES, _YEARS = 7, 30, 7
_TITLES = ("Tờ khai đăng ký khai sinh", "Giấy ủy quyền", "Đơn đề nghị cấp giấy phép xây dựng")


@cache
def ranked() -> Sequence[str]:
    """Syllables, the commonest first, always the same."""
    found = sorted(syllables())
    random.Random(1).shuffle(found)
    return found[:7000]


def pages(first: int, count: int) -> Iterator[str]:
    """So many pages from number `first` (from 0) on; what comes before them is not made."""
    portions = (each for no in range(first // PORTION, count // PORTION + 1) for each in _portion(no))
    return islice(portions, first % PORTION, first % PORTION + count - first)


def _portion(no: int) -> Iterator[str]:
    words = ranked()
    shares = np.cumsum(1 / (np.arange(len(words)) + 2))
    drawn = np.random.default_rng([2, no]).random((PORTION, WORDS)) * shares[-1]
    picks = np.minimum(np.searchsorted(shares, drawn), len(words) - 1)
    for row in picks.tolist():
        found = [words[each] for each in row]
        yield _HEAD + "\n".join(" ".join(found[n : n + 10]) for n in range(0, WORDS, 10))


def number_of(dossier: int) -> str:
    return f"H13.42-260901-{dossier:07}"


def load(catalog: Catalog, count: int) -> None:
    """Rows of filed documents, a transaction for many; those that are there are not made again.

    The index is fed from them as from filed ones. Page texts, which are nearly all of it, go by COPY into
    PostgreSQL and by the driver's own statement into SQLite: SQLAlchemy takes longer over a row than either.
    """
    with catalog.reading() as connection:
        there = connection.scalar(select(func.count()).select_from(page_texts)) or 0
    texts = pages(there, count)
    for first in range(there, count, PORTION):
        some = list(islice(texts, min(PORTION, count - first)))
        numbers = range(first // _PAGES, (first + len(some) + _PAGES - 1) // _PAGES)
        with catalog.transaction() as connection:
            for table, row in (
                (dossiers, _dossier),
                (documents, _document),
                (versions, _version),
                (search_changes, _change),
            ):
                connection.execute(insert(table), [row(number) for number in numbers])
            _load_texts(connection, first, some)


def _load_texts(connection: Connection, first: int, texts: Sequence[str]) -> None:
    rows = ((at // _PAGES + 1, at % _PAGES + 1, text) for at, text in enumerate(texts, start=first))
    driver = connection.connection.driver_connection
    assert driver is not None
    if connection.dialect.name == "postgresql":
        copy = "COPY page_texts (version_id, page_no, text) FROM STDIN"
        with driver.cursor() as cursor, cursor.copy(copy) as copied:
            for row in rows:
                copied.write_row(row)
    else:
        driver.executemany("INSERT INTO page_texts (version_id, page_no, text) VALUES (?, ?, ?)", rows)


def _dossier(no: int) -> dict[str, object]:
    at = datetime(2020 + no % _YEARS, no % 12 + 1, no % 28 + 1, 9, tzinfo=UTC)
    code = f"1.00{no % 50:04}"
    return {
        "id": no + 1,
        "number": number_of(no),
        "procedure_code": code,
        "created_at": at,
        "agency": f"A{no % _AGENCIES}",
    }


def _document(no: int) -> dict[str, object]:
    at = datetime(2020 + no % _YEARS, no % 12 + 1, no % 28 + 1, 9, tzinfo=UTC)
    name = " ".join(ranked()[(no * step) % 300] for step in (1, 7, 13)).title()
    return {
        "id": no + 1,
        "dossier_id": no + 1,
        "no": 1,
        "type": f"loai-{no % _TYPES}",
        "confidence": 0.9,
        "title": _TITLES[no % len(_TITLES)],
        "evidence": [],
        "fields": {"name": name, "number": f"{no}/2026", "date": f"{at:%d/%m/%Y}"},
        "batch_id": f"b{no}",
        "first_page": 1,
        "created_at": at,
    }


def _version(no: int) -> dict[str, object]:
    values = dict.fromkeys(("pdf_key", "pdf_sha256", "words_key", "words_sha256"), "")
    more = {"pdf_size": 0, "words_size": 0, "pages": _PAGES, "confidence": 0.9, "made_by": {}}
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return {"id": no + 1, "document_id": no + 1, "version": 1, "created_at": at, **values, **more}


def _change(no: int) -> dict[str, object]:
    return {"seq": no + 1, "document_id": no + 1, "token": f"{no:016x}"}

"""Full-text search: cost and size of the index, and what each kind of question takes, as a Markdown table.

    python -m bench.search [--pages 20000] [--database sqlite|postgresql] [--repeats 20] [--fts5]
        [--keep FOLDER [--as-is]]

Pages are random syllables with the frequencies of words (Zipf), below the head that every form has; ten make
a document. Seven agencies, thirty types and seven years take turns. A search is all that a caller waits for:
the hits' rows from the catalog and the snippets of 20 hits. Beside it the same pages in an index with the
analyser of paperless-ngx (words, lower case, ASCII), which answers with the ids of pages only; with `--fts5`
also SQLite's FTS5 over the folded words of the text alone, which answers with the ids by its own rank.

What a kept folder has already is not made again: a run that was stopped goes on. PostgreSQL's database is
not kept.

Times are CPU of the asking thread, which does all the work but PostgreSQL's reading of twenty rows by their
ids: what a question takes on a core of its own, also where the machine has other work.
"""

import argparse
import itertools
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import quantiles
from typing import Any

import tantivy
from sqlalchemy import func, insert, select

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import documents, dossiers, page_texts, search_changes, versions
from scanflow.archive.search.closest import suggest
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.query import count_facets, search
from scanflow.archive.search.question import Question, Sort
from scanflow.archive.search.words import folded_words
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from scanflow.text.syllables import syllables
from tests.postgresql import postgresql

_WORDS = 120
"""Of a page, beside its head."""
_HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
_PAGES = 10
"""Of a document."""
_PORTION = 10_000
"""Pages that are loaded at once."""
_AGENCIES, _TYPES, _YEARS = 7, 30, 7
_TITLES = ("Tờ khai đăng ký khai sinh", "Giấy ủy quyền", "Đơn đề nghị cấp giấy phép xây dựng")


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of question: what is done, and what paperless-ngx would be asked."""

    name: str
    action: Callable[[], object]
    plain: str = ""


@dataclass(frozen=True, slots=True)
class Peers:
    """What is asked the same beside ours."""

    paperless: tantivy.Index
    fts5: sqlite3.Connection | None = None


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--keep", type=Path, help="the catalog and the index stay in this folder")
    parser.add_argument("--as-is", action="store_true", help="ask the kept index for what it has already")
    parser.add_argument("--fts5", action="store_true", help="SQLite's FTS5 beside it")
    options = parser.parse_args()
    with ExitStack() as stack:
        home = options.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="scanflow-bench-"))
        )
        home.mkdir(parents=True, exist_ok=True)
        settings = Settings(home=home)
        if options.database == "postgresql":
            cluster = stack.enter_context(postgresql())
            url = cluster.url(cluster.new_database())
            settings = Settings(home=home, catalog=CatalogSettings(url=SecretStr(url)))
        catalog = stack.enter_context(open_catalog(settings))
        index = stack.enter_context(SearchIndex(catalog, home / "search"))
        if options.as_is:
            _ask_kept(index, options.repeats)
            return
        what = f"{options.pages:,} pages of {_WORDS} words, {options.database}"
        print(f"| {what} | p50 ms | p95 ms | paperless p50 | FTS5 p50 |")
        print("|---|---:|---:|---:|---:|", flush=True)
        load(catalog, options.pages)
        _cost(home / "index.cpu", "one page into the index, CPU", index.update, options.pages)
        beside = Peers(
            paperless(home / "paperless", options.pages),
            fts5(home / "fts5.db", options.pages) if options.fts5 else None,
        )
        for name, folder in (
            ("index", "search"),
            ("index of paperless-ngx' analyser", "paperless"),
            ("FTS5", "fts5.db"),
        ):
            if (home / folder).exists():
                print(f"| {name}, MB | {_size(home / folder) / 1e6:,.0f} | | | |", flush=True)
        for asked in questions(index):
            _ask(asked, options.repeats, beside)


def _ask_kept(index: SearchIndex, repeats: int) -> None:
    """Ask an index that another run is still feeding, or was, by the pages that are committed."""
    pages = index.searcher().num_docs - 1  # one entry is no page
    print(f"| {pages:,} pages of {_WORDS} words | p50 ms | p95 ms |")
    print("|---|---:|---:|", flush=True)
    for asked in questions(index):
        p50, p95 = _times(asked.action, repeats)
        print(f"| {asked.name} | {p50:.1f} | {p95:.1f} |", flush=True)


def _ask(asked: Asked, repeats: int, beside: Peers) -> None:
    p50, p95 = _times(asked.action, repeats)
    other = fts = ""
    if asked.plain:
        plain = beside.paperless
        searcher, query = (
            plain.searcher(),
            plain.parse_query(asked.plain, ["text"], conjunction_by_default=True),
        )
        other = f"{_times(lambda: searcher.search(query, 20), repeats)[0]:.1f}"
    if asked.plain and beside.fts5 is not None:
        connection, text = beside.fts5, " ".join(folded_words(asked.plain))
        match = f'"{text}"' if asked.plain.startswith('"') else text
        find = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20"
        fts = f"{_times(lambda: connection.execute(find, (match,)).fetchall(), repeats)[0]:.1f}"
    print(f"| {asked.name} | {p50:.1f} | {p95:.1f} | {other} | {fts} |", flush=True)


def questions(index: SearchIndex) -> Iterator[Asked]:
    """From common to rare words, with what narrows, counts and pages."""

    def of(
        name: str, text: str, plain: str = "", agencies: frozenset[str] | None = None, **more: Any
    ) -> Asked:
        question = Question(text, agencies, **more)
        return Asked(name, lambda: search(index, question), plain)

    words = _ranked()
    common, own = " ".join(words[3:5]), frozenset({"A3"})
    middling, rare = " ".join(words[50:53]), words[5000]
    yield of("the head's words, on every page", "cong hoa xa hoi", "cong hoa xa hoi")
    yield of("the same with accents", "cộng hòa xã hội", "cộng hòa xã hội")
    yield of("the head as a phrase", '"cộng hòa xã hội chủ nghĩa"', '"cong hoa xa hoi chu nghia"')
    yield of("the head's words, another order", "hoi xa hoa cong", "hoi xa hoa cong")
    yield of("two common words", common, common)
    yield of("two common words as a phrase", f'"{common}"', f'"{common}"')
    yield of("three words of middling rank", middling, middling)
    yield of("a rare word", rare, rare)
    yield of("an abbreviation", "XHCN")
    yield of("the start of a word, three letters", f"{words[900][:3]}*")
    yield of("the start of a word, one letter", "t*")
    yield of("misread", f"~{rare}")
    yield of("a common word without another", f"{words[3]} -{words[60]}")
    yield of("a dossier's number", _number(7), f'"{_number(7)}"')
    yield of("a number and words", f"{_number(7)} viet nam")
    yield of("fields: name, date", f"ho_ten:{words[20]} ngay:2021-04..2021-06")
    yield of("common words in one agency", common, agencies=own)
    yield of("the head's words in one agency", "cong hoa xa hoi", agencies=own)
    yield of("common words, the newest first", common, sort=Sort.NEWEST)
    for name, text in (
        ("the head's words", "cong hoa xa hoi"),
        ("two common words", common),
        ("a rare word", rare),
    ):
        question = Question(text, None)
        yield Asked(f"facets of {name}", lambda question=question: count_facets(index, question))  # type: ignore[misc]
    yield _deep(index, Question(common, None, limit=500))
    yield Asked("a suggestion", lambda: suggest(index, "khai s", None))
    yield Asked("a suggestion in one agency", lambda: suggest(index, "khai s", own))
    yield of("nothing found, words like it", "nghyeen")


def _deep(index: SearchIndex, question: Question) -> Asked:
    """The last page of results that can be had."""
    cursor = ""
    for _ in range(18):
        cursor = search(index, Question(question.text, None, limit=500, cursor=cursor)).cursor or cursor
    last = Question(question.text, None, cursor=cursor)
    return Asked("page 450 of the results of two common words", lambda: search(index, last))


# --- the pages -----------------------------------------------------------------------------------------


@cache
def _ranked() -> Sequence[str]:
    """Syllables, the commonest first, always the same."""
    found = sorted(syllables())
    random.Random(1).shuffle(found)
    return found[:7000]


def pages() -> Iterator[str]:
    """Pages without end, always the same."""
    chance = random.Random(2)
    shares = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(_ranked()))))
    while True:
        words = chance.choices(_ranked(), cum_weights=shares, k=_WORDS)
        yield _HEAD + "\n".join(" ".join(words[n : n + 10]) for n in range(0, _WORDS, 10))


def _number(dossier: int) -> str:
    return f"H13.42-260901-{dossier:07}"


def load(catalog: Catalog, count: int) -> None:
    """Rows of filed documents, as many at once as makes it quick; those that are there are not made again."""
    with catalog.reading() as connection:
        there = connection.scalar(select(func.count()).select_from(page_texts)) or 0
    made = itertools.islice(pages(), there, None)
    for first in range(there, count, _PORTION):
        texts = list(itertools.islice(made, min(_PORTION, count - first)))
        numbers = range(first // _PAGES, (first + len(texts) + _PAGES - 1) // _PAGES)
        with catalog.transaction() as connection:
            for table, row in ((dossiers, _dossier), (documents, _document), (versions, _version)):
                connection.execute(insert(table), [row(number) for number in numbers])
            connection.execute(insert(search_changes), [_change(number) for number in numbers])
            rows = [
                {"version_id": at // _PAGES + 1, "page_no": at % _PAGES + 1, "text": text}
                for at, text in enumerate(texts, start=first)
            ]
            connection.execute(insert(page_texts), rows)


def _dossier(no: int) -> dict[str, object]:
    at = datetime(2020 + no % _YEARS, no % 12 + 1, no % 28 + 1, 9, tzinfo=UTC)
    code = f"1.00{no % 50:04}"
    return {
        "id": no + 1,
        "number": _number(no),
        "procedure_code": code,
        "created_at": at,
        "agency": f"A{no % _AGENCIES}",
    }


def _document(no: int) -> dict[str, object]:
    at = datetime(2020 + no % _YEARS, no % 12 + 1, no % 28 + 1, 9, tzinfo=UTC)
    name = " ".join(_ranked()[(no * step) % 300] for step in (1, 7, 13)).title()
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


def paperless(folder: Path, count: int) -> tantivy.Index:
    """The same pages as paperless-ngx cuts and folds them: simple words, lower case, ASCII letters."""
    made_before = (folder / "meta.json").exists()
    folder.mkdir(exist_ok=True)
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="paperless_text")
    index = tantivy.Index(builder.build(), path=str(folder))
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in (tantivy.Filter.remove_long(65), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        analyser = analyser.filter(each)
    index.register_tokenizer("paperless_text", analyser.build())
    if made_before and index.searcher().num_docs == count:
        return index
    writer = index.writer(64_000_000, 1)
    writer.delete_all_documents()

    def fill() -> None:
        for text in itertools.islice(pages(), count):
            writer.add_document(tantivy.Document(text=text))
        writer.commit()
        writer.wait_merging_threads()

    what = "the same with paperless-ngx' analyser, making the pages too"
    _cost(folder.parent / "paperless.cpu", what, fill, count)
    index.reload()
    return index


def fts5(path: Path, count: int) -> sqlite3.Connection:
    """The folded words of the same pages in FTS5, which keeps no text."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS words "
        "USING fts5(text, content='', contentless_delete=1, tokenize='ascii')"
    )
    there = connection.execute("SELECT count(*) FROM words_docsize").fetchone()[0]

    def fill() -> None:
        rest = enumerate(itertools.islice(pages(), there, count), start=there + 1)
        while some := [(no, " ".join(folded_words(text))) for no, text in itertools.islice(rest, _PORTION)]:
            with connection:
                connection.executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", some)

    _cost(path.with_suffix(".cpu"), "the same with FTS5, making the pages too", fill, count)
    return connection


# --- the clock -----------------------------------------------------------------------------------------


def _times(action: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Milliseconds: the median and the 95th of a hundred."""
    action()
    found = []
    for _ in range(repeats):
        begun = time.thread_time()
        action()
        found.append((time.thread_time() - begun) * 1000)
    cut = quantiles(found, n=20, method="inclusive")
    return cut[9], cut[18]


def _cost(kept: Path, what: str, action: Callable[[], object], count: int) -> None:
    """Do it and print what a page costs, added to what an earlier run that was stopped has noted."""
    before = float(kept.read_text(encoding="ascii")) if kept.exists() else 0.0
    spent = before + _cpu(action)
    kept.write_text(f"{spent}", encoding="ascii")
    print(f"| {what} | {spent * 1000 / count:.2f} | | | |", flush=True)


def _cpu(action: Callable[[], object]) -> float:
    """Seconds of CPU in this process, all threads."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    action()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    main()

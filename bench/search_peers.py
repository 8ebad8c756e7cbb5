"""Other ways to search the same pages, each as far as it answers the same question.

- paperless-ngx' analyser in tantivy: words, lower case, ASCII; answers with the ids of pages.
- SQLite's FTS5 over the folded words of the text alone; answers with the ids by its own rank.
- PostgreSQL's RUM (`postgresql-17-rum`) over the same words; ids by its rank. It need not be installed:
  `apt-get download postgresql-17 postgresql-17-rum` and `dpkg -x` of both into one folder are enough.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import psycopg
import tantivy

from bench.search_pages import PORTION, pages
from scanflow.archive.search.words import folded_words

_FTS5 = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20"
_RUM = "SELECT id FROM words WHERE words @@ {0} ORDER BY words <=> {0} LIMIT 20"


Cost = Callable[[Path, str, Callable[[], None]], None]
"""Does what is given, and says what a page of it cost, which the file keeps for the next run."""


@dataclass(frozen=True, slots=True)
class Peers:
    """What is asked the same beside ours; None where it was not wanted."""

    paperless: tantivy.Index
    fts5: sqlite3.Connection | None = None
    rum: psycopg.Connection | None = None

    def asking(self, plain: str) -> dict[str, Callable[[], object]]:
        """How each is asked, by its name; `plain` is words, or a phrase in quotes."""
        is_phrase, words = plain.startswith('"'), " ".join(folded_words(plain))
        searcher = self.paperless.searcher()
        query = self.paperless.parse_query(plain, ["text"], conjunction_by_default=True)
        found: dict[str, Callable[[], object]] = {"paperless": lambda: searcher.search(query, 20)}
        if (fts5 := self.fts5) is not None:
            match = f'"{words}"' if is_phrase else words
            found["FTS5"] = lambda: fts5.execute(_FTS5, (match,)).fetchall()
        if (rum := self.rum) is not None:
            function = "phraseto_tsquery" if is_phrase else "plainto_tsquery"
            ask = _RUM.format(f"{function}('simple', %(words)s)").encode()
            found["RUM"] = lambda: rum.execute(ask, {"words": words}).fetchall()
        return found


def paperless(folder: Path, count: int, cost: Cost) -> tantivy.Index:
    """The same pages as paperless-ngx cuts and folds them: simple words, lower case, ASCII letters."""
    folder.mkdir(exist_ok=True)
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("text", tokenizer_name="paperless_text")
    index = tantivy.Index(builder.build(), path=str(folder))
    analyser = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in (tantivy.Filter.remove_long(65), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        analyser = analyser.filter(each)
    index.register_tokenizer("paperless_text", analyser.build())

    def fill() -> None:
        if index.searcher().num_docs == count:
            return
        writer = index.writer(64_000_000, 1)
        writer.delete_all_documents()
        for text in pages(0, count):
            writer.add_document(tantivy.Document(text=text))
        writer.commit()
        writer.wait_merging_threads()

    what = "the same with paperless-ngx' analyser, making the pages too"
    cost(folder.parent / "paperless.cpu", what, fill)
    index.reload()
    return index


def fts5(path: Path, count: int, cost: Cost) -> sqlite3.Connection:
    """The folded words of the same pages in FTS5, which keeps no text."""
    connection = sqlite3.connect(path)
    connection.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS words "
        "USING fts5(text, content='', contentless_delete=1, tokenize='ascii')"
    )
    there = connection.execute("SELECT count(*) FROM words_docsize").fetchone()[0]

    def fill() -> None:
        rest = enumerate(pages(there, count), start=there + 1)
        while some := [(no, " ".join(folded_words(text))) for no, text in islice(rest, PORTION)]:
            with connection:
                connection.executemany("INSERT INTO words(rowid, text) VALUES (?, ?)", some)

    cost(path.with_suffix(".cpu"), "the same with FTS5, making the pages too", fill)
    return connection


def rum(url: str, count: int) -> psycopg.Connection:
    """The folded words of the same pages under a RUM index, in a new database."""
    connection = psycopg.connect(url, autocommit=True)
    connection.execute("CREATE EXTENSION rum")
    connection.execute(
        "CREATE TABLE words (id bigint, text text, "
        "words tsvector GENERATED ALWAYS AS (to_tsvector('simple', text)) STORED)"
    )
    with connection.cursor() as cursor, cursor.copy("COPY words (id, text) FROM STDIN") as copied:
        for no, text in enumerate(pages(0, count)):
            copied.write_row((no, " ".join(folded_words(text))))
    connection.execute("SET maintenance_work_mem = '512MB'")
    connection.execute("CREATE INDEX words_rum ON words USING rum (words rum_tsvector_ops)")
    connection.execute("VACUUM ANALYZE words")
    return connection


def rum_size(connection: psycopg.Connection) -> int:
    """Bytes of the index."""
    row = connection.execute("SELECT pg_relation_size('words_rum')").fetchone()
    return int(row[0]) if row else 0

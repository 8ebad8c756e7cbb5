"""Full-text search: cost and size of the index, and what each kind of question takes, as a Markdown table.

    python -m bench.search [--pages 20000] [--database sqlite|postgresql] [--repeats 20] [--fts5]
        [--rum PROGRAMS] [--keep FOLDER [--as-is]]

`search_pages` has the pages. A search is all that a caller waits for: the hits' rows from the catalog and
the snippets of 20 hits. Beside it the same pages in what `search_peers` has; `--rum` takes the folder of
PostgreSQL's programs to which RUM belongs.

What a kept folder has already is not made again: a run that was stopped goes on, and one with the other
database takes the index that is there, since the index of the same pages is the same. PostgreSQL's database
is not kept.

Times are CPU of the asking thread, which does all the work but PostgreSQL's reading of twenty rows by their
ids: what a question takes on a core of its own, also where the machine has other work. RUM works in a process
of its own: its times are of the clock, and say something on a quiet machine only.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg

from bench.search_pages import WORDS, load, number_of, ranked
from bench.search_peers import Peers, fts5, paperless, rum, rum_size
from scanflow.archive.catalog import open_catalog
from scanflow.archive.search.closest import suggest
from scanflow.archive.search.index import SearchIndex
from scanflow.archive.search.query import count_facets, search
from scanflow.archive.search.question import Question, Sort
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from tests.postgresql import postgresql

_PEERS = ("paperless", "FTS5", "RUM")
_PEERS_REPEATS = 7
"""What is on every page takes FTS5 and RUM seconds at a million pages."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind of question: what is done, and what the others would be asked."""

    name: str
    action: Callable[[], object]
    plain: str = ""


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
    parser.add_argument("--rum", type=Path, help="PostgreSQL's RUM beside it: the folder of its programs")
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
        what = f"{options.pages:,} pages of {WORDS} words, {options.database}"
        print(f"| {what} | p50 ms | p95 ms | {' | '.join(f'{each} p95' for each in _PEERS)} |")
        print("|---|---:|---:|---:|---:|---:|", flush=True)
        cost = partial(_cost, options.pages)
        loaded = home / f"load-{options.database}.cpu"
        cost(loaded, "one page into the catalog at once with many, CPU", lambda: load(catalog, options.pages))
        cost(home / "index.cpu", "one page into the index, CPU", lambda: _update(index))
        peers = Peers(
            paperless(home / "paperless", options.pages, cost),
            fts5(home / "fts5.db", options.pages, cost) if options.fts5 else None,
            _rum(stack, options.rum, options.pages) if options.rum else None,
        )
        _print_sizes(home, peers)
        for asked in questions(index):
            _ask(asked, options.repeats, peers)


def _update(index: SearchIndex) -> None:
    index.update()


def _rum(stack: ExitStack, programs: Path, count: int) -> psycopg.Connection:
    cluster = stack.enter_context(postgresql(programs))
    begun = time.monotonic()
    connection = stack.enter_context(rum(cluster.url(cluster.new_database()), count))
    each = (time.monotonic() - begun) * 1000 / count
    _row("the same with RUM, making the pages too, by the clock", f"{each:.2f}")
    return connection


def _print_sizes(home: Path, peers: Peers) -> None:
    for name, folder in (
        ("index", "search"),
        ("index of paperless-ngx' analyser", "paperless"),
        ("FTS5", "fts5.db"),
    ):
        if (home / folder).exists():
            _row(f"{name}, MB", f"{_size(home / folder) / 1e6:,.0f}")
    if peers.rum is not None:
        _row("RUM, MB", f"{rum_size(peers.rum) / 1e6:,.0f}")


def _row(*cells: str) -> None:
    print(f"| {' | '.join([*cells, *[''] * (6 - len(cells))])} |", flush=True)


def _ask_kept(index: SearchIndex, repeats: int) -> None:
    """Measure on an index that another run feeds or has fed, with the pages that are committed."""
    pages = index.searcher().num_docs - 1  # one entry is no page
    print(f"| {pages:,} pages of {WORDS} words | p50 ms | p95 ms |")
    print("|---|---:|---:|", flush=True)
    for asked in questions(index):
        p50, p95 = _times(asked.action, repeats)
        print(f"| {asked.name} | {p50:.1f} | {p95:.1f} |", flush=True)


def _ask(asked: Asked, repeats: int, peers: Peers) -> None:
    p50, p95 = _times(asked.action, repeats)
    others = peers.asking(asked.plain) if asked.plain else {}
    clocks = {"RUM": time.perf_counter}
    cells = [
        f"{_times(others[name], min(repeats, _PEERS_REPEATS), clocks.get(name, time.thread_time))[1]:.1f}"
        if name in others
        else ""
        for name in _PEERS
    ]
    _row(asked.name, f"{p50:.1f}", f"{p95:.1f}", *cells)


def questions(index: SearchIndex) -> Iterator[Asked]:
    """Questions with common and rare words, with filters, counts and pages of results."""

    def of(
        name: str, text: str, plain: str = "", agencies: frozenset[str] | None = None, **more: Any
    ) -> Asked:
        question = Question(text, agencies, **more)
        return Asked(name, lambda: search(index, question), plain)

    words = ranked()
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
    yield of("a dossier's number", number_of(7), f'"{number_of(7)}"')
    yield of("a number and words", f"{number_of(7)} viet nam")
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


# --- the clock -----------------------------------------------------------------------------------------


def _times(
    action: Callable[[], object], repeats: int, clock: Callable[[], float] = time.thread_time
) -> tuple[float, float]:
    """Milliseconds: the median and the 95th percentile."""
    action()
    found = []
    for _ in range(repeats):
        begun = clock()
        action()
        found.append((clock() - begun) * 1000)
    cut = quantiles(found, n=20, method="inclusive")
    return cut[9], cut[18]


def _cost(count: int, kept: Path, what: str, action: Callable[[], None]) -> None:
    """Do it and print what a page costs, added to what an earlier run that was stopped has noted."""
    before = float(kept.read_text(encoding="ascii")) if kept.exists() else 0.0
    spent = before + _cpu(action)
    kept.write_text(f"{spent}", encoding="ascii")
    _row(what, f"{spent * 1000 / count:.2f}")


def _cpu(action: Callable[[], object]) -> float:
    """Seconds of CPU in this process, all threads."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    action()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _size(folder: Path) -> int:
    files = [folder] if folder.is_file() else folder.rglob("*")
    return sum(path.stat().st_size for path in files if path.is_file())


if __name__ == "__main__":
    main()

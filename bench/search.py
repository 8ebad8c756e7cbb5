"""Full-text search on SQLite and PostgreSQL: the same pages and queries in one run, as a Markdown table.

    python -m bench.search [--pages 20000] [--explain]

Pages are random syllables with the frequencies of words (Zipf), below the head that every form has. CPU is
that of this process and of PostgreSQL's; a search includes the snippets of its 20 hits.
"""

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from os import sysconf
from pathlib import Path
from statistics import median

from sqlalchemy import insert, text

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import page_texts, versions
from scanflow.archive.search import index, index_postgresql
from scanflow.archive.search.query import search
from scanflow.archive.search.terms import parse
from scanflow.model import Paper
from scanflow.sections import SecretStr
from scanflow.settings import CatalogSettings, Settings
from scanflow.text.syllables import syllables
from tests.postgresql import Cluster, postgresql

_WORDS = 120
"""Of a page, beside its head."""
_MEASURED = 500
"""Pages that are filed one by one, to measure the cost of one; the others are loaded in bulk."""
_HEAD = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
_REPEATS = 5
_TICK = 1 / sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that one action took."""

    wall: float
    cpu: float

    def __str__(self) -> str:
        return f"{self.wall * 1000:,.1f} | {self.cpu * 1000:,.1f}"


@dataclass(frozen=True, slots=True)
class Database:
    """A catalog under test, and the server process whose CPU time counts too."""

    name: str
    catalog: Catalog
    server: int | None

    def cpu(self) -> float:
        """Seconds used so far."""
        return time.process_time() + (_cpu_of(self.server) if self.server else 0.0)

    def cost(self, action: Callable[[], object]) -> Cost:
        """Run an action and give its cost."""
        wall, cpu = time.perf_counter(), self.cpu()
        action()
        return Cost(time.perf_counter() - wall, self.cpu() - cpu)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--explain", action="store_true", help="PostgreSQL's plan of each question too")
    options = parser.parse_args()
    pages = list(itertools.islice(_pages(), options.pages))
    with opened() as databases:
        print(f"| {options.pages:,} pages of {_WORDS} words | ", end="")
        print(" | ".join(f"{each.name} wall ms | CPU ms" for each in databases), "| hits |")
        print("|---|" + "---:|---:|" * len(databases) + "---:|")
        head = pages[:_MEASURED]
        costs = [each.cost(partial(_fill, each.catalog, 0, head)) for each in databases]
        per_page = [Cost(cost.wall / len(head), cost.cpu / len(head)) for cost in costs]
        print("| one page into the index |", " | ".join(map(str, per_page)), "| |", flush=True)
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda each: _load(each, pages[_MEASURED:]), databases))
        for name, query in questions(pages).items():
            _ask(databases, name, query, explain=options.explain)


@contextmanager
def opened() -> Iterator[Sequence[Database]]:
    """Both databases, empty."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scanflow-bench-")))
        cluster = stack.enter_context(postgresql())
        embedded = stack.enter_context(open_catalog(Settings(home=home)))
        shared = stack.enter_context(open_catalog(_shared(home, cluster)))
        assert cluster.process is not None
        yield Database("SQLite", embedded, None), Database("PostgreSQL", shared, cluster.process.pid)


def questions(pages: Sequence[str]) -> dict[str, str]:
    """Queries, from common to rare words."""
    common, rare = pages[0].split()[-2:], _ranked()[5000]
    return {
        "on every page, without accents": "cong hoa xa hoi",
        "on every page, as a phrase": '"cộng hòa xã hội chủ nghĩa"',
        "two common words": " ".join(_ranked()[3:5]),
        "three words of middling rank": " ".join(_ranked()[50:53]),
        "two words side by side": f'"{" ".join(common)}"',
        "a rare word": rare,
        "the start of a word": f"{_ranked()[900][:3]}*",
        "a dossier's number": _number(7),
        "a number and a word": f"{_number(7)} viet nam",
    }


def _ask(databases: Sequence[Database], name: str, query: str, *, explain: bool) -> None:
    costs, found = [], []
    for each in databases:
        with each.catalog.reading() as connection:
            found.append(len(index.find(connection, parse(query), limit=10**6, offset=0)))
        runs = [each.cost(partial(search, each.catalog, query)) for _ in range(_REPEATS)]
        # The kernel counts a server's CPU in ticks of 10 ms: only the sum of the runs says something.
        costs.append(Cost(median(run.wall for run in runs), sum(run.cpu for run in runs) / _REPEATS))
    assert found[0] == found[1], f"{name}: {found} pages found"
    print(f"| {name} | {' | '.join(map(str, costs))} | {found[0]:,} |", flush=True)
    if explain:
        print(f"<!--\n{_plan(databases[1].catalog, query)}\n-->", flush=True)


def _plan(catalog: Catalog, query: str) -> str:
    """PostgreSQL's query plan."""
    statement = text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {index_postgresql.FIND}")
    parameters = {**index_postgresql.question(parse(query)), "limit": 20, "offset": 0}
    with catalog.reading() as connection:
        connection.execute(text(index_postgresql.BY_INDEX))
        return "\n".join(connection.scalars(statement, parameters))


# --- the pages -----------------------------------------------------------------------------------------


@cache
def _ranked() -> Sequence[str]:
    """Syllables, the commonest first, always the same."""
    found = sorted(syllables())
    random.Random(1).shuffle(found)
    return found[:7000]


def _pages() -> Iterator[str]:
    chance = random.Random(2)
    shares = list(itertools.accumulate(1 / (rank + 2) for rank in range(len(_ranked()))))
    while True:
        words = chance.choices(_ranked(), cum_weights=shares, k=_WORDS)
        yield _HEAD + "\n".join(" ".join(words[n : n + 10]) for n in range(0, _WORDS, 10))


def _number(dossier: int) -> str:
    return f"H13.42-260901-{dossier:05}"


def _load(database: Database, pages: Sequence[str]) -> None:
    """The rest of the pages; in PostgreSQL without the index, which is made again at the end."""
    index = "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_page_index_words'"
    if database.server:
        with database.catalog.transaction() as connection:
            definition = connection.scalar(text(index))
            connection.execute(text("DROP INDEX ix_page_index_words"))
    _fill(database.catalog, _MEASURED // 10, pages)
    if database.server:
        with database.catalog.transaction() as connection:
            connection.execute(text(str(definition)))
            connection.execute(text("ANALYZE"))


def _fill(catalog: Catalog, first: int, pages: Sequence[str]) -> None:
    """A dossier with one document for every ten pages, a transaction a document."""
    for dossier, place in enumerate(range(0, len(pages), 10), start=first):
        with catalog.transaction() as connection:
            number = _number(dossier)
            catalog.ensure_dossier(number, connection=connection)
            paper = Paper((0,), "to-khai", 0.9, title="Tờ khai")
            document = catalog.allocate_document(number, paper, f"b{dossier}", 1, connection=connection).id
            values = dict.fromkeys(("pdf_key", "pdf_sha256", "words_key", "words_sha256"), "")
            more = {"pdf_size": 0, "words_size": 0, "pages": 10, "confidence": 0.9, "made_by": {}}
            version = connection.execute(
                insert(versions).values(
                    document_id=document, version=1, created_at=datetime.now(UTC), **values, **more
                )
            ).inserted_primary_key
            assert version is not None
            for no, page in enumerate(pages[place : place + 10], start=1):
                row = {"version_id": version[0], "page_no": no, "text": page}
                key = connection.execute(insert(page_texts).values(row)).inserted_primary_key
                assert key is not None
                index.add(connection, key[0], page, number, f"{number} Tờ khai" if no == 1 else "")


# --- the clock -----------------------------------------------------------------------------------------


def _shared(home: Path, cluster: Cluster) -> Settings:
    url = cluster.url(cluster.new_database())
    return Settings(home=home, catalog=CatalogSettings(url=SecretStr(url)))


def _cpu_of(server: int) -> float:
    """Seconds that a server's processes have used, those that have ended too."""
    return sum(_ticks(path, server) for path in Path("/proc").glob("[0-9]*/stat")) * _TICK


def _ticks(path: Path, server: int) -> int:
    try:
        pid, _, rest = path.read_text(encoding="utf-8", errors="replace").partition(" ")
    except OSError:
        return 0  # it has ended since it was listed
    _state, parent, *fields = rest.rpartition(")")[2].split()
    user, system, user_of_children, system_of_children = map(int, fields[9:13])
    if int(pid) == server:
        return user + system + user_of_children + system_of_children
    return user + system if int(parent) == server else 0


if __name__ == "__main__":
    main()

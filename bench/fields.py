"""How well fields are read from rendered papers of invented people; of real first pages: `bench.real_heads`.

    python -m bench.fields [--count 200] [--seed N …] [--cache FOLDER] [--misses]

Readings are kept in `--cache` (never in the repository) so that a change of rules is measured in seconds.
Pages and truths come from the fixtures' renderer, with the damages of `bench.rendered` in turn.
"""

import argparse
import hashlib
import os
import pickle
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rapidfuzz import fuzz

from bench.reliability import reliability
from bench.rendered import KINDS, SEED
from fixtures.damage import scan_sheet
from fixtures.endless import batches
from fixtures.sheet import Paper
from scanflow.capture.files.unpack import unpack
from scanflow.classify.fields import SURE, read_details
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.model import FieldValue, PageReading
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings, load_settings
from scanflow.text.normalization import search_key

CHANCES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 1.01)


@dataclass(frozen=True, slots=True)
class Read:
    """A paper with its truth, the kind of damage done to it, and its pages as read."""

    name: str
    type: str
    damage: str
    truth: dict[str, str]
    pages: tuple[PageReading, ...]


def rendered_papers(count: int, seed: int) -> Iterator[tuple[str, str, Paper]]:
    """So many papers that nobody wrote on by hand, each with a damage in turn."""
    kinds = list(KINDS)
    no = 0
    for index, batch in enumerate(batches(seed, count)):
        for place, paper in enumerate(batch.papers):
            if any(sheet.handwritten for sheet in paper.sheets):
                continue
            yield f"{seed}-{index}-{place}", kinds[no % len(kinds)], paper
            no += 1
            if no >= count:
                return


def truth_of(paper: Paper) -> dict[str, str]:
    """What the paper says: its type's fields, and what an official paper says anyway."""
    facts: dict[str, str] = {}
    for sheet in paper.sheets:
        facts |= sheet.facts
    return facts | paper.fields


def read_rendered(count: int, seed: int, cache: Path, *, cached_only: bool = False) -> Iterator[Read]:
    """The rendered papers as read, from the cache where they are there."""
    reader: Reader | None = None
    for name, damage, paper in rendered_papers(count, seed):
        kept = cache / f"{name}-{_short(damage)}.pickle"
        if kept.exists():
            pages = pickle.loads(kept.read_bytes())  # noqa: S301 - written by this bench
        elif cached_only:
            continue
        else:
            reader = reader or Reader()
            pages = tuple(reader.read_sheet(paper, damage, no, name) for no in range(len(paper.sheets)))
            _keep(kept, pages)
        yield Read(name, paper.type, damage, truth_of(paper), pages)


class Reader:
    """An engine and its settings."""

    def __init__(self) -> None:
        self._settings: Settings = load_settings(Path(tempfile.mkdtemp()))
        self._engine: Engine = open_engine(self._settings.ocr)

    def read_sheet(self, paper: Paper, damage: str, no: int, name: str) -> PageReading:
        """One sheet drawn, damaged, scanned and read."""
        rng = random.Random(f"{name} {damage} {no}")
        kind = KINDS[damage]
        scan = replace(kind.scan, skew=round(rng.gauss(0, 0.5), 2))
        image = scan_sheet(kind.change(paper.sheets[no], rng), scan, rng.randrange(2**31))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "page.png"
            image.save(path, dpi=(scan.dpi, scan.dpi))
            return self.read_file(path)[0]

    def read_file(self, path: Path, first_only: bool = True) -> list[PageReading]:
        """A file's first page, or all of them."""
        unpacked = unpack(
            path.read_bytes(), path.name, self._settings.limits, self._settings.ocr.min_layer_quality
        )
        pages = unpacked.pages[:1] if first_only else unpacked.pages
        return [read_page(page, self._engine, self._settings) for page in pages]


def _keep(path: Path, pages: tuple[PageReading, ...]) -> None:
    beside = path.with_suffix(".part")
    beside.write_bytes(pickle.dumps(pages))
    beside.replace(path)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "scanflow-bench" / "fields"


# --- scoring --------------------------------------------------------------------------------------------

TEXTS = {"subject", "address", "agency", "superior_agency", "capacity", "business_name", "procedure_name"}
"""Fields that are words: right where nearly all letters are."""
ALIKE = 97.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one field that a paper has."""

    paper: str
    damage: str
    type: str
    name: str
    truth: str
    value: str
    confidence: float

    @property
    def right(self) -> bool:
        return is_right(self.name, self.value, self.truth)


def is_right(name: str, value: str, truth: str) -> bool:
    """Whether a value is the true one, capitals aside; of a text a letter in thirty may be wrong."""
    a, b = search_key(value), search_key(truth)
    return a == b or (name in TEXTS and fuzz.ratio(a, b) >= ALIKE)


def outcomes(read: Iterable[Read], profiles: Profiles) -> Iterator[Outcome]:
    """Each field that a paper has, with the first value that was read of it."""
    for paper in read:
        details = read_details(paper.pages, profiles.types.get(paper.type))
        first: dict[str, FieldValue] = {}
        for value in details:
            first.setdefault(value.name, value)
        for name, truth in paper.truth.items():
            if not truth:
                continue
            found = first.get(name)
            said, sure = (found.value, found.confidence) if found else ("", 0.0)
            yield Outcome(paper.name, paper.damage, paper.type, name, truth, said, sure)


def table(found: Sequence[Outcome], by: Callable[[Outcome], str]) -> str:
    """A row for each group: how many there are, F1 of what is passed as sure, wrong ones among those."""
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for each in found:
        groups[by(each)].append(each)
        groups["all"].append(each)
    rows = ["| | fields | sure | right of sure | F1 | wrong passed as sure |", "|---|---|---|---|---|---|"]
    for name, group in sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])):
        sure = [each for each in group if each.value and each.confidence >= SURE]
        right = sum(each.right for each in sure)
        f1 = 2 * right / (len(sure) + len(group)) if group else 0.0
        wrong = (len(sure) - right) / len(sure) if sure else 0.0
        rows.append(f"| {name} | {len(group)} | {len(sure)} | {right} | {f1:.3f} | {100 * wrong:.2f} % |")
    return "\n".join(rows)


def parser_of_papers(description: str | None, count: int) -> argparse.ArgumentParser:
    """A parser with the options that say which papers are read; `count`: how many of each seed by default."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=count, help="rendered papers of each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[SEED])
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--cached-only", action="store_true", help="read no page that is not in the cache")
    return parser


def read_papers(options: argparse.Namespace) -> Iterator[Read]:
    """The papers that these options ask for."""
    options.cache.mkdir(parents=True, exist_ok=True)
    for seed in options.seed:
        yield from read_rendered(options.count, seed, options.cache, cached_only=options.cached_only)


def main() -> None:
    parser = parser_of_papers(__doc__, count=200)
    parser.add_argument("--misses", action="store_true", help="list what is missing or wrong")
    options = parser.parse_args()
    found = list(outcomes(read_papers(options), load_profiles()))
    print(f"{len({each.paper for each in found})} rendered papers\n")
    for by in (lambda each: each.name, lambda each: each.damage, lambda each: each.type):
        print(table(found, by) + "\n")
    print(reliability({"values": [(each.confidence, each.right) for each in found if each.value]}, CHANCES))
    if options.misses:
        for each in found:
            if not each.right or each.confidence < SURE:
                mark = "WRONG" if each.confidence >= SURE and each.value else "miss"
                print(f"{mark} {each.paper} {each.damage} {each.type} {each.name}: "
                      f"{each.truth!r} {each.value!r} {each.confidence:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()

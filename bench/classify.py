"""How often papers get the right row, kind and type, as Markdown tables, with what went wrong.

    python -m bench.classify [--procedures N] [--pages N] [--ocr N] [--misses] [--no-seals]
                             [--only rows,read,papers,…]

Rows are judged on the half of the published procedures that no weight was learned from
(`bench.row_cases.is_judge`), on pages that `bench.list_papers` phrases.

- `rows`: words are spoiled as reading spoils them, without an engine.
- `read`: so many (`--ocr`) of those pages are drawn, worn and read.
- `papers`: so many pages (`--pages`), half of them the fixtures' own papers, whose types are known, half
  listed papers: their kind against that of the whole title, and whether one of no type is taken for one.
- `papers-read`: so many (`--ocr`) of those pages are drawn, worn and read.
- `forms`: the agencies' blank forms.
- `real`: first pages of real-pdfs; the symbol after the number is the truth.

A last table says how often answers of each chance are right: a calibrated chance is as high as that share.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from bench.form_texts import form_sheet
from bench.reliability import reliability
from bench.row_cases import (
    Case,
    Listed,
    foreign_cases,
    is_judge,
    listed,
    load_published,
    misreader,
    own_cases,
)
from bench.row_fit import RATES
from fixtures.damage import Scan, scan_sheet
from fixtures.endless import batches
from fixtures.extra import EXTRA
from fixtures.sheet import Sheet
from fixtures.words import read
from scanflow.classify.kinds import KindIndex, PageKind, kind_of_page, kind_of_title, symbol_of
from scanflow.classify.known_papers import MIN_KIND, sealed_kind
from scanflow.classify.page_view import PageView, view
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.classify.rows.listed_rows import row_index
from scanflow.classify.rows.row_scores import MIN_CHANCE, row_chances, score_rows
from scanflow.classify.rows.row_words import common_words
from scanflow.classify.seal_signs import seal_sign
from scanflow.classify.separation import MIN_CONFIDENCE, sealed_type
from scanflow.classify.titles import classify_view
from scanflow.errors import InputError
from scanflow.model import UNKNOWN_TYPE
from scanflow.pipeline.named_files import load_file
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.standalone.read_files import read_file, read_pages
from scanflow.settings import Settings
from scanflow.text.normalization import search_key

SEED = 7
WORN = (
    Scan(200, "grey", noise=4),
    Scan(300, "bitonal"),
    Scan(200, "grey", noise=5, faint=0.4),
    Scan(150, "grey", noise=2),
)


CHANCES = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01)


@dataclass(slots=True)
class Count:
    """Results: how often it was `asked`, `answered` and `right`, and the misses as texts. `chances` are those
    of the likeliest answers, given or not, with whether they are right.
    """

    asked: int = 0
    answered: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)
    chances: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, *, answered: bool, right: bool, miss: str, chance: float | None = None) -> None:
        self.asked += 1
        self.answered += answered
        self.right += answered and right
        if not (answered and right):
            self.misses.append(miss)
        if chance:
            self.chances.append((chance, right))

    def line(self, name: str) -> str:
        precision = self.right / self.answered if self.answered else 1.0
        coverage = self.answered / self.asked if self.asked else 0.0
        return f"| {name} | {self.asked} | {precision:.2%} | {coverage:.2%} | {self.answered - self.right} |"


@dataclass(frozen=True)
class Known:
    profiles: Profiles
    kinds: KindIndex
    procedures: list[Listed]
    seals: bool = True

    def shown(self, pages: Iterable[PageView]) -> Iterator[PageView]:
        """The pages as they are to be judged: with their seals or without."""
        return (page if self.seals else replace(page, seals=()) for page in pages)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--procedures", type=int, help="so many of the judging half; default all")
    parser.add_argument("--ocr", type=int, default=60, help="pages to draw and read")
    parser.add_argument("--pages", type=int, default=800, help="pages of the part `papers`; default: 800")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--no-seals", action="store_true", help="leave out what seals say")
    parser.add_argument("--only", default="rows,papers,forms", help="parts, with commas")
    options = parser.parse_args()
    profiles = load_profiles()
    kinds = KindIndex(profiles.kinds)
    published = [each for each in load_published() if is_judge(each.code)]
    random.Random(SEED).shuffle(published)
    known = Known(
        profiles,
        kinds,
        [listed(each, profiles, kinds) for each in published[: options.procedures]],
        seals=not options.no_seals,
    )
    parts: dict[str, Callable[[], Iterator[tuple[str, Count]]]] = {
        "rows": lambda: _rows(known, _spoiled, None, "spoiled words"),
        "read": lambda: _read_rows(known, options.ocr),
        "papers": lambda: _papers(known, options.pages, _spoiled, "spoiled words"),
        "papers-read": lambda: _read_papers(known, options.ocr),
        "forms": lambda: _forms(known),
        "real": lambda: _real(known),
    }
    print("| what | pages | right of those answered | answered | wrong |\n|---|---|---|---|---|")
    missed: list[str] = []
    counted: dict[str, Count] = {}
    for part in options.only.split(","):
        for name, count in parts[part]():
            print(count.line(name), flush=True)
            missed += [f"- {name}: {miss}" for miss in count.misses]
            counted[name] = count
    print("\n" + reliability({name: count.chances for name, count in counted.items()}, CHANCES))
    if options.misses:
        print("\n" + "\n".join(missed))


# How a page is seen: its sheet, and a name by which chance spoils or wears it in the same way each time.
See = Callable[[Sequence[tuple[str, Sheet]]], Iterable[PageView]]


def _rows(known: Known, see: See, most: int | None, how: str) -> Iterator[tuple[str, Count]]:
    """Own papers, and papers of other procedures: of those a row is always wrong. The time of one page."""
    half = None if most is None else most // 2
    own, foreign, every, seconds = Count(), Count(), Count(), 0.0
    cases = [
        *_mixed(own_cases(known.procedures, SEED))[:half],
        *_mixed(foreign_cases(known.procedures, SEED))[:half],
    ]
    views = known.shown(see([(_name(case), case.sheet) for case in cases]))
    for case, seen in zip(cases, views, strict=True):
        begun = time.process_time()
        index = row_index(case.listed.rows, common_words(), known.kinds, name=case.listed.published.name)
        scored = score_rows([seen], index, kind=kind_of_page(seen, known.kinds).kind)
        chances = row_chances(scored)
        seconds += time.process_time() - begun
        best = max(range(len(scored)), key=lambda no: chances[no], default=None)
        chance = chances[best] if best is not None else 0.0
        row = index.rows[scored[best].row].paper.id if best is not None else ""
        answered, right = chance >= MIN_CHANCE, row in case.right
        cue = scored[best].evidence[0].cue if best is not None and answered and scored[best].evidence else "-"
        said = f"{case.shown.title} {case.shown.subject}: {cue}"
        (own if case.right else foreign).add(answered=answered, right=right, miss=said)
        every.add(answered=answered, right=right, miss="", chance=chance)
    yield f"rows, {how}", own
    # Here an answer is the fault, and abstaining is right.
    foreign.misses = [miss for miss in foreign.misses if not miss.endswith(": -")]
    yield f"papers of other procedures, {how} (answered: taken for a row)", foreign
    every.misses = []
    yield f"own and other papers, {how}", every
    print(f"<!-- {1000 * seconds / max(1, every.asked):.1f} ms a page with its index, CPU -->")


def _name(case: Case) -> str:
    return f"{case.listed.code} {case.shown.title}"


def _mixed(cases: Iterable[Case]) -> list[Case]:
    """The cases in random order, so that the first ones are of many procedures."""
    mixed = list(islice(cases, 4000))
    random.Random(SEED).shuffle(mixed)
    return mixed


def _spoiled(sheets: Sequence[tuple[str, Sheet]]) -> Iterator[PageView]:
    """Pages as words that are spoiled as reading spoils them."""
    for name, sheet in sheets:
        rng = random.Random(name)
        yield view(read(sheet, misreader(rng, rng.choice(RATES))))


def _drawn(children: ChildProcesses, sheets: Sequence[tuple[str, Sheet]]) -> Iterator[PageView]:
    """Pages that are drawn, worn and read, several at once."""

    def see(named: tuple[str, Sheet]) -> PageView:
        name, sheet = named
        rng = random.Random(name)
        scan = replace(rng.choice(WORN), skew=round(rng.gauss(0, 0.5), 2))
        picture = io.BytesIO()
        scan_sheet(sheet, scan, rng.randrange(2**31)).save(picture, "png", dpi=(scan.dpi, scan.dpi))
        reading = read_file(children, picture.getvalue(), "page.png").pages[0].reading
        if isinstance(reading, InputError):
            raise reading
        return view(reading)

    with ThreadPoolExecutor(children.settings.jobs) as threads:
        yield from threads.map(see, sheets)


def _read_rows(known: Known, most: int) -> Iterator[tuple[str, Count]]:
    """As `_rows`, of pages that are drawn, worn and read."""
    with ChildProcesses(Settings()) as children:
        yield from _rows(known, partial(_drawn, children), most, "read")


def _read_papers(known: Known, most: int) -> Iterator[tuple[str, Count]]:
    """As `_papers`, of pages that are drawn, worn and read."""
    with ChildProcesses(Settings()) as children:
        yield from _papers(known, most, partial(_drawn, children), "read")


def _papers(known: Known, pages: int, see: See, how: str) -> Iterator[tuple[str, Count]]:
    """The types of the fixtures' papers, and the kinds of listed papers; those of no type are to get none."""
    typed, untyped, kinds = Count(), Count(), Count()
    papers = [
        (f"{SEED} {batch.name} {no}", paper)
        for batch in islice(batches(SEED, pages), max(1, pages // 8))
        for no, paper in enumerate(batch.papers)
    ][: pages // 2]
    views = known.shown(see([(name, paper.sheets[0]) for name, paper in papers]))
    for (_, paper), seen in zip(papers, views, strict=True):
        said, chance = _type(seen, known)
        answered = chance >= MIN_CONFIDENCE
        if paper.type in known.profiles.types:
            right = said == paper.type
            typed.add(answered=answered, right=right, miss=f"{said} for {paper.type}", chance=chance)
        elif paper.type == UNKNOWN_TYPE:
            untyped.add(answered=answered, right=False, miss=f"{paper.title}: {said}" if answered else "")
    yield f"types of the fixtures' papers, {how}", typed
    # By search keys, which spell "uỷ quyền" as "ủy quyền": it is the same paper.
    of_types = [search_key(title) for each in known.profiles.types.values() for title in each.titles]
    cases = list(islice(own_cases(known.procedures, SEED, rows=4), pages - len(papers)))
    views = known.shown(see([(_name(case), case.sheet) for case in cases]))
    for case, seen in zip(cases, views, strict=True):
        title = f"{case.shown.title} {case.shown.subject}"
        if not search_key(title).startswith(tuple(of_types)):
            said, chance = _type(seen, known)
            answered = chance >= MIN_CONFIDENCE
            untyped.add(answered=answered, right=False, miss=f"{title}: {said}" if answered else "")
        if truth := kind_of_title(title, known.kinds):
            found = _kind(seen, known)
            right = found.kind in known.kinds.family(truth) or truth in known.kinds.family(found.kind)
            answered = found.chance >= MIN_KIND
            said = found.kind if answered else "-"
            kinds.add(
                answered=answered, right=right, miss=f"{title}: {said} for {truth}", chance=found.chance
            )
    yield f"kinds of listed papers, {how}", kinds
    untyped.misses = [miss for miss in untyped.misses if miss]
    yield f"papers of no type, {how} (answered: taken for one)", untyped


def _type(seen: PageView, known: Known) -> tuple[str, float]:
    """The likeliest type and how likely it is."""
    ranked = classify_view(seen, known.profiles)
    best = sealed_type(ranked[0] if ranked else None, [seen], known.profiles)
    return (best.type, best.confidence) if best else ("", 0.0)


def _kind(seen: PageView, known: Known) -> PageKind:
    """The likeliest kind and how likely it is."""
    return sealed_kind(kind_of_page(seen, known.kinds), known.kinds, seal_sign([seen]))


def _forms(known: Known) -> Iterator[tuple[str, Count]]:
    """The agencies' blank forms, set anew: each is to have a type or at least a kind."""
    count = Count()
    for path in sorted((EXTRA / "procedures" / "forms").glob("*.doc*")):
        for seed in range(3):
            seen = view(read(form_sheet(path), misreader(random.Random(seed), 0.01 * seed)))
            type, chance = _type(seen, known)
            said = type if chance >= MIN_CONFIDENCE else kind_of_page(seen, known.kinds).kind
            count.add(answered=bool(said), right=bool(said), miss=path.name)
    yield "blank forms, set anew (answered: known)", count


def _real(known: Known) -> Iterator[tuple[str, Count]]:
    """The first pages of real-pdfs. The symbol is the truth, so the title must do without it."""
    settings = Settings()
    whole, titles = Count(), Count()
    with ChildProcesses(settings) as children:
        for path in sorted((EXTRA / "real-pdfs").glob("*.pdf")):
            unpacked = children.unpack(load_file(path, settings.limits), path.name).result()
            first = next(read_pages(children, unpacked.pages[:1], path.name)).reading
            if isinstance(first, InputError):
                continue
            seen = view(first)
            numbered = tuple(line for line in seen.lines if symbol_of(line))
            others = tuple(line for line in seen.lines if not symbol_of(line))
            truth = kind_of_page(replace(seen, lines=numbered), known.kinds).kind
            if not truth:
                continue  # its number was not read: it has no truth
            for count, lines in ((whole, seen.lines), (titles, others)):
                said = kind_of_page(replace(seen, lines=lines), known.kinds)
                kind = said.kind if said.chance >= MIN_KIND else ""
                count.add(answered=bool(kind), right=kind == truth, miss=f"{path.name}: {kind} for {truth}")
    yield "kinds of real-pdfs, by title alone", titles
    yield "kinds of real-pdfs, by title and symbol", whole


if __name__ == "__main__":
    main()

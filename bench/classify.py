"""How often papers get the right row, kind and type, as Markdown tables, with what went wrong.

    python -m bench.classify [--procedures N] [--ocr N] [--typed N] [--misses] [--only rows,read,kinds,…]

Rows are judged on the half of the published procedures that no weight was learned from
(`bench.row_cases.is_judge`), on pages that `bench.list_papers` phrases.

- `rows`: words are spoiled as reading spoils them, without an engine.
- `read`: so many (`--ocr`) of those pages are drawn, worn and read.
- `kinds`: the kind of the same pages against that of the whole title.
- `types`: the fixtures' own papers, and listed papers of no type.
- `forms`: the agencies' blank forms.
- `real`: first pages of real-pdfs; the symbol after the number is the truth.
"""

import argparse
import io
import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

from bench.form_texts import form_sheet
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
from fixtures.words import read
from scanflow.classify.kinds import KindIndex, kind_of_page, kind_of_title, symbol_of
from scanflow.classify.page_view import PageView, view
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.classify.row_words import common_words
from scanflow.classify.rows import match_rows, row_index
from scanflow.classify.separation import MIN_CONFIDENCE
from scanflow.classify.titles import classify_view
from scanflow.errors import InputError
from scanflow.model import UNKNOWN_TYPE
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.standalone import load_file, read_file, read_pages
from scanflow.settings import Settings

SEED = 7
WORN = (
    Scan(200, "grey", noise=4),
    Scan(300, "bitonal"),
    Scan(200, "grey", noise=5, faint=0.4),
    Scan(150, "grey", noise=2),
)


@dataclass(slots=True)
class Count:
    """How a thing went: `asked` times, `answered` of them, `right` of those; what went wrong, in words."""

    asked: int = 0
    answered: int = 0
    right: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, *, answered: bool, right: bool, miss: str) -> None:
        self.asked += 1
        self.answered += answered
        self.right += answered and right
        if not (answered and right):
            self.misses.append(miss)

    def line(self, name: str) -> str:
        precision = self.right / self.answered if self.answered else 1.0
        coverage = self.answered / self.asked if self.asked else 0.0
        return f"| {name} | {self.asked} | {precision:.2%} | {coverage:.2%} | {self.answered - self.right} |"


@dataclass(frozen=True)
class Known:
    profiles: Profiles
    kinds: KindIndex
    procedures: list[Listed]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--procedures", type=int, help="so many of the judging half; default all")
    parser.add_argument("--ocr", type=int, default=60, help="pages to draw and read")
    parser.add_argument("--typed", type=int, default=400, help="sheets of the fixtures' own papers")
    parser.add_argument("--misses", action="store_true", help="list what went wrong")
    parser.add_argument("--only", default="rows,kinds,types,forms", help="parts, with commas")
    options = parser.parse_args()
    profiles = load_profiles()
    kinds = KindIndex(profiles.kinds)
    published = [each for each in load_published() if is_judge(each.code)]
    random.Random(SEED).shuffle(published)
    known = Known(
        profiles, kinds, [listed(each, profiles, kinds) for each in published[: options.procedures]]
    )
    parts: dict[str, Callable[[], Iterator[tuple[str, Count]]]] = {
        "rows": lambda: _rows(known, _spoiled, None),
        "read": lambda: _read_rows(known, options.ocr),
        "kinds": lambda: _kinds(known),
        "types": lambda: _types(known, options.typed),
        "forms": lambda: _forms(known),
        "real": lambda: _real(known),
    }
    print("| what | pages | right of those answered | answered | wrong |\n|---|---|---|---|---|")
    missed: list[str] = []
    for part in options.only.split(","):
        for name, count in parts[part]():
            print(count.line(name), flush=True)
            missed += [f"- {name}: {miss}" for miss in count.misses]
    if options.misses:
        print("\n" + "\n".join(missed))


def _rows(known: Known, see: Callable[[Case], PageView], most: int | None) -> Iterator[tuple[str, Count]]:
    """Own papers, and papers of other procedures: of those a row is always wrong. The time of one page."""
    half = None if most is None else most // 2
    own, foreign, seconds = Count(), Count(), 0.0
    cases = chain(
        _mixed(own_cases(known.procedures, SEED))[:half],
        _mixed(foreign_cases(known.procedures, SEED))[:half],
    )
    for case in cases:
        seen = see(case)
        begun = time.process_time()
        index = row_index(case.listed.rows, common_words(), known.kinds, name=case.listed.published.name)
        found = match_rows(seen, index, kind=kind_of_page(seen, known.kinds).kind)
        seconds += time.process_time() - begun
        cue = found[0].evidence[0].cue if found and found[0].evidence else "-"
        said = f"{case.shown.title} {case.shown.subject}: {cue}"
        if case.right:
            own.add(answered=bool(found), right=bool(found) and found[0].row in case.right, miss=said)
        else:
            foreign.add(answered=bool(found), right=False, miss=said)
    name = "read" if most else "spoiled words"
    yield f"rows, {name}", own
    # Here an answer is the fault, and abstaining is right.
    foreign.misses = [miss for miss in foreign.misses if not miss.endswith(": -")]
    yield f"papers of other procedures, {name} (answered: taken for a row)", foreign
    pages = own.asked + foreign.asked
    print(f"<!-- {1000 * seconds / max(1, pages):.1f} ms a page with its index, CPU -->")


def _mixed(cases: Iterable[Case]) -> list[Case]:
    """In another order, so that the first of them are of many procedures."""
    mixed = list(islice(cases, 4000))
    random.Random(SEED).shuffle(mixed)
    return mixed


def _spoiled(case: Case) -> PageView:
    rng = random.Random(f"{case.listed.code} {case.shown.title}")
    return view(read(case.sheet, misreader(rng, rng.choice(RATES))))


def _read_rows(known: Known, most: int) -> Iterator[tuple[str, Count]]:
    """As `_rows`, of pages that are drawn, worn and read."""
    with ChildProcesses(Settings()) as children:

        def see(case: Case) -> PageView:
            rng = random.Random(f"{case.listed.code} {case.shown.title}")
            scan = replace(rng.choice(WORN), skew=round(rng.gauss(0, 0.5), 2))
            picture = io.BytesIO()
            scan_sheet(case.sheet, scan, rng.randrange(2**31)).save(picture, "png", dpi=(scan.dpi, scan.dpi))
            reading = read_file(children, picture.getvalue(), "page.png").pages[0].reading
            if isinstance(reading, InputError):
                raise reading
            return view(reading)

        yield from _rows(known, see, most)


def _kinds(known: Known) -> Iterator[tuple[str, Count]]:
    count = Count()
    for case in own_cases(known.procedures, SEED, rows=4):
        truth = kind_of_title(f"{case.shown.title} {case.shown.subject}", known.kinds)
        found = kind_of_page(_spoiled(case), known.kinds)
        said = found.kind if found.chance >= MIN_CONFIDENCE else ""
        if truth:
            right = said in known.kinds.family(truth) or truth in known.kinds.family(said)
            count.add(answered=bool(said), right=right, miss=f"{case.shown.title}: {said} for {truth}")
    yield "kinds of listed papers, spoiled words", count


def _types(known: Known, sheets: int) -> Iterator[tuple[str, Count]]:
    typed, untyped = Count(), Count()
    rng = random.Random(SEED)
    for batch in batches(SEED, sheets):
        for paper in batch.papers:
            seen = view(read(paper.sheets[0], misreader(rng, rng.choice(RATES))))
            said = _type(seen, known)
            if paper.type in known.profiles.types:
                typed.add(answered=bool(said), right=said == paper.type, miss=f"{said} for {paper.type}")
            elif paper.type == UNKNOWN_TYPE:
                untyped.add(answered=bool(said), right=False, miss=f"{paper.title}: {said}")
    yield "types of the fixtures' papers, spoiled words", typed
    of_types = [title.casefold() for each in known.profiles.types.values() for title in each.titles]
    for case in own_cases(known.procedures, SEED, rows=4):
        title = f"{case.shown.title} {case.shown.subject}".casefold()
        if not any(title.startswith(each) for each in of_types):
            said = _type(_spoiled(case), known)
            untyped.add(answered=bool(said), right=False, miss=f"{case.shown.title}: {said}" if said else "")
    untyped.misses = [miss for miss in untyped.misses if miss]
    yield "papers of no type (answered: taken for one)", untyped


def _type(seen: PageView, known: Known) -> str:
    ranked = classify_view(seen, known.profiles)
    return ranked[0].type if ranked and ranked[0].confidence >= MIN_CONFIDENCE else ""


def _forms(known: Known) -> Iterator[tuple[str, Count]]:
    """The agencies' blank forms, set anew: each is to have a type or at least a kind."""
    count = Count()
    for path in sorted((EXTRA / "procedures" / "forms").glob("*.doc*")):
        for seed in range(3):
            seen = view(read(form_sheet(path), misreader(random.Random(seed), 0.01 * seed)))
            said = _type(seen, known) or kind_of_page(seen, known.kinds).kind
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
                kind = said.kind if said.chance >= MIN_CONFIDENCE else ""
                count.add(answered=bool(kind), right=kind == truth, miss=f"{path.name}: {kind} for {truth}")
    yield "kinds of real-pdfs, by title alone", titles
    yield "kinds of real-pdfs, by title and symbol", whole


if __name__ == "__main__":
    main()

"""How well stacks are cut into papers: rendered stacks, real files laid on each other, real files alone.

    python -m bench.splitting [--stacks N] [--scanned N] [--seed S] [--readings FOLDER] [--misses]

Counted are borders within a stack, page by page: a border found where a paper begins, missed, or made where
none begins. A border is doubtful where the chance lies between the desk's limits. Real files are those that
had no part in fitting the weights (`training.borders.is_judged`); `--all-real` takes every one. Rendered
stacks are of other seeds than those fitted on. A second table says how many of the borders of each chance
are truly cuts.
"""

import argparse
import os

os.environ.setdefault("OMP_THREAD_LIMIT", "1")

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from bench.cached_readings import CachedReader
from bench.reliability import Judged, reliability
from bench.stacks import Stack, real_stacks, rendered_stacks, scanned_stacks
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import DOUBTFUL, is_doubtful, separate
from scanflow.model import Border, Paper
from training.borders import alone, real_half

SEED = 2
CHANCES = (0.0, 0.02, 0.05, DOUBTFUL[0], 0.3, 0.5, 0.7, DOUBTFUL[1], 0.95, 0.98, 1.01)


@dataclass(slots=True)
class Counts:
    """Borders of several stacks: `sure_wrong` are the wrong ones that are not doubtful; `chances` are those
    of all borders, each with whether a paper truly begins there.
    """

    pages: int = 0
    papers: int = 0
    found: int = 0
    missed: int = 0
    made: int = 0
    doubtful: int = 0
    sure_wrong: int = 0
    seconds: float = 0.0
    chances: list[Judged] = field(default_factory=list)

    @property
    def f1(self) -> str:
        """Of the borders within stacks, in per cent; a dash for stacks of one paper each, which have none."""
        if not self.found + self.missed:
            return "–"
        return f"{200 * self.found / (2 * self.found + self.missed + self.made):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stacks", type=int, default=40, help="rendered stacks; default: 40")
    parser.add_argument(
        "--scanned", type=int, default=0, help="rendered stacks that are drawn, worn and read"
    )
    parser.add_argument(
        "--seed", type=int, default=SEED, help="seed of the stacks; the weights were fitted on seed 1"
    )
    parser.add_argument("--readings", type=Path, help="the folder of kept readings; default: var/readings")
    parser.add_argument("--all-real", action="store_true", help="also the real files fitted on")
    parser.add_argument("--misses", action="store_true", help="list each wrong border")
    options = parser.parse_args()
    profiles, reader = load_profiles(), CachedReader(options.readings)
    files = real_half(reader, judged=True)
    if options.all_real:
        files += real_half(reader, judged=False)
    sets: dict[str, Iterable[Stack]] = {
        "rendered stacks": rendered_stacks(options.seed, options.stacks),
        "rendered, worn and read": scanned_stacks(
            options.seed, options.scanned, reader.folder / "images", reader
        ),
        "real files on each other": real_stacks(files, options.seed, 25),
        "real files alone": alone(files),
    }
    counted = {name: count(stacks, profiles, misses=options.misses) for name, stacks in sets.items()}
    print(table(counted))
    print("\n" + reliability({name: each.chances for name, each in counted.items()}, CHANCES))


def count(stacks: Iterable[Stack], profiles: Profiles, *, misses: bool = False) -> Counts:
    """Separate each stack and compare with its truth."""
    counts = Counts()
    for stack in stacks:
        start = time.process_time()
        papers = separate(stack.readings, {}, profiles, placing=stack.placing)
        counts.seconds += time.process_time() - start
        _count_stack(stack, papers, counts, misses=misses)
    return counts


def _count_stack(stack: Stack, papers: list[Paper], counts: Counts, *, misses: bool) -> None:
    cut = {paper.pages[0] for paper in papers}
    counts.pages += len(stack.readings)
    counts.papers += len(stack.begins)
    borders = [border for paper in papers for border in paper.borders if border.page > 0]
    for border in borders:
        truly, made = border.page in stack.begins, border.page in cut
        counts.found += truly and made
        counts.missed += truly and not made
        counts.made += made and not truly
        counts.doubtful += is_doubtful(border)
        counts.chances.append((border.chance, truly))
        if truly is not made:
            counts.sure_wrong += not is_doubtful(border)
            if misses:
                print(_miss(stack, border, truly=truly))


def _miss(stack: Stack, border: Border, *, truly: bool) -> str:
    said = ", ".join(
        f"{each.cue} {'+' if each.found == 'for' else '-'}{each.score}" for each in border.evidence
    )
    text = " ".join(word.text for word in stack.readings[border.page].words[:24])
    wrong = "missed" if truly else "cut"
    return f"- {stack.name} page {border.page}: {wrong}, chance {border.chance}: {said}\n    {text}"


def table(counted: dict[str, Counts]) -> str:
    """A Markdown table, a row a set."""
    rows = [
        "| stacks | pages | papers | F1 % | missed | cut within a paper | doubtful "
        "| wrong and not doubtful | ms/page |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    rows += [
        f"| {name} | {c.pages} | {c.papers} | {c.f1} | {c.missed} | {c.made} | {c.doubtful} "
        f"| {c.sure_wrong} | {1000 * c.seconds / max(1, c.pages):.1f} |"
        for name, c in counted.items()
        if c.pages
    ]
    return "\n".join(rows)


if __name__ == "__main__":
    main()

"""What remembering the pages of stacks costs and spares: milliseconds a page and memory, as a Markdown table.

    python -m bench.stack_memory [--pages N] [--stacks N]

Stacks of rendered papers (words, without an engine) are separated as the desk does it: at first, again
unchanged, and with one page put elsewhere. Memory is what Python's allocations grow by, with all the stacks
kept that a memory holds.
"""

import argparse
import time
import tracemalloc
from itertools import chain, islice

from fixtures.endless import batches
from fixtures.words import read
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.separation import separate
from scanflow.classify.stack_memory import StackMemory
from scanflow.model import PageReading

SEED = 11


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=100, help="pages of a stack; default: 100")
    parser.add_argument("--stacks", type=int, default=4, help="stacks that are worked on; default: 4")
    options = parser.parse_args()
    profiles = load_profiles()
    sheets = (
        sheet
        for batch in batches(SEED, options.pages * options.stacks)
        for paper in batch.papers
        for sheet in paper.sheets
    )
    pages = [read(sheet) for sheet in islice(sheets, options.pages * options.stacks)]
    stacks = [pages[start : start + options.pages] for start in range(0, len(pages), options.pages)]
    separate(stacks[0][:5], {}, profiles)  # what is made once for all stacks
    procedure = next(iter(profiles.procedures))

    def timed(stack: list[PageReading], memory: StackMemory | None) -> float:
        begun = time.process_time()
        separate(stack, {}, profiles, procedure=procedure, memory=memory)
        return 1000 * (time.process_time() - begun) / len(stack)

    print("| what | ms a page, CPU |\n|---|---|")
    memory = StackMemory()
    print(f"| at first | {timed(stacks[0], memory):.2f} |")
    print(f"| again, nothing changed | {timed(stacks[0], memory):.2f} |")
    moved = list(chain(stacks[0][1:], stacks[0][:1]))
    print(f"| the first page put last | {timed(moved, memory):.2f} |")
    print(f"| again without a memory | {timed(moved, None):.2f} |")

    tracemalloc.start()
    memory = StackMemory()
    before = tracemalloc.get_traced_memory()[0]
    for stack in stacks:
        separate(stack, {}, profiles, procedure=procedure, memory=memory)
    grown = tracemalloc.get_traced_memory()[0] - before
    print(f"\n{len(pages)} pages in {len(stacks)} stacks: {grown / 2**20:.1f} MB kept")


if __name__ == "__main__":
    main()

"""The most memory that one process takes to read scans in colour at 300 dpi, as a Markdown table.

    python -m bench.memory [--pages 25]

`scanflow pdf` reads one scan, then files with more and more: what grows from page to page would show.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from bench.rendered import SEED, make_sheets
from bench.speed import PR_SET_CHILD_SUBREAPER
from fixtures.damage import Scan, scan_sheet

_SCAN = Scan(300, "colour", noise=2)
# What a process has at most counts what the one had that forked it, so that a small one is put between. Those
# that read end after the program that began them, and become its children.
_SMALL = f"""
import ctypes, os, subprocess, sys
ctypes.CDLL(None).prctl({PR_SET_CHILD_SUBREAPER}, 1, 0, 0, 0)
subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
peak = 0
while True:
    try:
        peak = max(peak, os.wait4(-1, 0)[2].ru_maxrss)
    except ChildProcessError:
        break
print(peak)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pages", type=int, default=25, help="pages of the largest file")
    options = parser.parse_args()
    rng = random.Random(SEED)
    pages = [scan_sheet(sheet, _SCAN, rng.randrange(2**31)) for sheet in make_sheets(options.pages)]
    print("| pages | peak MB |\n|---|---|")
    for count in sorted({1, 5, len(pages)}):
        print(f"| {count} | {peak(pages[:count]):.0f} |", flush=True)


def peak(pages: Sequence[Image.Image]) -> float:
    """Megabytes of the largest process of a run that reads these pages."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.pdf"), Path(folder, "out.pdf")
        pages[0].save(source, save_all=True, append_images=pages[1:], resolution=_SCAN.dpi, quality=80)
        command = [sys.executable, "-m", "scanflow.cli", "-q", "pdf", str(source), str(target)]
        run = subprocess.run(
            [sys.executable, "-c", _SMALL, *command], check=True, capture_output=True, text=True
        )
        return int(run.stdout) / 1024


if __name__ == "__main__":
    main()

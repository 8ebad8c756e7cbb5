"""All measurements in turn, each in a process of its own, into docs/benchmarks.md.

python -m bench [--ocrmypdf PATH] [--only speed,size]
"""

import argparse
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
PARTS = {
    "speed": ("bench.speed", "Speed: whole programs with two jobs, then the line against recognition alone"),
    "size": ("bench.size", "Size: what a searchable file weighs beside the scan in it"),
    "accuracy": ("bench.accuracy", "Accuracy: character errors (reading order counts) and words"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--only", help="names of parts, with commas; default all")
    options = parser.parse_args()
    peer = ["--ocrmypdf", str(options.ocrmypdf)] if options.ocrmypdf else []
    sections = []
    for name in options.only.split(",") if options.only else PARTS:
        module, title = PARTS[name]
        command = [sys.executable, "-m", module, *peer]
        print(f"{title} …", file=sys.stderr)
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        sections.append(f"## {title}\n\n`python -m {module}`\n\n{done.stdout.strip()}\n")
        print(done.stdout)
    if not options.only:
        DOCS.write_text(_head() + "\n".join(sections) + _notes(), encoding="utf-8")


def _head() -> str:
    return (
        "# Benchmarks\n\n"
        f"Made by `make bench` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}. Machines are noisy: look at the ratios within a table, "
        "all of which comes from one run.\n\n"
    )


def _notes() -> str:
    """What a person wrote below the tables stays."""
    mark = "\n## Notes\n"
    before = DOCS.read_text(encoding="utf-8") if DOCS.exists() else ""
    return mark + before.partition(mark)[2] if mark in before else ""


if __name__ == "__main__":
    main()

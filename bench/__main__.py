"""Runs the measurements one after the other, each in its own process, and writes their sections of
docs/benchmarks.md.

    python -m bench [--ocrmypdf PATH] [--only speed,size]

Other sections of the document stay as they are. `steps` and `search` take hours and run only if they are
named; arguments after `--` go to the measurement:

    python -m bench --only search -- --pages 200000 --fts5
"""

import argparse
import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Part:
    """A measurement: the title of its section, its module, and whether it compares with OCRmyPDF."""

    title: str
    module: str
    with_peer: bool = True


PARTS = {
    "speed": Part("Speed", "bench.speed"),
    "size": Part("Size", "bench.size"),
    "accuracy": Part("Accuracy", "bench.accuracy"),
    "classify": Part("Rows, kinds and types of papers", "bench.classify", with_peer=False),
    "search": Part("Search at scale", "bench.search", with_peer=False),
    "night": Part("A night", "bench.night"),
    "steps": Part("Steps, with and without", "bench.ablation", with_peer=False),
}
DEFAULT = "speed,size,accuracy"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ocrmypdf", type=Path, help="the ocrmypdf program; default: on PATH, else left out")
    parser.add_argument("--only", default=DEFAULT, help=f"names of parts, with commas; default: {DEFAULT}")
    parser.add_argument("more", nargs="*", help="after --: arguments of the measurement itself")
    options = parser.parse_args()
    peer = ["--ocrmypdf", str(options.ocrmypdf)] if options.ocrmypdf else []
    for name in options.only.split(","):
        part = PARTS[name]
        print(f"{part.title} …", file=sys.stderr)
        command = [sys.executable, "-m", part.module, *(peer if part.with_peer else []), *options.more]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        print(done.stdout)
        body = f"{_circumstances(part.module, options.more)}\n\n{done.stdout.strip()}"
        old = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(with_sections(old, {part.title: body}), encoding="utf-8")


def _circumstances(module: str, more: Sequence[str]) -> str:
    asked = " ".join(each for each in (f"python -m {module}", *more))
    return (
        f"`{asked}`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the end."
    )


def with_sections(document: str, made: Mapping[str, str]) -> str:
    """The document with the sections of these titles replaced, or added at its end."""
    head, *rest = _HEADING.split(document)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    sections |= made
    bodies = (f"## {title}\n\n{body.strip()}\n" for title, body in sections.items())
    return head + "\n".join(bodies)


if __name__ == "__main__":
    main()

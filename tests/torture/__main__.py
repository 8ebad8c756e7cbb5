"""`make torture`: the long run, its seed printed, its result written into docs/torture.md."""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from tests.torture.run import MODES, Result, torture

_COLUMNS = (
    *("site", "kills", "of which", "deliveries", "pages", "filed", "set aside", "waiting for a number"),
    *("broken files in quarantine", "lost", "doubled", "minutes"),
)


def main() -> int:
    """Torture each kind of site; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="replay this one; default: a new one")
    parser.add_argument("--kills", type=int, default=1000, help="over all sites; default: 1000")
    parser.add_argument("--mode", choices=MODES, default=None, help="only this site")
    parser.add_argument("--write", type=Path, default=None, help="where the result goes, as Markdown")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**8)
    modes = [asked.mode] if asked.mode else list(MODES)
    _say(f"seed {seed}")
    results = []
    for mode in modes:
        with tempfile.TemporaryDirectory(prefix="scanflow-torture-") as folder:
            say = partial(_say, mode)
            results.append(torture(mode, seed, -(-asked.kills // len(modes)), Path(folder) / "site", say))
        _say(_row(results[-1]))
        for problem in results[-1].account.problems:
            _say("PROBLEM:", problem)
    if asked.write:
        asked.write.write_text(_page(results, seed, asked.kills), encoding="utf-8")
    return int(any(result.account.problems for result in results))


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def _row(result: Result) -> str:
    account = result.account
    kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(result.kills.items()))
    cells = (
        *(result.mode, result.killed, kinds, result.deliveries, account.captured, account.filed),
        *(account.set_aside, account.waiting, account.quarantined_files, account.lost, account.doubled),
        f"{result.seconds / 60:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


def _page(results: Sequence[Result], seed: int, kills: int) -> str:
    problems = [problem for result in results for problem in result.account.problems]
    found = "\n".join(f"- {problem}" for problem in problems) or (
        "Every batch is closed or waits for its number, every page is in one place, `verify` is clean, the "
        "catalog that is rebuilt from the objects alone is the same, no process and no job is left over."
    )
    return f"""# Torture

`make torture` delivers small batches through an inbox and at a counter, and at random moments kills with
SIGKILL: a *child* that decodes or reads, a *process* (its children are left behind), a *group* (a process
with all that it started), or the *store*'s server. What was killed is started again. The embedded site has
a watcher that works and a worker on SQLite and a folder; the shared one a watcher and two workers on
PostgreSQL and SeaweedFS.

Afterwards every page is looked for in the store itself, by its pixels: in a document, set aside, in a file in
quarantine, or in a batch that waits for its number; it must be in exactly one of them. A file is broken on
purpose or good, and only broken ones may be in quarantine.

`make torture SEED={seed} KILLS={kills}`, {datetime.now(UTC):%Y-%m-%d}:

| {" | ".join(_COLUMNS)} |
|{"---|" * len(_COLUMNS)}
{chr(10).join(map(_row, results))}

{found}
"""


if __name__ == "__main__":
    sys.exit(main())

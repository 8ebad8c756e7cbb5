"""`make torture`: the long run, its seed printed, its result written into docs/torture.md."""

import argparse
import secrets
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from scanflow.clock import date_in_vietnam, now
from scanflow.names import printable_text
from tests.torture.run import MODES, Result, torture
from tests.torture.site import SILENCE

_COLUMNS = (
    *("site", "events", "deliveries", "pages", "filed", "set aside", "waiting for a number"),
    *("broken files in quarantine", "lost", "doubled", "minutes"),
)


def main() -> int:
    """Torture each kind of site; the exit code is 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, default=None, help="seed of a run to repeat; default: a new one")
    parser.add_argument("--events", type=int, default=1000, help="events over all sites; default: 1000")
    parser.add_argument("--mode", choices=MODES, default=None, help="only this site")
    parser.add_argument(
        "--keep", type=Path, default=None, help="a site's files go here if anything was wrong"
    )
    parser.add_argument("--write", type=Path, default=None, help="where the result goes, as Markdown")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**8)
    modes = [asked.mode] if asked.mode else list(MODES)
    _say(f"seed {seed}")
    results = []
    for mode in modes:
        with tempfile.TemporaryDirectory(prefix="scanflow-torture-") as folder:
            say = partial(_say, mode)
            events = -(-asked.events // len(modes))
            results.append(torture(mode, seed, events, Path(folder) / "site", say, asked.keep))
        _say(_row(results[-1]))
        for problem in results[-1].account.problems:
            _say("PROBLEM:", printable_text(problem))
    if asked.write:
        asked.write.write_text(_page(results, seed, asked.events), encoding="utf-8")
    return int(any(result.account.problems for result in results))


def _say(*words: str) -> None:
    sys.stdout.write(" ".join(words) + "\n")
    sys.stdout.flush()


def _row(result: Result) -> str:
    account = result.account
    cells = (
        *(result.mode, result.happened, result.deliveries, account.captured, account.filed),
        *(account.set_aside, account.waiting, account.quarantined_files, account.lost, account.doubled),
        f"{result.seconds / 60:.0f}",
    )
    return f"| {' | '.join(map(str, cells))} |"


_KINDS = {
    "child": "a child that decodes or reads is killed",
    "process": "a process is killed, its children are left behind",
    "group": "a process is killed with all that it started",
    "store": "the object store's server is killed; it is back after at most three seconds",
    "stop": f"a process, or one with its children, is stopped for more than the {SILENCE} seconds after "
    "which it is taken for dead, and wakes when others have its work",
    "HTML": "for up to five seconds a proxy between agent and server answers 200 with a page of HTML",
    "unmounted share": "in the place of the store's folder is an empty one for up to three seconds",
    "yesterday's catalog": "the machine dies, catalog and queue are restored from a copy of up to 15 seconds "
    "ago, and `scanflow repair` brings catalog and bucket together",
    "odd name": "a file comes whose name is not UTF-8, or has control or direction characters, or is as long "
    "as a name may be, or one of two that look alike",
}


def _page(results: Sequence[Result], seed: int, events: int) -> str:
    problems = [problem for result in results for problem in result.account.problems]
    found = "\n".join(f"- {printable_text(problem)}" for problem in problems) or (
        "Every batch is closed or waits for its number, every page is in one place, `verify` is clean, the "
        "catalog that is rebuilt from the objects alone is the same, no process and no job is left over."
    )
    kinds = "\n".join(
        f"| {kind}: {what} | {' | '.join(str(result.events.get(kind, '')) for result in results)} |"
        for kind, what in _KINDS.items()
        if any(result.events.get(kind) for result in results)
    )
    return f"""# Torture

`make torture` delivers small batches through an inbox and at a counter, and at random moments has something
happen to a site. What was killed is started again. The embedded site has a watcher that works and a worker on
SQLite and a folder; the station the web pages' server and a counter's agent with a scanner, at which a clerk
scans and files, on SQLite and a folder; the shared one a watcher and two workers on PostgreSQL and SeaweedFS.

Afterwards every page is looked for in the store itself, by its pixels: in a document, set aside, in a file in
quarantine, or in a batch that waits for its number; it must be in exactly one of them. A file is broken on
purpose or good, and only broken ones may be in quarantine.

`make torture SEED={seed} EVENTS={events}`, {date_in_vietnam(now()):%Y-%m-%d}:

| {" | ".join(_COLUMNS)} |
|{"---|" * len(_COLUMNS)}
{chr(10).join(map(_row, results))}

| what happened | {" | ".join(result.mode for result in results)} |
|---|{"---:|" * len(results)}
{kinds}

{found}

The torture lets a page be tried 1,000 times (`limits.attempts`, `work.attempts`). With the default of 3, a
good page that is hit by three kills goes to quarantine: kept, but for a person to look at. PostgreSQL itself
is not killed here; that is tests/faults/test_database.py.
"""


if __name__ == "__main__":
    sys.exit(main())

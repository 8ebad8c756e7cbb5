"""The result as Markdown."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from tests.hostile.trial import Trial


@dataclass(frozen=True)
class Run:
    """All trials of a run, and what was wrong, with the whole archive at the end too."""

    command: str
    day: date
    seconds: float
    trials: Sequence[Trial]
    damaged: Sequence[Trial]
    problems: Sequence[str]


COLUMNS = ("file", "kB", "verdict", "seconds", "child MB", "parent MB")


def row(trial: Trial) -> str:
    """A trial as a line of a table."""
    seen = trial.observed
    return _line(
        (
            *(trial.name, f"{trial.size / 1000:.0f}", _verdicts(trial.verdicts), f"{seen.seconds:.1f}"),
            *(_megabytes(seen.child), _megabytes(seen.parent)),
        )
    )


def page(run: Run) -> str:
    """The whole report."""
    everything = [*run.trials, *run.damaged]
    limits = everything[0].limits
    longest = max(run.trials, key=lambda trial: trial.observed.seconds)
    largest = max(everything, key=lambda trial: trial.observed.child)
    space = max(everything, key=lambda trial: trial.observed.space)
    heaviest = max(everything, key=lambda trial: trial.observed.parent)
    damaged = sum(len(trial.files) for trial in run.damaged)
    return f"""# Hostile files

`make hostile` gives every file of a folder of odd, broken, encrypted, signed and oversized PDFs and images
(`hostile` of the extra files, fixtures/extra.py; without it the fixtures' own broken ones) to a `scanflow
ingest` of its own, all into one fresh archive, and then some batches of small
files that were damaged at random (`tests/fuzz`). Each must be filed, set aside, or quarantined with a reason
in English and Vietnamese, its batch closed with the count right, nothing but our own log lines on stderr, no
process left behind, no child beyond `limits.memory`; at the end `scanflow verify` must be clean.

`{run.command}`, {run.day}, {run.seconds / 60:.0f} minutes. Limits: {limits.memory / 2**20:.0f} MB, \
{limits.seconds:g} s a page, {limits.file_seconds:g} s a file, {limits.pixels / 10**6:g} million pixels.

{_problems(run.problems)}

- Longest: {longest.name}, {longest.observed.seconds:.1f} s. Seconds are from start to end of the program.
- Most memory of a child: {_megabytes(largest.observed.child)} MB ({largest.name}). Memory is resident, the
  most that the kernel noted of a process; a child is whatever decodes, reads or renders.
- Most address space of a child, which is what the limit limits: {_megabytes(space.observed.space)} MB \
({space.name}).
- Most memory of the parent, `ingest` itself: {_megabytes(heaviest.observed.parent)} MB ({heaviest.name}).

## By verdict

{_table(("verdict", "files"), _by_verdict(run.trials))}

A file whose pages came to different ends counts under each.

## In quarantine

{_table(("file", "page", "code", "reason", "for the clerk"), _quarantined(run.trials))}

## Damaged at random

{damaged} files in {len(run.damaged)} batches, {_seconds(run.damaged):.0f} s in all, to these ends (pages, or
whole files in quarantine): {_verdicts(_total(run.damaged)) or "none"}.

## Every file

{_table(COLUMNS, (row(trial) for trial in run.trials), ready=True)}
"""


def _problems(problems: Sequence[str]) -> str:
    if not problems:
        return "All held."
    return "\n".join(f"- PROBLEM: {problem}" for problem in problems)


def _seconds(trials: Iterable[Trial]) -> float:
    return sum(trial.observed.seconds for trial in trials)


def _total(trials: Iterable[Trial]) -> Counter[str]:
    return sum((trial.verdicts for trial in trials), Counter[str]())


def _verdicts(verdicts: Counter[str]) -> str:
    return ", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items()))


def _by_verdict(trials: Iterable[Trial]) -> list[tuple[object, ...]]:
    files: Counter[str] = Counter()
    for trial in trials:
        files.update(set(trial.verdicts))
    return sorted(files.items())


def _quarantined(trials: Iterable[Trial]) -> list[tuple[object, ...]]:
    return [
        (laid["file"], laid["page"] or "all", laid["code"], laid["reason"], laid["reason_vi"])
        for trial in trials
        for laid in trial.quarantined
    ]


def _table(columns: Sequence[str], rows: Iterable[object], *, ready: bool = False) -> str:
    to_line: Callable[[object], str] = str if ready else _line
    return "\n".join((_line(columns), "|---" * len(columns) + "|", *map(to_line, rows)))


def _line(cells: object) -> str:
    assert isinstance(cells, Sequence)
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f}"

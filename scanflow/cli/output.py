"""Prints results, progress and error messages."""

import dataclasses
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanflow.cli.app import invocation
from scanflow.cli.language import in_vietnamese, word
from scanflow.errors import ScanflowError
from scanflow.names import printable_text

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


_MARK = "bold yellow"
"""Rich's style of what is marked in a cell."""

_BORDERS = 3
"""Characters of a table's border and padding beside each column."""

_WANT_COLOURS = ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE")
"""Variables by which Rich takes a pipe for a terminal."""


class _Console:
    """Rich's console, loaded when something is printed: `--help` prints without it."""

    def __init__(self, *, stderr: bool) -> None:
        self._stderr = stderr

    @cached_property
    def console(self) -> "Console":
        from rich.console import Console

        return Console(stderr=self._stderr, highlight=False, soft_wrap=True)

    @property
    def is_terminal(self) -> bool:
        return not self._is_plain and self.console.is_terminal

    @property
    def _is_plain(self) -> bool:
        """Whether it is a file or a pipe without colours, for which Rich would change nothing."""
        stream = sys.stderr if self._stderr else sys.stdout
        return not stream.isatty() and not any(name in os.environ for name in _WANT_COLOURS)

    def print(self, text: object = "", *, style: str | None = None, markup: bool = True) -> None:
        """Print a text or a table; `markup`: whether square brackets mean styles."""
        if isinstance(text, str) and not (markup and "[" in text) and self._is_plain:
            (sys.stderr if self._stderr else sys.stdout).write(text + "\n")
        else:
            self.console.print(text, style=style, markup=markup)


stdout = _Console(stderr=False)
stderr = _Console(stderr=True)


def print_error(error: ScanflowError) -> None:
    """Print an error on stderr in both languages, the language of results first."""
    english, vietnamese = f"scanflow: {error.message}", error.message_vi
    first, second = (f"scanflow: {vietnamese}", error.message) if in_vietnamese() else (english, vietnamese)
    stderr.print(printable_text(first), style="red", markup=False)
    stderr.print(printable_text(second), markup=False)


def print_note(text: str) -> None:
    """Print a remark on stderr, unless --quiet."""
    if not invocation.quiet:
        stderr.print(printable_text(text), markup=False)


def print_notice(text: str, text_vi: str) -> None:
    """Print important information on stderr, in both languages, the language of results first; also with
    --quiet.
    """
    for each in (text_vi, text) if in_vietnamese() else (text, text_vi):
        stderr.print(printable_text(each), markup=False)


def print_json(value: Any) -> None:
    """Print a value made of dataclasses, mappings, sequences, paths and times as JSON on stdout."""
    sys.stdout.write(json.dumps(value, default=_plain, ensure_ascii=False, indent=2) + "\n")


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.repr}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Path):
        return printable_text(str(value))
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


@dataclasses.dataclass(frozen=True)
class Marked:
    """A cell of a table with stretches (from, to) that are coloured; printed where stdout is a terminal."""

    text: str
    marks: Sequence[tuple[int, int]]

    def __str__(self) -> str:
        return self.text


def _text(cell: object, shown: str) -> "Text":
    """The text of a cell, coloured where it is marked."""
    from rich.text import Text

    made = Text(shown)
    if isinstance(cell, Marked) and cell.text == shown:  # else the places are others
        for begin, end in cell.marks:
            made.stylize(_MARK, begin, end)
    return made


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table on stdout; as tab-separated lines where stdout is no terminal.

    Text is broken between its words only: identifiers, names of files and keys stay whole. Where they don't
    fit beside each other, each row is a block of lines.
    """
    cells = [[printable_text(str(cell)) for cell in row] for row in rows]
    if not stdout.is_terminal:
        for plain in cells:
            sys.stdout.write("\t".join(plain) + "\n")
        return
    from rich.cells import cell_len

    heads = [word(column) for column in columns]
    columns_of_text = list(zip(heads, *cells, strict=True))
    least = [
        max(cell_len(part) for text in each for part in text.split() or [""]) for each in columns_of_text
    ]
    room = stdout.console.width - sum(least) - _BORDERS * len(least) - 1
    if room < 0:
        _print_blocks(word(title), heads, [list(map(_text, *each)) for each in zip(rows, cells, strict=True)])
        return
    from rich.table import Table

    table = Table(title=word(title), title_justify="left")
    wanted = [max(map(cell_len, each)) - width for each, width in zip(columns_of_text, least, strict=True)]
    for head, width, more in zip(heads, least, _shares(wanted, room), strict=True):
        table.add_column(head, width=width + more)
    for row, shown in zip(rows, cells, strict=True):
        table.add_row(*map(_text, row, shown))
    stdout.print(table)


def _shares(wanted: Sequence[int], room: int) -> list[int]:
    """How `room` is divided among wanted widths: small ones get all that they want, the others
    equal parts.
    """
    shares = [0] * len(wanted)
    left = len(wanted)
    for no in sorted(range(len(wanted)), key=wanted.__getitem__):
        shares[no] = min(wanted[no], room // left)
        room -= shares[no]
        left -= 1
    return shares


def _print_blocks(title: str, heads: Sequence[str], rows: Sequence[Sequence["Text"]]) -> None:
    """Print each row as lines of `head  cell`, with an empty line after it; without empty cells."""
    width = max(map(len, heads))
    if title:
        sys.stdout.write(f"{title}\n\n")
    from rich.text import Text

    for row in rows:
        for head, cell in zip(heads, row, strict=True):
            if cell:
                stdout.print(Text(f"{head.ljust(width)}  ") + cell)
        stdout.print()


@contextmanager
def progress_bar(what: str) -> Iterator[Any]:
    """A bar on stderr: yields a function of (done, total). Silent with --quiet or without a terminal."""
    if invocation.quiet or not stderr.is_terminal:
        yield lambda _done, _total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=stderr.console, transient=True) as bar:
        task = bar.add_task(printable_text(what), total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

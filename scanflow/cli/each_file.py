"""Files that `scanflow classify` and `scanflow fields` read one behind another, and what can't be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanflow.cli.output import print_error, progress_bar
from scanflow.errors import InputError
from scanflow.names import printable_name

if TYPE_CHECKING:
    from scanflow.pipeline.standalone.read_files import ReadFile
    from scanflow.settings import Settings


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file could not be read, or a page of it."""

    file: str
    page: int | None
    error: InputError

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "page": self.page,
            "error": self.error.code,
            "message": self.error.message,
        }


def read_each(settings: "Settings", files: Sequence[Path], problems: list[Problem]) -> Iterator["ReadFile"]:
    """Read files, each when it is asked for. What can't be read goes to `problems`; the others are read.

    Raises UsageError for a name that is no file's, before anything is read.
    """
    from scanflow.pipeline import named_files
    from scanflow.pipeline.sandbox import pool
    from scanflow.pipeline.standalone import read_files

    for file in files:
        named_files.require_file(file)
    with pool.ChildProcesses(settings) as children:
        for file in files:
            name = printable_name(file.name)
            try:
                data = named_files.load_file(file, settings.limits)
                with progress_bar(f"reading {name}") as progress:
                    read = read_files.read_file(children, data, name, progress)
            except InputError as error:
                problems.append(Problem(name, None, error))
                continue
            problems += [Problem(name, no, error) for no, error in read.problems]
            yield read


def print_problems(problems: Sequence[Problem]) -> None:
    """Print what could not be read; if there is anything, end the command with the exit code of bad input."""
    for problem in problems:
        print_error(_with_place(problem))
    if problems:
        raise typer.Exit(InputError.exit_code)


def _with_place(problem: Problem) -> InputError:
    """The error with file and page, where its message does not begin with the file already."""
    error, file, page = problem.error, problem.file, problem.page
    where, where_vi = (file, file) if page is None else (f"{file} page {page}", f"{file}, trang {page}")
    message = error.message if error.message.startswith(file) else f"{where}: {error.message}"
    return type(error)(message, f"{where_vi}: {error.message_vi}")

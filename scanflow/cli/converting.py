"""Where `scanflow read` and `scanflow pdf` take files from and put results: files, folders, stdin, stdout."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from scanflow.cli.output import print_error, print_note, progress_bar
from scanflow.errors import InputError, OversizedInputError, UsageError
from scanflow.names import printable_name

if TYPE_CHECKING:
    from scanflow.pipeline.sandbox.pool import ChildProcesses
    from scanflow.settings import LimitSettings, Settings

STDIO = Path("-")
"""Names stdin among the inputs and stdout as the output."""

_SUFFIXES = frozenset((".pdf", ".tif", ".tiff", ".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif"))


@dataclass(frozen=True)
class Planned:
    """A file to be read and where its result goes."""

    source: Path
    target: Path


def name_of(source: Path) -> str:
    """A source's name for messages and titles."""
    return "stdin" if source == STDIO else printable_name(source.name)


def load(source: Path, limits: "LimitSettings") -> bytes:
    """The bytes of a file, or of stdin. Raises UsageError or OversizedInputError."""
    from scanflow.pipeline import named_files

    if source != STDIO:
        return named_files.load_file(source, limits)
    if sys.stdin.isatty():
        raise UsageError(
            "stdin is a terminal: give it a file, as in `scanflow pdf - - < IN.pdf > OUT.pdf`",
            "Hãy đưa tệp vào qua stdin, ví dụ: scanflow pdf - - < VAO.pdf > RA.pdf",
        )
    data = sys.stdin.buffer.read(limits.file_bytes + 1)
    if len(data) > limits.file_bytes:
        raise OversizedInputError(f"stdin: more than limits.file_bytes ({limits.file_bytes})")
    return data


def require_place(source: Path, *targets: Path | None) -> None:
    """Raise UsageError where a target is the source, or is a terminal that no file can be written to."""
    from scanflow.pipeline import named_files

    if STDIO in targets and sys.stdout.isatty():
        raise UsageError(
            "stdout is a terminal: send it to a file, as in `scanflow pdf IN.pdf - > OUT.pdf`",
            "Hãy chuyển stdout vào tệp, ví dụ: scanflow pdf VAO.pdf - > RA.pdf",
        )
    if source != STDIO:
        named_files.require_other_file(source, *(each for each in targets if each != STDIO))


def store(target: Path, data: bytes) -> None:
    """Write a result whole or not at all; to stdout, where that is named. Raises UsageError."""
    from scanflow.pipeline import named_files

    if target == STDIO:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        named_files.write_beside(target, data)


def plan(paths: Sequence[Path], folder: Path, suffix: str) -> list[Planned]:
    """The results' paths for files, and for all PDFs and images below folders: `folder/…/NAME` with this
    suffix.

    If names in one folder differ only in their suffix they keep it: `a.jpg.pdf`, `a.png.pdf`. Raises
    UsageError for a missing path, two results with one name, and a folder without such files.
    """
    below: list[tuple[Path, Path]] = []
    for path in paths:
        if path == STDIO:
            raise UsageError("stdin can't go into a folder", "Không dùng stdin cùng với --output-folder.")
        below += (
            [(each, each.relative_to(path)) for each in _files_in(path, folder)]
            if path.is_dir()
            else [(path, Path(path.name))]
        )
    stems = [relative.with_suffix("") for _, relative in below]
    alike = Counter(stems)
    planned = [
        Planned(source, folder / (f"{relative}{suffix}" if alike[stem] > 1 else f"{stem}{suffix}"))
        for (source, relative), stem in zip(below, stems, strict=True)
    ]
    targets = Counter(each.target for each in planned)
    twice = next((each for each in planned if targets[each.target] > 1), None)
    if twice or not planned:
        what = f"two results would be {twice.target}" if twice else "no PDF and no image there"
        raise UsageError(what, f"Không có tệp nào để đọc, hoặc hai kết quả trùng tên: {what}.")
    return planned


def _files_in(folder: Path, output: Path) -> list[Path]:
    """The PDFs and images below a folder in natural order, without hidden ones and those in `output`."""
    from scanflow.pipeline.intake.gather import gather

    found = [file for group in gather([folder]) for file in group.files]
    own = [file for file in found if output.resolve() not in file.resolve().parents]
    taken = [file for file in own if file.suffix.lower() in _SUFFIXES]
    if len(taken) < len(own):
        print_note(f"{folder}: {len(own) - len(taken)} files are neither PDFs nor images")
    return taken


def convert_each(
    settings: "Settings", planned: Sequence[Planned], convert: "Callable[[ChildProcesses, Planned], None]"
) -> None:
    """Convert files, several at once; those that fail are named, and the command ends with the code of bad
    input.
    """
    from concurrent.futures import ThreadPoolExecutor

    from scanflow.pipeline.sandbox.pool import ChildProcesses

    failed = 0
    with (
        ThreadPoolExecutor(settings.jobs) as threads,  # ended last: what waits there for children has failed
        ChildProcesses(settings) as children,
        progress_bar("files") as progress,
    ):
        running = [threads.submit(_convert, convert, children, each) for each in planned]
        for done, (each, future) in enumerate(zip(planned, running, strict=True), start=1):
            try:
                future.result()
            except (InputError, UsageError) as error:
                failed += 1
                name = printable_name(each.source)
                print_error(type(error)(f"{name}: {error.message}", f"{name}: {error.message_vi}"))
            progress(done, len(planned))
    if failed:
        print_note(f"{len(planned) - failed} of {len(planned)} files converted")
        raise typer.Exit(InputError.exit_code)


def _convert(
    convert: "Callable[[ChildProcesses, Planned], None]", children: "ChildProcesses", planned: Planned
) -> None:
    require_place(planned.source, planned.target)
    try:
        os.makedirs(planned.target.parent, exist_ok=True)  # noqa: PTH103 - threads make the same folder
    except OSError as error:
        raise UsageError(
            f"{planned.target.parent}: {error.strerror}",
            f"Không ghi được vào thư mục {planned.target.parent}.",
        ) from error
    convert(children, planned)


def require_files(paths: Sequence[Path]) -> None:
    """Raise the error of the first that is no file, before anything is read."""
    for path in paths:
        if path != STDIO and path.is_dir():
            raise UsageError(
                f"{path}: is a folder; name files, or say --output-folder FOLDER for all that is in it",
                f"{path.name} là thư mục. Hãy nêu tên tệp, hoặc dùng --output-folder cho cả thư mục.",
            )

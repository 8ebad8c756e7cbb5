"""`scanflow read` and `scanflow pdf`: files read and converted without an archive."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import JsonOption
from scanflow.cli.converting import (
    STDIO,
    Planned,
    convert_each,
    load,
    name_of,
    plan,
    require_files,
    require_place,
    store,
)
from scanflow.cli.output import print_error, print_json, print_note, progress_bar
from scanflow.cli.reading_options import ReadingOptions, takes_reading_options
from scanflow.clock import now
from scanflow.errors import InputError, UsageError
from scanflow.names import printable_text

if TYPE_CHECKING:
    from scanflow.capture.files.unpacked import Wanted
    from scanflow.pdf.document import WrittenPdf
    from scanflow.pipeline.sandbox.pool import ChildProcesses
    from scanflow.pipeline.standalone.read_files import Progress, ReadFile, ReadPage
    from scanflow.settings import Settings

FolderOption = Annotated[
    Path | None,
    typer.Option(
        "--output-folder", help="Write results into this folder: for several files, and for files in folders."
    ),
]


class OutputType(StrEnum):
    """What kind of PDF to write."""

    PDFA = "pdfa"
    PDF = "pdf"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(takes_reading_options(read))
    app.command()(takes_reading_options(pdf))


def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE", help="PDFs, TIFFs, JPEGs, PNGs, WebPs or HEICs; - for stdin."),
    ],
    output_folder: FolderOption = None,
    sidecar: Annotated[
        Path | None, typer.Option("--sidecar", help="Write the text here instead of stdout.")
    ] = None,
    json: JsonOption = False,
    *,
    how: ReadingOptions,
) -> None:
    """Read files' text; lines as on the page, a form feed after each page."""
    from scanflow.pipeline.sandbox import pool
    from scanflow.pipeline.standalone import read_files

    settings, wanted = how.settings(), how.wanted()
    if output_folder is not None:
        _refuse_with_folder(sidecar=sidecar, json=json)

        def convert(children: "ChildProcesses", each: Planned) -> None:
            result = _read(children, settings, each.source, wanted)
            store(each.target, read_files.text_of(result, wanted).encode())
            _require_all_read(result)

        convert_each(settings, plan(files, output_folder, ".txt"), convert)
        return
    require_files(files)
    for file in files:
        require_place(file, sidecar)
    results = []
    with pool.ChildProcesses(settings) as children:
        for file in files:
            with progress_bar(f"reading {name_of(file)}") as progress:
                results.append(_read(children, settings, file, wanted, progress))
    text = "".join(read_files.text_of(result, wanted) for result in results)
    if sidecar:
        store(sidecar, text.encode())
    if json:
        shown = [_file_json(result, wanted) for result in results]
        print_json(shown[0] if len(shown) == 1 else {"files": shown})
    elif not sidecar:
        sys.stdout.write(text)
    _complain_of(results)


def pdf(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH",
            help="A PDF, TIFF, JPEG, PNG, WebP or HEIC and the PDF to write; - for stdin and stdout. With "
            "--output-folder: files and folders.",
        ),
    ],
    output_folder: FolderOption = None,
    sidecar: Annotated[Path | None, typer.Option("--sidecar", help="Also write the text here.")] = None,
    output_type: Annotated[
        OutputType, typer.Option("--output-type", help="PDF/A-2b, or a plain PDF.")
    ] = OutputType.PDFA,
    title: Annotated[str | None, typer.Option("--title", help="Title; default: the file's name.")] = None,
    *,
    how: ReadingOptions,
) -> None:
    """Make a searchable PDF/A of a file; the scanned image data stay as they are.

    A signed file is never written anew.
    """
    from scanflow.pipeline.sandbox import pool
    from scanflow.pipeline.standalone import read_files

    settings, wanted = how.settings(), how.wanted()

    def written(children: "ChildProcesses", result: "ReadFile", each: Planned) -> None:
        document = read_files.searchable_pdf(
            children,
            result,
            title=printable_text(title) if title else Path(name_of(each.source)).stem,
            created=now(),
            output_type=output_type.value,
        )
        store(each.target, document.data)
        _note_of_conformance(document, output_type, each.target)

    if output_folder is not None:
        _refuse_with_folder(sidecar=sidecar, title=title)

        def convert(children: "ChildProcesses", each: Planned) -> None:
            written(children, _read(children, settings, each.source, wanted), each)

        convert_each(settings, plan(paths, output_folder, ".pdf"), convert)
        return
    if len(paths) != 2:
        raise UsageError(
            "name a file to read and the PDF to write, or any number of files and --output-folder",
            "Hãy nêu tệp cần đọc và tệp PDF cần ghi, hoặc nhiều tệp cùng --output-folder.",
        )
    file, output = paths
    require_files([file])
    require_place(file, output, sidecar)
    data = load(file, settings.limits)
    with (
        pool.ChildProcesses(settings) as children,
        progress_bar(f"reading {name_of(file)}") as progress,
    ):
        result = read_files.read_file(children, data, name_of(file), progress, wanted)
        written(children, result, Planned(file, output))
    if sidecar:
        store(sidecar, read_files.text_of(result, wanted).encode())


def _read(
    children: "ChildProcesses",
    settings: "Settings",
    source: Path,
    wanted: "Wanted",
    progress: "Progress | None" = None,
) -> "ReadFile":
    from scanflow.pipeline.standalone import read_files

    return read_files.read_file(children, load(source, settings.limits), name_of(source), progress, wanted)


def _refuse_with_folder(**options: object) -> None:
    """What says something of one file is nothing for several. Raises UsageError."""
    given = [f"--{name}" for name, value in options.items() if value]
    if given:
        names = ", ".join(given)
        raise UsageError(
            f"{names}: not with --output-folder", f"Không dùng {names} cùng với --output-folder."
        )


def _note_of_conformance(document: "WrittenPdf", output_type: OutputType, target: Path) -> None:
    if output_type is OutputType.PDFA and document.conformance is None:
        where = "stdout" if target == STDIO else target
        print_note(f"{where}: holds pages kept as they are: no PDF/A is claimed")


def _file_json(result: "ReadFile", wanted: "Wanted") -> dict[str, object]:
    pages = [_page_json(page) for page in result.pages if wanted.has(page.captured.no)]
    return {"file": result.name, "pages": pages}


def _page_json(page: "ReadPage") -> dict[str, object]:
    reading = page.reading
    if isinstance(reading, InputError):
        return {"no": page.captured.no, "error": reading.code, "message": reading.message}
    return {
        "no": page.captured.no,
        "size": reading.size,
        "geometry": reading.geometry,
        "blank": reading.blank,
        "quality": reading.quality,
        "codes": reading.codes,
        "confidence": round(reading.confidence, 4),
        "engine": reading.engine,
        "words": reading.words,
    }


def _require_all_read(result: "ReadFile") -> None:
    """Raise the error of the first page that could not be read."""
    for no, error in result.problems[:1]:
        raise type(error)(f"page {no}: {error.message}", f"trang {no}: {error.message_vi}")


def _complain_of(results: "list[ReadFile]") -> None:
    """Say which pages could not be read; the command then ends with the exit code of bad input."""
    for result in results:
        name = f"{result.name} " if len(results) > 1 else ""
        for no, error in result.problems:
            print_error(
                type(error)(f"{name}page {no}: {error.message}", f"{name}Trang {no}: {error.message_vi}")
            )
    if any(result.problems for result in results):
        raise typer.Exit(InputError.exit_code)

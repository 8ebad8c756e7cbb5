"""`scanflow read` and `scanflow pdf`: files read and converted without an archive."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanflow.cli.app import (
    DeskewOption,
    JobsOption,
    JsonOption,
    LanguageOption,
    RotateOption,
    settings_from,
)
from scanflow.cli.output import complain, note, print_json, progress_bar
from scanflow.clock import now
from scanflow.errors import InputError
from scanflow.names import printable_name, printable_text

if TYPE_CHECKING:
    from scanflow.pipeline.standalone import ReadPage

ForceOption = Annotated[
    bool, typer.Option("--force-ocr", help="Read pages again that have a good text layer.")
]
FastOption = Annotated[
    bool, typer.Option("--fast", help="No second look at doubtful lines: quicker, a few words worse.")
]
InputArgument = Annotated[
    Path, typer.Argument(help="A PDF, TIFF, JPEG, PNG, WebP or HEIC.", show_default=False)
]


class OutputType(StrEnum):
    """What kind of PDF to write."""

    PDFA = "pdfa"
    PDF = "pdf"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(read)
    app.command()(pdf)


def read(
    file: InputArgument,
    sidecar: Annotated[
        Path | None, typer.Option("--sidecar", help="Write the text here instead of stdout.")
    ] = None,
    language: LanguageOption = None,
    deskew: DeskewOption = None,
    rotate_pages: RotateOption = None,
    force_ocr: ForceOption = False,
    fast: FastOption = False,
    jobs: JobsOption = None,
    json: JsonOption = False,
) -> None:
    """Read a file's text; lines as on the page, a form feed after each page."""
    from scanflow.pipeline import standalone
    from scanflow.pipeline.sandbox import pool

    settings = settings_from(
        jobs=jobs,
        language=language,
        deskew=deskew,
        rotate_pages=rotate_pages,
        force_ocr=force_ocr,
        fast=fast,
    )
    data = standalone.load_file(file, settings.limits)
    standalone.require_other_file(file, sidecar)
    with (
        pool.ChildProcesses(settings) as children,
        progress_bar(f"reading {printable_name(file.name)}") as progress,
    ):
        result = standalone.read_file(children, data, printable_name(file.name), progress)
    if sidecar:
        standalone.write_beside(sidecar, standalone.text_of(result).encode())
    if json:
        print_json({"file": printable_name(file.name), "pages": [_page_json(page) for page in result.pages]})
    elif not sidecar:
        sys.stdout.write(standalone.text_of(result))
    _complain_of(result.problems)


def pdf(
    file: InputArgument,
    output: Annotated[Path, typer.Argument(help="The PDF to write.", show_default=False)],
    sidecar: Annotated[Path | None, typer.Option("--sidecar", help="Also write the text here.")] = None,
    language: LanguageOption = None,
    deskew: DeskewOption = None,
    rotate_pages: RotateOption = None,
    force_ocr: ForceOption = False,
    fast: FastOption = False,
    output_type: Annotated[
        OutputType, typer.Option("--output-type", help="PDF/A-2b, or a plain PDF.")
    ] = OutputType.PDFA,
    title: Annotated[str | None, typer.Option("--title", help="Title; default: the file's name.")] = None,
    jobs: JobsOption = None,
) -> None:
    """Make a searchable PDF/A of a file; the scanned image data stay as they are."""
    from scanflow.pipeline import standalone
    from scanflow.pipeline.sandbox import pool

    settings = settings_from(
        jobs=jobs,
        language=language,
        deskew=deskew,
        rotate_pages=rotate_pages,
        force_ocr=force_ocr,
        fast=fast,
    )
    data = standalone.load_file(file, settings.limits)
    standalone.require_other_file(file, output, sidecar)
    with (
        pool.ChildProcesses(settings) as children,
        progress_bar(f"reading {printable_name(file.name)}") as progress,
    ):
        result = standalone.read_file(children, data, printable_name(file.name), progress)
        written = standalone.searchable_pdf(
            children,
            result,
            title=printable_text(title) if title else printable_name(file.stem),
            created=now(),
            output_type=output_type.value,
        )
    standalone.write_beside(output, written.data)
    if sidecar:
        standalone.write_beside(sidecar, standalone.text_of(result).encode())
    if output_type is OutputType.PDFA and written.conformance is None:
        note(f"{output}: holds pages with a text layer of their own, kept as they are: no PDF/A is claimed")


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


def _complain_of(problems: tuple[tuple[int, InputError], ...]) -> None:
    """Say which pages could not be read; the command then ends with the exit code of bad input."""
    for no, error in problems:
        complain(type(error)(f"page {no}: {error.message}", f"Trang {no}: {error.message_vi}"))
    if problems:
        raise typer.Exit(InputError.exit_code)

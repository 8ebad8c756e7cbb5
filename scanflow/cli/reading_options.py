"""The options of `scanflow read` and `scanflow pdf`: how files are read. Both use this module."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from scanflow.cli.app import FastOption, JobsOption, settings_from
from scanflow.errors import UsageError

if TYPE_CHECKING:
    from scanflow.capture.files.unpacked import TextLayers, Wanted
    from scanflow.settings import Settings


@dataclass(frozen=True)
class ReadingOptions:
    """How files are to be read, as the command line says."""

    pages: Annotated[
        str | None,
        typer.Option(
            "--pages", help="Read only these, such as 1,3-5,8-; `pdf` keeps the others as they are."
        ),
    ] = None
    skip_text: Annotated[
        bool, typer.Option("--skip-text", "-s", help="Leave pages that have any text as they are.")
    ] = False
    redo_ocr: Annotated[
        bool, typer.Option("--redo-ocr", help="Read scans again; their old text layer is removed.")
    ] = False
    force_ocr: Annotated[
        bool, typer.Option("--force-ocr", "-f", help="Read every page again; digital ones become images.")
    ] = False
    language: Annotated[
        str | None,
        typer.Option("--language", "-l", help="Tesseract's model; default: scanflow_vie, our own."),
    ] = None
    deskew: Annotated[
        bool | None, typer.Option("--deskew/--no-deskew", help="Take the skew out (default: yes).")
    ] = None
    rotate_pages: Annotated[
        bool | None,
        typer.Option("--rotate-pages/--no-rotate-pages", help="Turn pages upright (default: yes)."),
    ] = None
    fast: FastOption = False
    jobs: JobsOption = None

    def settings(self) -> "Settings":
        """The settings with these options over them. Raises SettingsError."""
        settings = settings_from(jobs=self.jobs)
        reader: dict[str, Any] = {"language": self.language} if self.language else {}
        if self.fast:
            reader["fast"] = True
        turns = {"deskew": self.deskew, "rotate_pages": self.rotate_pages}
        stated = {name: value for name, value in turns.items() if value is not None}
        return settings.model_copy(
            update={
                "ocr": settings.ocr.model_copy(update=reader),
                "imaging": settings.imaging.model_copy(update=stated),
            }
        )

    def wanted(self) -> "Wanted":
        """Which pages are to be read. Raises UsageError."""
        from scanflow.capture.files.unpacked import Wanted

        return Wanted(self._layers(), _ranges(self.pages) if self.pages is not None else ())

    def _layers(self) -> "TextLayers":
        stated = {"--skip-text": self.skip_text, "--redo-ocr": self.redo_ocr, "--force-ocr": self.force_ocr}
        if sum(stated.values()) > 1:
            names = ", ".join(name for name, given in stated.items() if given)
            raise UsageError(f"{names}: only one of them", f"Chỉ được chọn một trong các tùy chọn: {names}.")
        if self.skip_text:
            return "any"
        if self.redo_ocr:
            return "digital"
        return "none" if self.force_ocr else "good"


def _ranges(text: str) -> tuple[tuple[int, int | None], ...]:
    """`1,3-5,8-` as first and last pages. Raises UsageError."""
    found: list[tuple[int, int | None]] = []
    for part in text.split(","):
        first, dash, last = (piece.strip() for piece in part.partition("-"))
        whole = first.isdecimal() and (not last or last.isdecimal())
        low = int(first) if whole else 0
        high = (int(last) if last else None) if dash else low
        if low < 1 or (high is not None and high < low):
            raise UsageError(
                f"--pages {text}: write pages as 1,3-5,8-",
                f"--pages {text}: hãy viết các trang dạng 1,3-5,8-",
            )
        found.append((low, high))
    return tuple(found)


def takes_reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the fields of `ReadingOptions` as options of its own; it gets them as `how`."""
    shared = fields(ReadingOptions)

    @wraps(command)
    def called(**given: Any) -> None:
        how = ReadingOptions(**{field.name: given.pop(field.name) for field in shared})
        command(**given, how=how)

    own = [each for name, each in inspect.signature(command).parameters.items() if name != "how"]
    hints = {
        **get_type_hints(command, include_extras=True),
        **{field.name: field.type for field in shared},
    }
    added = [
        inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
        for field in shared
    ]
    parameters = [*(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own), *added]
    called.__annotations__ = {each.name: hints[each.name] for each in parameters}
    called.__signature__ = inspect.Signature(  # type: ignore[attr-defined]  # what typer reads
        [each.replace(annotation=hints[each.name]) for each in parameters]
    )
    return called

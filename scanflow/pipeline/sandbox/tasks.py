"""The tasks of the child processes: taking a file apart, reading a page, writing a document.

Decoders and engines are C code that gets untrusted bytes. They run here, under limits of memory and (from
outside, see `pool`) of time, so that a file that crashes them costs one page and not the program.
"""

import errno
import math
import os
import resource
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from scanflow.capture.files.unpack import Unpacked, unpack
from scanflow.capture.files.unpacked import Wanted
from scanflow.capture.pdf.one_page import single_page, single_pages
from scanflow.capture.pdf.poppler import render_jpeg
from scanflow.capture.pdf.unpack import scans_of_filed
from scanflow.errors import DamagedInputError, InputError, LimitError
from scanflow.freed_memory import keep_freed_memory
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.geometry.upright import to_upright, upright_size
from scanflow.imaging.raster import as_raster, shrink
from scanflow.logs import configure_logs, get_logger
from scanflow.model import CapturedPage, Geometry, PageReading, Word
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.pdf.document import (
    FileSignature,
    NewPlace,
    OutputType,
    PdfMetadata,
    PdfPage,
    SourcePage,
    WrittenPdf,
)
from scanflow.pdf.rearrangement import rearrange
from scanflow.pdf.text_renewal import remove_text, renew_text
from scanflow.pdf.writer import write_pdf
from scanflow.pipeline.sandbox import channel
from scanflow.pipeline.sandbox.confinement import confine
from scanflow.pipeline.sandbox.filed import FiledScans, RereadPage
from scanflow.recognition.page import read_page

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings

_ORPHANED_SECONDS = 5.0
_JPEG_QUALITY = 80

log = get_logger(__name__)


class _Child:
    """The state of this child process: its settings, and its engine, opened when first needed."""

    settings: "ChildSettings"
    engine: Engine | None = None
    layers: tuple[str, ...] = ()


def start_child(settings: "ChildSettings", temporary: Path) -> None:
    """Prepare a new child: limit its memory and its threads (parallel work is done by processes, not
    threads).

    Rights that it does not need are dropped; `temporary` is the only folder that it may write to.
    """
    # Sent to the whole group by a terminal or a service manager; when the parent ends, so does the child.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)  # a group of its own, so that the programs which it runs end with it
    _silence_libraries()
    keep_freed_memory()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = settings.limits.memory
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard < 0 else min(wanted, hard), hard))
    os.environ["OMP_THREAD_LIMIT"] = "1"
    configure_logs(settings.log_level)
    _Child.settings = settings
    _Child.engine = None
    _Child.layers = confine(temporary, _models(settings))


def _models(settings: "ChildSettings") -> list[Path]:
    """Folders of models that are not in the default places."""
    named = (settings.ocr.tessdata, os.environ.get("TESSDATA_PREFIX"))
    return [Path(place) for place in named if place]


def _silence_libraries() -> None:
    """Discard the warnings of libraries about damaged input, which comes back as an error. Our logs stay."""
    warnings.simplefilter("ignore")
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, encoding="utf-8", errors="backslashreplace")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def limit_time(seconds: float | None) -> None:
    """End this child a few seconds after its time limit, in case its parent, which enforces the limit, has
    ended.

    A program that it starts (for example poppler) has no such alarm: it inherits a limit on CPU time instead.
    """
    signal.setitimer(signal.ITIMER_REAL, seconds + _ORPHANED_SECONDS if seconds else 0)
    if seconds:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        # Some libraries compute in threads, so that more CPU time passes.
        soft = math.ceil(used + (seconds + _ORPHANED_SECONDS) * (os.cpu_count() or 1))
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard < 0 else min(soft, hard), hard))


def carry_out(task: str, args: tuple[Any, ...]) -> bytes:
    """The answer to a task: its result or its error, encoded by `channel`.

    Errors are ours or Python's own. An unforeseen error counts as one of the input, except errors of the
    machine, because these would affect other inputs, too.
    """
    try:
        return channel.pack_result(_TASKS[task](*args))
    except Exception as error:
        if _is_of_memory(error):
            return channel.pack_error(LimitError("it needs more memory than a child process may have"))
        if channel.may_cross(error):  # not Pillow's OSErrors that do not come from the system
            return channel.pack_error(error)
        log.exception("unforeseen", task=task)
        reason = f"failed unexpectedly ({type(error).__name__}), see the log"
        return channel.pack_error(InputError(reason))


def _is_of_memory(error: Exception) -> bool:
    """Whether an error means that the limit on memory was reached."""
    if isinstance(error, OSError):  # of a program that could not be started
        return error.errno == errno.ENOMEM
    return isinstance(error, MemoryError) or (
        isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem
    )


def _unpack(data: bytes, name: str, wanted: Wanted | None = None) -> Unpacked:
    """Take one file apart into pages; raises InputError for the file as a whole."""
    settings = _Child.settings
    return unpack(data, name, settings.limits, settings.ocr.min_layer_quality, wanted)


def _unpack_filed(data: bytes) -> FiledScans:
    """The scans in a PDF that scanflow wrote; raises InputError.

    Their text layers are removed first: they are ours, so the words need not be checked for being invisible.
    """
    return FiledScans(*scans_of_filed(data, "filed.pdf", _Child.settings.limits, remove_text))


def _read_filed(data: bytes) -> RereadPage:
    """The only page of a PDF that scanflow wrote, read again; raises InputError for the file."""
    scans = _unpack_filed(data)
    if len(scans.matrices) != 1:
        raise DamagedInputError(f"a filed file of {len(scans.matrices)} pages, not one")
    (matrix,) = scans.matrices
    reading: PageReading | None = None
    if matrix is not None and scans.pages:
        with suppress(InputError):
            reading = _read(scans.pages[0], None)
    return RereadPage(matrix, reading)


def _read(page: CapturedPage, rotation: int | None) -> PageReading:
    """Read one page, rotated clockwise by `rotation` degrees if a person said so.

    Raises InputError where the page cannot be decoded within the limits.
    """
    if _Child.engine is None:
        _Child.engine = open_engine(_Child.settings.ocr)
    return read_page(page, _Child.engine, _Child.settings, rotation)


def _picture(data: bytes, name: str, page_no: int, geometry: Geometry | None, width: int) -> bytes:
    """A page of a file for people to look at: upright, as a JPEG.

    It has `width` pixels across, or its own width where that is less. Raises InputError.
    """
    page = next(page for page in _unpack(data, name).pages if page.no == page_no)
    geometry = geometry or page.geometry
    image, dpi = square(decode(page, _Child.settings.limits), page)
    across = upright_size(image.shape[1], image.shape[0], geometry)[0]
    scale = min(1.0, width / across)
    # Halved first, because averaging keeps small letters readable.
    small, small_dpi = shrink(image, dpi, dpi * scale)
    upright = to_upright(small, geometry)
    size = (
        max(1, round(across * scale)),
        max(1, round(upright.shape[0] * scale * dpi / small_dpi)),
    )
    fitted = as_raster(cv2.resize(upright, size, interpolation=cv2.INTER_AREA))
    _, encoded = cv2.imencode(".jpg", fitted, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()


def _filed_picture(data: bytes, page_no: int, width: int, geometry: Geometry | None) -> bytes:
    """A page of a filed PDF as a JPEG of `width` pixels.

    `geometry` is None for a PDF that scanflow wrote, whose pages stand upright; else it says how the page of
    a file that was kept as it came becomes upright. Raises InputError.
    """
    if geometry is None:
        with tempfile.TemporaryDirectory(prefix="scanflow-") as folder:
            path = Path(folder) / "filed.pdf"
            path.write_bytes(data)
            return render_jpeg(path, page_no, width, _Child.settings.limits.seconds)
    return _picture(single_page(data, page_no), "filed.pdf", 1, geometry, width)


def _filed_pages(data: bytes, first: int, last: int) -> tuple[bytes, ...]:
    """Pages of a filed PDF, each as a PDF of its own; raises InputError."""
    return single_pages(data, first, last)


def _write(pages: Sequence[PdfPage], metadata: PdfMetadata, output_type: OutputType) -> WrittenPdf:
    """Write a document; raises InputError where a page's image cannot be taken over."""
    return write_pdf(pages, metadata, output_type=output_type)


def _renew_text(data: bytes, pages: Sequence[Sequence[Word]], places: Mapping[int, NewPlace] | None) -> bytes:
    """A filed PDF of ours with other words; raises InputError."""
    return renew_text(data, pages, places)


def _rearrange(
    files: Sequence[bytes],
    order: Sequence[SourcePage],
    words: Sequence[Sequence[Word]],
    metadata: PdfMetadata,
) -> WrittenPdf:
    """A PDF of pages of filed ones; raises InputError."""
    return rearrange(files, order, words, metadata)


def _signatures(data: bytes) -> tuple[FileSignature, ...]:
    """The digital signatures of a PDF; raises InputError."""
    # Here, because few children are ever asked for it.
    from scanflow.pdf.signatures import file_signatures  # noqa: PLC0415

    return file_signatures(data)


def _confinement() -> tuple[str, ...]:
    """Which layers of confinement are active in this child."""
    return _Child.layers


_TASKS: Mapping[str, Callable[..., Any]] = {
    "unpack": _unpack,
    "unpack_filed": _unpack_filed,
    "read_filed": _read_filed,
    "read": _read,
    "picture": _picture,
    "filed_picture": _filed_picture,
    "filed_pages": _filed_pages,
    "write": _write,
    "renew_text": _renew_text,
    "rearrange": _rearrange,
    "signatures": _signatures,
    "confinement": _confinement,
}

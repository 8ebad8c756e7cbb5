"""A file's way from bytes to a PDF, as in the pipeline, but in this process."""

import io
import random
from collections.abc import Mapping
from datetime import UTC, datetime

import pikepdf

from scanflow.capture.files.unpack import unpack
from scanflow.errors import InputError
from scanflow.imaging.decoding.decode import decode, square
from scanflow.imaging.raster import to_grey
from scanflow.model import CapturedPage
from scanflow.pdf.writer import PdfMetadata, PdfPage, write_pdf
from scanflow.settings import LimitSettings
from tests.fuzz.corpus import seeds
from tests.fuzz.damage import damaged

LIMITS = LimitSettings(pixels=4_000_000, pages=50, seconds=20)
METADATA = PdfMetadata(
    title="thử",
    created=datetime(2026, 1, 1, tzinfo=UTC),
    dossier_number=None,
    procedure_code=None,
    document_type=None,
    converter="scanflow",
    agency="",
    program="scanflow",
    engine="",
)


def damaged_file(seed: int, sound: Mapping[str, bytes] | None = None) -> tuple[str, bytes]:
    """A damaged file: its name and bytes, determined by a seed and the sound files to choose from."""
    sound = sound or seeds()
    dice = random.Random(seed)  # noqa: S311  no secret
    name = dice.choice(sorted(sound))
    return f"{seed}-{name}", damaged(sound[name], dice, dice.choice((1, 1, 2, 3, 6)))


def process_file(data: bytes, name: str) -> str:
    """Take a file apart, decode and write it; InputError is the only error that bad bytes may give."""
    try:
        unpacked = unpack(data, name, LIMITS, 0.7)
    except InputError as error:
        return answered(error)
    assert unpacked.pages or unpacked.problems
    for problem in unpacked.problems:
        answered(problem.error)
    written = [_page(page) for page in unpacked.pages]
    return "written" if any(written) else "unreadable"


def _page(page: CapturedPage) -> bool:
    """What can be read can be written: a page that can't would stop its whole batch."""
    assert page.data
    # A page with its own text is never rendered at its nominal size.
    assert page.kind == "text" or page.width * page.height <= LIMITS.pixels
    assert all(0 < dpi < 1e5 for dpi in page.dpi)
    try:
        image, dpi = square(decode(page, LIMITS), page)
    except InputError as error:
        answered(error)
        return False
    assert to_grey(image).size
    assert dpi > 0
    size = (page.width * 72 / page.dpi[0], page.height * 72 / page.dpi[1])
    document = write_pdf([PdfPage(page, page.geometry, size, page.words or ())], METADATA)
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert len(pdf.pages) == 1
    return True


def answered(error: InputError) -> str:
    """Whether an error says what is wrong, in both languages, and shows no address in memory."""
    assert error.message
    assert error.message_vi
    assert " at 0x" not in error.message
    return error.code

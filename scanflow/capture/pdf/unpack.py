"""PDF files: plain scans are extracted unchanged, pages with a good text layer kept, others rendered."""

import io
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from scanflow.capture.files.formats import Completeness, completeness
from scanflow.capture.files.jpeg_png import check_pixels
from scanflow.capture.files.library_message import names_of, short_message
from scanflow.capture.files.unpacked import PageProblem, Unpacked, Wanted
from scanflow.capture.pdf import poppler
from scanflow.capture.pdf.embedded_scan import Frame, take_scan
from scanflow.capture.pdf.layer_quality import covers_ink, is_long, layer_quality
from scanflow.capture.pdf.one_page import save
from scanflow.capture.pdf.page_content import (
    PARSE_ERRORS,
    PageContent,
    Rectangle,
    area,
    inherited,
    inspect,
)
from scanflow.capture.pdf.signature_dictionaries import signature_dictionaries
from scanflow.errors import (
    DamagedInputError,
    EmptyInputError,
    EncryptedInputError,
    InputError,
    OversizedInputError,
    TruncatedInputError,
)
from scanflow.logs import get_logger
from scanflow.model import CapturedPage, Geometry, Word

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

log = get_logger(__name__)

Prepared = TypeVar("Prepared")

RENDER_DPI = 300
INK_DPI = 50  # enough to see where ink is
FULL_PAGE_IMAGE = 0.5  # share of the page: with a larger image it is a scan with something over it
LETTER = (0.0, 0.0, 612.0, 792.0)  # the default of PDF programs for a missing MediaBox
MAX_PNG_BYTES_PER_PIXEL = 0.5
JPEG_QUALITY = 92
# Entries of the catalog without content of their own.
_DESCRIBING = frozenset(
    {
        *(
            "/Type",
            "/Pages",
            "/Version",
            "/Extensions",
            "/Metadata",
            "/PageLayout",
            "/PageMode",
            "/PageLabels",
        ),
        *("/ViewerPreferences", "/Lang", "/MarkInfo", "/OutputIntents"),
    }
)
MAX_LAYER = 100_000  # characters that are kept of a layer that is not used; every page has fewer


def unpack_pdf(
    data: bytes, name: str, limits: "LimitSettings", min_layer_quality: float, wanted: Wanted
) -> Unpacked:
    """The pages of a PDF.

    Raises Encrypted-, Truncated-, Damaged-, Empty- or OversizedInputError for the whole file, and
    MissingToolError where poppler is needed and not installed.
    """
    with _opened(data, name, limits) as pdf:
        pages, problems = _taken(pdf, name, limits, min_layer_quality, wanted)
        pristine = not problems and all(page.kind == "text" for page in pages)
        left_out = _beside_pages(pdf, data)
        return Unpacked(pages, problems, _is_signed(pdf, data), pristine, left_out)


def scans_of_filed(
    data: bytes, name: str, limits: "LimitSettings", prepare: Callable[[Pdf], Prepared]
) -> tuple[tuple[CapturedPage, ...], Prepared]:
    """The pages of a PDF that scanflow wrote, to be read again, those that can be taken; `prepare` changes it
    once it is open, and what it gives is given.

    Nothing is looked for beside the pages, and they are not to be known by their hash. Raises as
    `unpack_pdf`.
    """
    with _opened(data, name, limits) as pdf:
        prepared = prepare(pdf)
        pages, _ = _taken(pdf, name, limits, 0.0, Wanted("none", old_text=False, hashed=False))
        return pages, prepared


@contextmanager
def _opened(data: bytes, name: str, limits: "LimitSettings") -> Iterator[Pdf]:
    """A PDF that has pages, and not too many. Raises InputError."""
    if completeness(data) is Completeness.INCOMPLETE:
        raise TruncatedInputError(f"{name}: the end of the PDF is missing")
    try:
        # Copying inherited attributes to the pages would repair the page tree, and hide that pages were
        # dropped.
        pdf = pikepdf.open(io.BytesIO(data), inherit_page_attributes=False)
    except pikepdf.PasswordError as error:
        raise EncryptedInputError(f"{name}: needs a password") from error
    except (pikepdf.PdfError, RuntimeError) as error:
        if b"/Encrypt" in data:
            raise EncryptedInputError(f"{name}: encrypted in a way that can't be opened") from error
        raise DamagedInputError(f"{name}: not readable as a PDF: {short_message(error)}") from error
    with pdf:
        count = _page_count(pdf, name)
        if count > limits.pages:
            raise OversizedInputError(f"{name}: {count} pages, more than {limits.pages}")
        yield pdf


def _taken(
    pdf: Pdf, name: str, limits: "LimitSettings", min_layer_quality: float, wanted: Wanted
) -> tuple[tuple[CapturedPage, ...], tuple[PageProblem, ...]]:
    """All pages of an open PDF, and those that could not be taken."""
    pages: list[CapturedPage] = []
    problems: list[PageProblem] = []
    with tempfile.TemporaryDirectory(prefix="scanflow-") as folder:
        source = _Source(pdf, name, limits, min_layer_quality, wanted, Path(folder) / "source.pdf")
        for no in range(1, len(pdf.pages) + 1):
            try:
                pages.append(source.take(no))
            except InputError as error:
                problems.append(PageProblem(no, error))
    if source.watermarks:
        log.info("watermarks-left-out", pages=source.watermarks)
    return tuple(pages), tuple(problems)


def _beside_pages(pdf: Pdf, data: bytes) -> tuple[str, ...]:
    """What a file contains besides its pages and their description.

    All entries of the catalog count that aren't known to be only descriptive: attachments, bookmarks, forms,
    scripts, ….
    """
    found = {
        str(key).lstrip("/")
        for key, value in pdf.Root.items()
        if key not in _DESCRIBING and not _says_nothing(str(key), value)
    }
    if "Names" in found:  # attachments, scripts and targets of links stand below this one name
        names = pdf.Root[Name.Names]
        found.remove("Names")
        found |= {str(key).lstrip("/") for key in names} if isinstance(names, Dictionary) else {"Names"}
    if pdf.is_encrypted:
        found.add("Encryption")
    if data.count(b"startxref") > (2 if pdf.is_linearized else 1):
        found.add("EarlierRevisions")
    return names_of(found)


def _says_nothing(key: str, value: object) -> bool:
    """Whether an entry has no content: the page to show first, a form without fields."""
    if key == "/OpenAction":
        return isinstance(value, Array)
    if key == "/AcroForm" and isinstance(value, Dictionary):
        fields = value.get(Name.Fields)
        return Name.XFA not in value and isinstance(fields, Array) and len(fields) == 0
    return False


def _page_count(pdf: Pdf, name: str) -> int:
    """The number of pages. A repair may drop pages without notice: then the stated number differs, and
    DamagedInputError is raised.
    """
    try:
        stated = int(pdf.Root.Pages.get(Name.Count, 0))
        count = len(pdf.pages)
    except (pikepdf.PdfError, RuntimeError, *PARSE_ERRORS) as error:
        raise DamagedInputError(f"{name}: the list of pages is broken") from error
    if stated > count:
        raise DamagedInputError(f"{name}: only {count} of {stated} pages can be found")
    if count == 0:
        raise EmptyInputError(f"{name}: no pages")
    return count


def _is_signed(pdf: Pdf, data: bytes) -> bool:
    """Whether the file is signed. A signature's byte range is never compressed: most files need no search."""
    if b"/ByteRange" not in data:
        return False
    return any(True for _ in signature_dictionaries(pdf))


class _Source:
    """One open PDF. What poppler needs and gives (a repaired copy, text layers) is made once, when needed."""

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place, from all that is said of a file
        self,
        pdf: Pdf,
        name: str,
        limits: "LimitSettings",
        min_layer_quality: float,
        wanted: Wanted,
        copy: Path,
    ) -> None:
        self._pdf = pdf
        self._name = name
        self._limits = limits
        self._min_layer_quality = min_layer_quality
        self._wanted = wanted
        self._copy = copy
        self.watermarks = 0  # scans whose watermark was left out

    def take(self, no: int) -> CapturedPage:
        """Page `no`. Raises a subclass of InputError, or MissingToolError."""
        what = f"{self._name}, page {no}"
        try:
            page = self._pdf.pages[no - 1]
            frame = _frame(page)
            content = _inspect(page, frame.box)
            if not self._wanted.has(no):
                return self._text_page(no, page, frame, self._layer(no))
            if content.has_text and (words := self._kept_layer(no, content, frame)):
                return self._text_page(no, page, frame, words)
            scan = take_scan(content, frame, no, self._limits, what, hashed=self._wanted.hashed)
            if scan is None:
                if self._wanted.layers == "digital" and (words := self._layer(no)):
                    return self._text_page(no, page, frame, words)
                taken = self._render(no, frame, what)
            else:
                beside = content.left_out | ({"TextLayer"} if content.has_text else set())
                self.watermarks += not beside.isdisjoint(("Watermark", "Background"))
                taken = replace(scan, left_out=tuple(sorted({*scan.left_out, *beside})))
            if not (content.has_text and self._wanted.old_text):
                return taken
            return replace(taken, layer=self._layer_text(no))
        except (pikepdf.PdfError, RuntimeError, *PARSE_ERRORS) as error:
            raise DamagedInputError(f"{what}: {short_message(error)}") from error

    @cached_property
    def _path(self) -> Path:
        """A copy that qpdf has repaired and decrypted, for poppler."""
        self._pdf.save(self._copy)
        poppler.probe(self._copy, self._limits.seconds)
        return self._copy

    @cached_property
    def _layers(self) -> Sequence[tuple[Word, ...]]:
        try:
            return poppler.text_layers(self._path, self._limits.seconds)
        except InputError as error:
            log.warning("text-layer-unreadable", error=str(error))
            return ()

    def _layer(self, no: int) -> tuple[Word, ...]:
        """The words of a page's own text layer; none where it has none."""
        return self._layers[no - 1] if no <= len(self._layers) else ()

    def _layer_text(self, no: int) -> str | None:
        """A layer's text with its line breaks, for the record; None where it has no letters."""
        lines = groupby(self._layer(no), key=lambda word: (word.block, word.line))
        text = "\n".join(" ".join(word.text for word in line) for _, line in lines)
        return text[:MAX_LAYER] if any(map(str.isalnum, text)) else None

    def _kept_layer(self, no: int, content: PageContent, frame: Frame) -> tuple[Word, ...] | None:
        """A layer that the page keeps, as far as that can be told before it is known to be a scan."""
        if self._wanted.layers == "any":
            return self._layer(no)
        return self._good_layer(no, content, frame) if self._wanted.layers == "good" else None

    def _good_layer(self, no: int, content: PageContent, frame: Frame) -> tuple[Word, ...] | None:
        words = self._layer(no)
        scan = any(area(i.visible) >= FULL_PAGE_IMAGE * area(frame.box) for i in content.images)
        if not words or layer_quality(words, content.fonts, scan=scan) < self._min_layer_quality:
            return None
        if not scan and is_long(words):
            return words
        check_pixels(*frame.pixels(INK_DPI), self._limits, f"{self._name}, page {no}")
        grey = poppler.render(self._path, no, INK_DPI, self._limits.seconds, grey=True)
        return words if covers_ink(words, np.asarray(grey.convert("L")), INK_DPI) else None

    def _text_page(self, no: int, page: pikepdf.Page, frame: Frame, words: tuple[Word, ...]) -> CapturedPage:
        # pikepdf warns that form fields are not copied. What they show is, and nobody fills them in here.
        with Pdf.new() as single, warnings.catch_warnings(action="ignore"):
            single.pages.append(page)
            data = save(single)
        width, height = frame.pixels(RENDER_DPI)
        return CapturedPage(
            no=no,
            data=data,
            media_type="application/pdf",
            width=width,
            height=height,
            dpi=(RENDER_DPI, RENDER_DPI),
            dpi_source="stated",
            kind="text",
            geometry=Geometry(rotation=frame.rotation),
            words=words,
            altered=("copied",),
        )

    def _render(self, no: int, frame: Frame, what: str) -> CapturedPage:
        check_pixels(*frame.pixels(RENDER_DPI), self._limits, what)
        image = _without_empty_colour(poppler.render(self._path, no, RENDER_DPI, self._limits.seconds))
        if poppler.shows_nothing(image) and _has_lost_content(self._pdf.pages[no - 1]):
            raise DamagedInputError(f"{what}: its content is missing, there is only what it would have used")
        data = _png(image)
        jpeg = len(data) > MAX_PNG_BYTES_PER_PIXEL * image.width * image.height
        return CapturedPage(
            no=no,
            data=_jpeg(image) if jpeg else data,
            media_type="image/jpeg" if jpeg else "image/png",
            width=image.width,
            height=image.height,
            dpi=(RENDER_DPI, RENDER_DPI),
            dpi_source="stated",
            kind="render",
            altered=("rendered",),
        )


def _inspect(page: pikepdf.Page, box: Rectangle) -> PageContent:
    try:
        return inspect(page, box)
    except PARSE_ERRORS:
        # Poppler shows as much of a broken page as it can, and that is read.
        return PageContent(other=True, has_text=True)


def _has_lost_content(page: pikepdf.Page) -> bool:
    """Whether a page draws nothing although it has its own fonts, images or other resources.

    Damage makes such pages; without this check they would be taken for blank pages, and nobody would look at
    them. Inherited resources do not count.
    """
    resources = page.obj.get(Name.Resources)
    if Name.Contents in page.obj or not isinstance(resources, Dictionary):
        return False
    return any(isinstance(kind, Dictionary) and len(kind) > 0 for kind in resources.as_dict().values())


def _frame(page: pikepdf.Page) -> Frame:
    media = _rectangle(inherited(page.obj, Name.MediaBox)) or LETTER
    crop = _rectangle(inherited(page.obj, Name.CropBox)) or media
    box = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    rotation = inherited(page.obj, Name.Rotate)
    turns = round(float(rotation) / 90) if isinstance(rotation, int | float) else 0
    unit = page.obj.get(Name.UserUnit, 1)
    return Frame(box if area(box) > 0 else media, turns % 4 * 90, max(1.0, float(unit)))


def _rectangle(value: object) -> Rectangle | None:
    if not isinstance(value, Array) or len(value) != 4:
        return None
    try:
        x1, y1, x2, y2 = (float(n) for n in value)
    except (TypeError, ValueError):
        return None
    box = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    return box if area(box) > 0 else None


def _without_empty_colour(image: Image.Image) -> Image.Image:
    """A grey image where all colour channels are equal: most rendered pages are black on white."""
    array = np.asarray(image.convert("RGB"))
    same = np.array_equal(array[..., 0], array[..., 1]) and np.array_equal(array[..., 1], array[..., 2])
    return image.convert("L") if same else image.convert("RGB")


def _png(image: Image.Image) -> bytes:
    """Lossless, because text and lines keep their edges and compress well."""
    target = io.BytesIO()
    image.save(target, "PNG", dpi=(RENDER_DPI, RENDER_DPI), compress_level=4)
    return target.getvalue()


def _jpeg(image: Image.Image) -> bytes:
    """Lossy, for pages of photographs: PNG would take many megabytes, and rendering resamples anyway."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0, dpi=(RENDER_DPI, RENDER_DPI))
    return target.getvalue()

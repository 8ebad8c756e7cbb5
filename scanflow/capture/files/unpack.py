"""Take a file apart into pages (tách trang), by its content, not by its name."""

from typing import TYPE_CHECKING

from scanflow.capture.files.formats import sniff
from scanflow.capture.files.jpeg_png import unpack_jpeg, unpack_png
from scanflow.capture.files.tiff import unpack_tiff
from scanflow.capture.files.unpacked import PageProblem, Unpacked, Wanted
from scanflow.capture.pdf.unpack import unpack_pdf
from scanflow.errors import EmptyInputError, OversizedInputError, UnsupportedInputError

if TYPE_CHECKING:
    from scanflow.settings import LimitSettings

__all__ = ["PageProblem", "Unpacked", "unpack"]

_NOTHING = b"\0 \t\r\n"


def unpack(
    data: bytes, name: str, limits: "LimitSettings", min_layer_quality: float, wanted: Wanted | None = None
) -> Unpacked:
    """Take one file apart; `name` appears in messages only.

    Pages that can't be taken are in `problems`. A PDF's own text layer is used if its quality is at least
    `min_layer_quality` (0 to 1, see `scanflow.capture.pdf.layer_quality`), unless `wanted` says otherwise.

    Raises a subclass of InputError when nothing of the file can be taken, and MissingToolError when
    poppler is needed and not installed.
    """
    if len(data) > limits.file_bytes:
        raise OversizedInputError(f"{name}: {len(data)} bytes, more than {limits.file_bytes}")
    if not data[:4096].strip(_NOTHING) and not data.strip(_NOTHING):
        raise EmptyInputError(f"{name}: no content")
    match sniff(data):
        case "pdf":
            return unpack_pdf(data, name, limits, min_layer_quality, wanted or Wanted())
        case "jpeg":
            return Unpacked((unpack_jpeg(data, name, limits),), ())
        case "png":
            return Unpacked((unpack_png(data, name, limits),), ())
        case "tiff":
            return unpack_tiff(data, name, limits)
        case None:
            raise UnsupportedInputError(f"{name}: neither PDF, TIFF, JPEG, PNG, WebP, HEIC nor DOCX")
        case other:
            return _unpack_other(other, data, name, limits)


def _unpack_other(kind: str, data: bytes, name: str, limits: "LimitSettings") -> Unpacked:
    """A file that no scanner makes: what takes it apart is loaded with the first one."""
    if kind == "docx":
        from scanflow.capture.files.docx import unpack_docx  # noqa: PLC0415 - see above

        return unpack_docx(data, name, limits)
    from scanflow.capture.files import photograph  # noqa: PLC0415 - see above

    return {"webp": photograph.unpack_webp, "heif": photograph.unpack_heif}[kind](data, name, limits)

"""The format of a file by its content, and whether the file is complete.

The checks follow the containers (markers, chunks, directories) and decode nothing, so they take little time
even on a network share where a large file is still growing. The inbox uses them to see whether a file can be
taken, unpacking to see whether it is truncated.
"""

import errno
import os
import stat
import struct
import zlib
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Literal

from scanflow.capture.files.file_view import FileView

Buffer = bytes | FileView
Format = Literal["pdf", "tiff", "jpeg", "png", "webp", "heif", "docx"]

_STARTS: tuple[tuple[bytes, Format], ...] = (
    *((start, "tiff") for start in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
)
# Brands of pictures, not of videos (ISO 23008-12).
_HEIF_BRANDS = frozenset([b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2"])
_ZIP = b"PK\3\4"
_ZIP_END = b"PK\5\6"
PDF_HEADER_WITHIN = 1024  # PDF programs accept other bytes before %PDF within the first kilobyte


class Completeness(Enum):
    """`BROKEN`: the length is complete, but the structure is wrong (a cycle of directories, a wrong
    checksum).
    """

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    BROKEN = "broken"
    UNKNOWN = "unknown"


def sniff(data: Buffer) -> Format | None:
    """The format by the first bytes; None for one that is not supported."""
    head = data[:PDF_HEADER_WITHIN]
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and _HEIF_BRANDS & {head[at : at + 4] for at in range(8, _brands_end(head), 4)}:
        return "heif"
    if head.startswith(_ZIP) and (b"[Content_Types].xml" in head or b"word/" in head or b"_rels/" in head):
        return "docx"
    return "pdf" if b"%PDF-" in head else None


def _brands_end(head: bytes) -> int:
    """Where the brands of the first box end of a file of boxes (ISO 14496-12)."""
    return min(len(head), int.from_bytes(head[:4], "big"))


def completeness(data: Buffer) -> Completeness:
    """Whether a file is complete, as far as its container tells."""
    kind = sniff(data)
    checks = {
        "pdf": _pdf, "tiff": _tiff, "jpeg": _jpeg, "png": _png, "webp": _webp, "heif": _heif,
        "docx": _docx,
    }  # fmt: skip
    return checks[kind](data) if kind else Completeness.UNKNOWN


def is_complete(path: Path) -> bool:
    """Whether a file is complete and of a format that is supported. Raises OSError if it can't be read."""
    return file_completeness(path) is Completeness.COMPLETE


def file_completeness(path: Path) -> Completeness:
    """As `completeness`, for a file, without reading all of it.

    Raises OSError if it can't be read, is not a regular file any more, or is truncated meanwhile.
    """
    # A FIFO that has taken the file's place would block without O_NONBLOCK.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if not status.st_size:  # many writers create the name first
            return Completeness.INCOMPLETE
        return completeness(FileView(file.fileno(), status.st_size))


def _pdf(data: Buffer) -> Completeness:
    end = data.rfind(b"%%EOF")
    if end < 0:
        return Completeness.INCOMPLETE
    # A linearized or updated PDF has an earlier %%EOF inside: objects after the last %%EOF show that it is
    # truncated.
    if data.find(b" obj", end) >= 0:
        return Completeness.INCOMPLETE
    return Completeness.COMPLETE


def _jpeg(data: Buffer) -> Completeness:
    start = jpeg_scan_start(data)
    # Entropy-coded data never contains FF D9, and the end of a thumbnail comes before the scan.
    if start is None or data.rfind(b"\xff\xd9", start) < 0:
        return Completeness.INCOMPLETE
    return Completeness.COMPLETE


def _docx(data: Buffer) -> Completeness:
    """Check a ZIP archive: its directory is at the end, followed by 22 bytes with its offset, and
    a comment.
    """
    at = data.rfind(_ZIP_END)
    comment = int.from_bytes(data[at + 20 : at + 22], "little")
    whole = at >= 0 and len(data) >= at + 22 + comment
    return Completeness.COMPLETE if whole else Completeness.INCOMPLETE


def _webp(data: Buffer) -> Completeness:
    whole = 8 + int.from_bytes(data[4:8], "little")
    return Completeness.COMPLETE if len(data) >= whole else Completeness.INCOMPLETE


def _heif(data: Buffer) -> Completeness:
    at, names = 0, set()
    while at < len(data):
        header = data[at : at + 16]
        size, name = int.from_bytes(header[:4], "big"), header[4:8]
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        elif size == 0:  # up to the end of the file, which is not known here
            size = len(data) - at
        if len(header) < 8 or at + size > len(data):
            return Completeness.INCOMPLETE
        if size < 8:
            return Completeness.BROKEN
        names.add(name)
        at += size
    if b"meta" not in names:
        return Completeness.INCOMPLETE
    # Small pictures may lie within the meta box: without another, nobody can tell.
    return Completeness.COMPLETE if b"mdat" in names else Completeness.UNKNOWN


def jpeg_scan_start(data: Buffer) -> int | None:
    """Offset of the first start-of-scan marker, None where the headers end too early."""
    at = 2
    while at + 4 <= len(data):
        first, marker = data[at : at + 2]
        if first != 0xFF:
            return None
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0xDA:
            return at
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _png(data: Buffer) -> Completeness:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            return Completeness.INCOMPLETE
        kind = data[at + 4 : at + 8]
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return Completeness.BROKEN
        if kind == b"IEND":
            return Completeness.COMPLETE
        at = end
    return Completeness.INCOMPLETE


@dataclass(frozen=True, slots=True)
class TiffDirectory:
    """One TIFF page: `tags`, those with whole numbers or bytes, by number; `numbers`, the numbers of all
    tags.
    """

    tags: dict[int, tuple[int, ...]]
    numbers: frozenset[int] = frozenset()

    def one(self, tag: int, default: int = 0) -> int:
        return (self.tags.get(tag) or (default,))[0]  # a damaged directory may have a tag without values

    @property
    def chunks(self) -> tuple[tuple[int, int], ...]:
        """Offset and length of each strip or tile."""
        for offsets, lengths in ((273, 279), (324, 325)):
            if offsets in self.tags and lengths in self.tags:
                return tuple(zip(self.tags[offsets], self.tags[lengths], strict=False))
        return ()


class TiffCutError(ValueError):
    """The TIFF refers to bytes after its end."""


class TiffBrokenError(ValueError):
    """The directories are wrong: they form a cycle, or there are more than any writer makes."""


_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_INTEGER_CODES = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q"}
_MAX_DIRECTORIES = 1 << 16
_MAX_TAGS = 1 << 12
_MAX_VALUES = 1 << 20  # of one tag: more than the tallest page with one row per strip needs


def tiff_directories(data: Buffer) -> list[TiffDirectory]:
    """Read the chain of directories of a classic or a Big TIFF.

    Raises TiffCutError where the chain or a strip leads past the end (also while a writer has not yet
    written the first offset), TiffBrokenError where the chain has a cycle or is too long.
    """
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    offset = _number(data, order + ("Q" if big else "I"), 8 if big else 4)
    if offset == 0:
        raise TiffCutError("no directory yet")
    seen: set[int] = set()
    directories = []
    while offset:
        if offset in seen:
            raise TiffBrokenError(f"directory at {offset} comes twice")
        if len(seen) >= _MAX_DIRECTORIES:
            raise TiffBrokenError(f"more than {_MAX_DIRECTORIES} directories")
        seen.add(offset)
        directory, offset = _directory(data, offset, order, big)
        for start, length in directory.chunks:
            if start + length > len(data):
                raise TiffCutError(f"strip at {start} runs past the end")
        directories.append(directory)
    return directories


def _directory(data: Buffer, offset: int, order: str, big: bool) -> tuple[TiffDirectory, int]:
    count_format, entry_size, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    count = _number(data, order + count_format, offset)
    if count > _MAX_TAGS:
        raise TiffBrokenError(f"{count} tags")
    first = offset + struct.calcsize(count_format)
    after = first + count * entry_size
    tags: dict[int, tuple[int, ...]] = {}
    numbers: set[int] = set()
    for at in range(first, min(after, len(data)), entry_size):
        tag, kind = _number(data, order + "H", at), _number(data, order + "H", at + 2)
        numbers.add(tag)
        values = _number(data, order + ("Q" if big else "I"), at + 4)
        size = values * _TYPE_SIZES.get(kind, 0)
        place = at + entry_size - inline
        if size > inline:
            place = _number(data, order + ("Q" if big else "I"), place)
        if place + size > len(data):
            raise TiffCutError(f"tag {tag} runs past the end")
        if kind in _INTEGER_CODES and values <= _MAX_VALUES:
            tags[tag] = struct.unpack(f"{order}{values}{_INTEGER_CODES[kind]}", data[place : place + size])
    return TiffDirectory(tags, frozenset(numbers)), _number(data, order + ("Q" if big else "I"), after)


def _number(data: Buffer, code: str, at: int) -> int:
    end = at + struct.calcsize(code)
    if end > len(data):
        raise TiffCutError(f"nothing at {at}")
    (value,) = struct.unpack(code, data[at:end])
    return int(value)


def _tiff(data: Buffer) -> Completeness:
    try:
        tiff_directories(data)
    except TiffCutError:
        return Completeness.INCOMPLETE
    except TiffBrokenError:
        return Completeness.BROKEN
    return Completeness.COMPLETE

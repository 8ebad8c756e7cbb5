"""Whether JPEG 2000 data keeps to what PDF/A-2 asks of it (ISO 19005-2, 6.2.8.3)."""

import struct
from collections.abc import Iterator

_SUPERBOX_HEADER = b"jp2h"
_CIEJAB, _CMYK = 19, 12
_VARYING_DEPTH = 255


def is_archivable(data: bytes) -> bool:
    """True for a JP2 file of 1, 3 or 4 colour channels of one depth and one clear colour specification.

    CMYK is refused as well: an RGB output intent doesn't cover it, and only its box says that it is CMYK.
    """
    try:
        boxes = [box for name, content in _boxes(data) if name == _SUPERBOX_HEADER for box in _boxes(content)]
        headers = [content for name, content in boxes if name == b"ihdr"]
        colours = [content for name, content in boxes if name == b"colr"]
        channels, depth = struct.unpack_from(">HB", headers[0], 8)
        opacity = sum(_opacity_channels(content) for name, content in boxes if name == b"cdef")
        best = colours if len(colours) == 1 else [colour for colour in colours if colour[2] == 1]
        spaces = [struct.unpack_from(">I", colour, 3)[0] for colour in colours if colour[0] == 1]
    except (struct.error, IndexError):
        return False
    return (
        channels - opacity in (1, 3, 4)
        and depth != _VARYING_DEPTH
        and (depth & 0x7F) < 38
        and len(best) == 1
        and all(colour[0] in (1, 2, 3) for colour in colours)
        and not {_CIEJAB, _CMYK} & set(spaces)
    )


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        header = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        end = at + length if length else len(data)
        if end < at + header:
            return
        yield name, data[at + header : end]
        at = end


def _opacity_channels(definition: bytes) -> int:
    (count,) = struct.unpack_from(">H", definition)
    return sum(struct.unpack_from(">3H", definition, 2 + 6 * i)[1] != 0 for i in range(count))

"""Whether JPEG 2000 data keeps to what PDF/A-2 asks of it (ISO 19005-2, 6.2.8.3)."""

import struct

from scanflow.imaging.jpeg2000 import boxes

_SUPERBOX_HEADER = b"jp2h"
_CIEJAB, _CMYK = 19, 12
_VARYING_DEPTH = 255


def is_archivable(data: bytes) -> bool:
    """True for a JP2 file of 1, 3 or 4 colour channels of one depth and one clear colour specification.

    CMYK is refused as well: an RGB output intent doesn't cover it, and only its box says that it is CMYK.
    """
    try:
        inner = [box for name, content in boxes(data) if name == _SUPERBOX_HEADER for box in boxes(content)]
        headers = [content for name, content in inner if name == b"ihdr"]
        colours = [content for name, content in inner if name == b"colr"]
        channels, depth = struct.unpack_from(">HB", headers[0], 8)
        opacity = sum(_opacity_channels(content) for name, content in inner if name == b"cdef")
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


def _opacity_channels(definition: bytes) -> int:
    (count,) = struct.unpack_from(">H", definition)
    return sum(struct.unpack_from(">3H", definition, 2 + 6 * i)[1] != 0 for i in range(count))

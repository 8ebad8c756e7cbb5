"""JPEG 2000 data (ISO 15444-1): its boxes, and whether its samples are the pixels that a page shows.

Pillow decodes it in this process; poppler would start three programs. Both use OpenJPEG and give the same
pixels where the samples are grey or RGB values of 8 bits, or grey values of 16 bits. Poppler decodes what
must be converted: palettes, other colour spaces, opacity, other depths, channels of different sizes.
"""

import struct
from collections.abc import Iterator

_CODESTREAM = b"\xff\x4f\xff\x51"  # start of codestream, then the marker of its sizes
_SIZES_AT = 40  # offset of the number of channels: after the marker, its length, the profile and eight sizes
_ENUMERATED = 1
_SRGB, _GREY = 16, 17
_CHANNELS_OF = {_SRGB: 3, _GREY: 1}
_CONVERTED = {b"pclr", b"cmap", b"cdef", b"bpcc"}
"""Boxes that define a palette, the meaning of channels, or different depths."""


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each complete box of a JP2 file or of a superbox, in order."""
    at = 0
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        header = 8
        if length == 1:
            if at + 16 > len(data):
                return
            (length,) = struct.unpack_from(">Q", data, at + 8)
            header = 16
        end = at + length if length else len(data)
        if end < at + header:
            return
        yield name, data[at + header : end]
        at = end


def plain_channels(data: bytes) -> int | None:
    """1 (grey) or 3 (RGB) where the samples of a JP2 file or a bare codestream are pixels; None elsewhere."""
    try:
        if data.startswith(_CODESTREAM):
            return _plain_samples(data)
        stated: list[int] = []
        codestream = b""
        for name, content in boxes(data):
            if name == b"jp2c":
                codestream = codestream or content
            elif name == b"jp2h":
                header = list(boxes(content))
                if not _CONVERTED.isdisjoint(inner for inner, _ in header):
                    return None
                stated += [_channels_stated(inside) for inner, inside in header if inner == b"colr"]
        channels = _plain_samples(codestream)
    except (struct.error, KeyError):
        return None
    return channels if set(stated) == {channels} else None


def _channels_stated(colour: bytes) -> int:
    """The number of channels of the stated colour space. Raises KeyError if it is neither sRGB nor grey."""
    if not colour or colour[0] != _ENUMERATED:
        raise KeyError("a colour profile, no enumerated colour space")
    return _CHANNELS_OF[struct.unpack_from(">I", colour, 3)[0]]


def _plain_samples(codestream: bytes) -> int | None:
    """The number of channels: 1 or 3 of 8 bits, or 1 of 16, unsigned and of one size; None for others."""
    if not codestream.startswith(_CODESTREAM):
        return None
    (channels,) = struct.unpack_from(">H", codestream, _SIZES_AT)
    if channels not in (1, 3):
        return None
    samples = struct.unpack_from(f">{3 * channels}B", codestream, _SIZES_AT + 2)
    depths = {8} if channels == 3 else {8, 16}
    fitting = all(depth + 1 in depths for depth in samples[::3])
    return channels if fitting and {*samples[1::3], *samples[2::3]} == {1} else None

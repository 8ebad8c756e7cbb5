"""Lossless scans in a PDF whose rows are packed as in a PNG file: such a stream is the data of a PNG.

Programs that put PNG files into a PDF keep their data so (img2pdf and others). As a file again OpenCV decodes
them to the same pixels in less than half of the time that pikepdf and Pillow take.
"""

import struct
import zlib
from typing import Any

import pikepdf

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 3: 2}  # of a PNG, by channels: grey and RGB
_PNG_PREDICTORS = range(10, 16)  # all mean that each row says how it is packed
_BITS = 8


def png_file(image: pikepdf.Stream, channels: int | None) -> bytes | None:
    """The image as a PNG file, with its data as they are; None where it is packed otherwise.

    `channels`: of its colour space, None where values are not shown as they are. Nothing is decoded here, so
    the file may be damaged.
    """
    parameters: Any = image.get("/DecodeParms", pikepdf.Dictionary())
    if isinstance(parameters, pikepdf.Array) and len(parameters) == 1:
        parameters = parameters[0]
    if not isinstance(parameters, pikepdf.Dictionary) or channels not in _COLOUR_TYPES:
        return None
    width, height = int(image["/Width"]), int(image["/Height"])
    as_png = (
        int(parameters.get("/Predictor", 1)) in _PNG_PREDICTORS
        and int(parameters.get("/Colors", 1)) == channels
        and int(parameters.get("/Columns", 1)) == width
        and int(parameters.get("/BitsPerComponent", _BITS)) == int(image.get("/BitsPerComponent", 0)) == _BITS
    )
    if not as_png or min(width, height) < 1:
        return None
    head = struct.pack(">IIBBBBB", width, height, _BITS, _COLOUR_TYPES[channels], 0, 0, 0)
    chunks = (b"IHDR", head), (b"IDAT", image.read_raw_bytes()), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))

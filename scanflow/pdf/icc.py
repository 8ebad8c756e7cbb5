"""Two small colour profiles, built from published numbers, so that no licence applies to the files.

Both are ICC version 4 profiles (ISO 15076-1), which PDF 1.7 and PDF/A-2 (ISO 19005-2, 6.2.3 and 6.2.4.2)
allow. They contain only what their class requires, because every file contains one of them.
"""

import struct
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

D50 = (0.9642, 1.0, 0.8249)
# XYZ values: the Bradford adaptation from D65 to D50, row by row, and the sRGB primaries (IEC 61966-2-1)
# adapted by it.
ADAPTATION = (1.0478, 0.0229, -0.0501, 0.0295, 0.9905, -0.0171, -0.0092, 0.0151, 0.7517)
RED, GREEN, BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)
# g, a, b, c, d of the sRGB transfer curve: (a·x + b)^g from d on, c·x below.
TRANSFER = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
# Typical colours of pure process inks on paper in linear sRGB: cyan, magenta, yellow, black.
INKS = ((0.0, 0.36, 0.85), (0.80, 0.0, 0.26), (1.0, 0.88, 0.0), (0.017, 0.015, 0.014))


def _fixed(values: Iterable[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: Sequence[float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-be")
    return struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", len(encoded), 28) + encoded


def _profile(device_class: bytes, space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """The bytes of a profile: header, tag table and tag data; equal data is stored once."""
    offset = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    placed: dict[bytes, int] = {}
    for name, data in tags.items():
        if data not in placed:
            placed[data] = offset + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", name, placed[data], len(data))
    size = offset + len(body)
    header = struct.pack(">I4xI4s4s4s", size, 0x04200000, device_class, space, b"XYZ ")
    header += struct.pack(">6H4s28x", 2026, 1, 1, 0, 0, 0, b"acsp") + _fixed(D50)
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


@cache
def srgb() -> bytes:
    """The monitor profile of sRGB with its exact transfer curve, for the output intent."""
    curve = struct.pack(">4s4xH2x", b"para", 3) + _fixed(TRANSFER)
    return _profile(
        b"mntr",
        b"RGB ",
        {
            b"desc": _text("sRGB"),
            b"cprt": _text("CC0"),
            b"wtpt": _xyz(D50),
            b"chad": b"sf32\0\0\0\0" + _fixed(ADAPTATION),
            b"rXYZ": _xyz(RED),
            b"gXYZ": _xyz(GREEN),
            b"bXYZ": _xyz(BLUE),
            b"rTRC": curve,
            b"gTRC": curve,
            b"bTRC": curve,
        },
    )


@cache
def cmyk() -> bytes:
    """An input profile for CMYK data whose printing conditions are unknown.

    PDF/A forbids DeviceCMYK with an RGB output intent; with this profile a CMYK scan keeps its stream. The
    colours of inks printed on each other are the products of `INKS`, and partial coverages mix them linearly
    (Neugebauer's model): a file without a profile says no more about its colours.
    """
    primaries = b""
    for inks in product((0, 1), repeat=4):
        light = [1.0, 1.0, 1.0]
        for ink, shade in zip(inks, INKS, strict=True):
            if ink:
                light = [value * part for value, part in zip(light, shade, strict=True)]
        xyz = (sum(v * p[i] for v, p in zip(light, (RED, GREEN, BLUE), strict=True)) for i in range(3))
        primaries += struct.pack(">3H", *(min(round(value * 32768), 65535) for value in xyz))
    identity = (0, 65535)
    table = struct.pack(">4s4x4B", b"mft2", 4, 3, 2, 0) + _fixed((1, 0, 0, 0, 1, 0, 0, 0, 1))
    table += struct.pack(">2H8H", 2, 2, *identity * 4) + primaries + struct.pack(">6H", *identity * 3)
    return _profile(
        b"scnr",
        b"CMYK",
        {b"desc": _text("CMYK"), b"cprt": _text("CC0"), b"wtpt": _xyz(D50), b"A2B0": table},
    )

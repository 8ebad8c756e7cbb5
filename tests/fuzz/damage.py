"""Damage as copying, disks, bad writers and attackers do it: cut, flipped, swapped, absurdly large."""

import random
import re
import struct
import zlib
from collections.abc import Callable

_ABSURD = (0, 1, 2, 3, 7, 255, 256, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d+)?")
_NAME = re.compile(rb"/[A-Za-z0-9]+")
_NUMBERS = (b"0", b"-1", b"1", b"99999", b"2147483648", b"1e9", b"-0.0001", b"null", b"true", b"[]", b"<<>>")
_HEADER = 600  # bytes in which most of a small file's structure stands

Damage = Callable[[bytearray, random.Random], bytearray]


def damaged(data: bytes, dice: random.Random, times: int) -> bytes:
    """The file changed in `times` places; the same random generator changes it in the same way."""
    changed = bytearray(data)
    for _ in range(times):
        if len(changed) > 8:
            changed = dice.choice(_KINDS)(changed, dice)
    return _with_sums(bytes(changed)) if dice.random() < 0.7 else bytes(changed)


def _place(data: bytearray, dice: random.Random) -> int:
    """Anywhere, but rather where the structure stands: at the beginning or the end."""
    where = dice.random()
    if where < 0.4:
        return dice.randrange(min(len(data), _HEADER))
    if where < 0.6:
        return dice.randrange(max(0, len(data) - _HEADER), len(data))
    return dice.randrange(len(data))


def _flip(data: bytearray, dice: random.Random) -> bytearray:
    data[_place(data, dice)] ^= 1 << dice.randrange(8)
    return data


def _garble(data: bytearray, dice: random.Random) -> bytearray:
    at = _place(data, dice)
    data[at : at + dice.randrange(1, 9)] = dice.randbytes(dice.randrange(1, 9))
    return data


def _cut(data: bytearray, dice: random.Random) -> bytearray:
    return data[: _place(data, dice) + 1]


def _lose(data: bytearray, dice: random.Random) -> bytearray:
    at = _place(data, dice)
    del data[at : at + dice.choice((1, 2, 4, 64, 512))]
    return data


def _repeat(data: bytearray, dice: random.Random) -> bytearray:
    at, size = _place(data, dice), dice.choice((1, 4, 12, 64, 512))
    data[at:at] = data[at : at + size]
    return data


def _swap(data: bytearray, dice: random.Random) -> bytearray:
    size = dice.choice((2, 4, 12, 64, 256))
    a, b = _place(data, dice), _place(data, dice)
    first, second = bytes(data[a : a + size]), bytes(data[b : b + size])
    data[a : a + len(second)], data[b : b + len(first)] = second, first
    return data


def _absurd(data: bytearray, dice: random.Random) -> bytearray:
    """A binary number that says too much."""
    code = dice.choice(("<H", ">H", "<I", ">I"))
    at = _place(data, dice)
    struct.pack_into(code, data, min(at, len(data) - 4), dice.choice(_ABSURD) % 256 ** struct.calcsize(code))
    return data


def _absurd_text(data: bytearray, dice: random.Random) -> bytearray:
    """A number or a name of a PDF that says something else; elsewhere a flipped bit."""
    found = list(dice.choice((_NUMBER, _NAME)).finditer(data)) if b"%PDF" in data[:1024] else []
    if not found:
        return _flip(data, dice)
    match = dice.choice(found)
    other = dice.choice(_NUMBERS) if dice.random() < 0.6 else bytes(dice.choice(found)[0])
    data[match.start() : match.end()] = other
    return data


_KINDS: tuple[Damage, ...] = (
    *(_flip, _garble, _cut, _lose, _repeat, _swap),
    *(_absurd, _absurd, _absurd_text, _absurd_text, _absurd_text),
)


def _with_sums(data: bytes) -> bytes:
    """PNG chunks get right checksums again, so that what is wrong in them is seen by the decoder."""
    if not data.startswith(b"\x89PNG"):
        return data
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if end + 4 > len(data):
            break
        out += data[at:end] + zlib.crc32(data[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(out + data[at:])

"""The words of a version as an object (`v<k>.words.json.zst`), and the plain text made of them.

The object is JSON, compressed with Zstandard:

    {"schema": 1, "pages": [{"size": [width, height], "engine": "…", "words": [
        ["text", [left, top, right, bottom], confidence, block, line],
        ["text", [left, top, right, bottom], confidence, block, line, "raw text"],
        ["text", [left, top, right, bottom], confidence, block, line, null, "handwriting"],
        ["text", [left, top, right, bottom], confidence, block, line, null, "print", true]]}]}

A word has a sixth value where a correction changed it, a seventh (`handwriting`, `pen` or `stamp`) where it
isn't print of the text, an eighth where a person typed or confirmed it. A page has `layer`, a text, where its
source had a text layer that was not trusted: as it stood there; and `unread`, the code of an error, where it
has no words because it could not be read. `dpi` is the resolution by which the size is given where that isn't
the one that the source states: `[across, along, "measured"]`; `stated_dpi` is then what the source states,
where it states one. `seals` are the seals and stamps on it: `[[left, top, right, bottom], shape, colour]`
each; objects of earlier versions have none. Sizes and boxes are upright points to a tenth (a tenth of a point
is half a pixel at 300 dpi). Confidences go from 0 to 1 and are rounded to a thousandth; rounded to a
hundredth, 99.6 % would become certainty.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import zstandard

from scanflow.archive.store.canonical_json import dumps
from scanflow.errors import StoreError
from scanflow.model import Box, Seal, Word

CONTENT_TYPE = "application/zstd"
_SCHEMA = 1
_LEVEL = 9
_MAX_BYTES = 2**30


@dataclass(frozen=True, slots=True)
class PageWords:
    """The reading of one page: its upright size in points, the words in reading order, the engine.

    `layer` is the text of the source's own layer where that was not trusted, `unread` the code of the error
    for which there are no words. `dpi` is the resolution that the page is taken to have and its source, where
    that is not its file's; `stated_dpi` what the file states. `seals` as in `PageReading`.
    """

    size: tuple[float, float]
    words: tuple[Word, ...] = field(repr=False)
    engine: str
    layer: str | None = None
    unread: str = ""
    dpi: tuple[float, float, str] | None = None
    stated_dpi: tuple[float, float] | None = None
    seals: tuple[Seal, ...] = ()


def encode_words(pages: Sequence[PageWords]) -> bytes:
    """The object's bytes; the same words always give the same bytes."""
    content = {
        "schema": _SCHEMA,
        "pages": [_page_to_object(page) for page in pages],
    }
    return zstandard.ZstdCompressor(level=_LEVEL).compress(dumps(content).encode())


def decode_words(data: bytes) -> tuple[PageWords, ...]:
    """The pages of a words object, with the rounding of `encode_words`. Raises StoreError."""
    try:
        raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
        content = json.loads(raw)
        if content["schema"] != _SCHEMA:
            raise StoreError(f"a words object of schema {content['schema']}: upgrade scanflow")
        return tuple(_object_to_page(page) for page in content["pages"])
    except (zstandard.ZstdError, ValueError, LookupError, TypeError) as error:
        raise StoreError(f"not a words object: {error}") from error


class _Content(msgspec.Struct):
    schema: int
    pages: list[msgspec.Raw]


def split_words(data: bytes) -> tuple[bytes, ...]:
    """A words object as its pages, each as it stands there, for `decode_page`.

    Much quicker than `decode_words` if one page of many is wanted. Raises StoreError.
    """
    try:
        raw = zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
        content = msgspec.json.decode(raw, type=_Content)
    except (zstandard.ZstdError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"not a words object: {error}") from error
    if content.schema != _SCHEMA:
        raise StoreError(f"a words object of schema {content.schema}: upgrade scanflow")
    return tuple(bytes(page) for page in content.pages)


def decode_page(raw: bytes) -> PageWords:
    """One page of `split_words`. Raises StoreError."""
    try:
        return _object_to_page(json.loads(raw))
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(f"not a words object: {error}") from error


def searchable_text(words: Iterable[Word]) -> str:
    """The same with the text of stamps and electronic signatures, each as a block after the text."""
    return _text(word for word in words if word.searchable)


def page_text(words: Iterable[Word]) -> str:
    """Plain text of the print: a line a line, an empty line between blocks, a line end at the end.

    Empty without words. Handwriting is left out: its text is often wrong, and the index would find it for
    other words. Stamps are no part of a paper's text.
    """
    return _text(word for word in words if word.kind == "print")


def _text(words: Iterable[Word]) -> str:
    lines: list[str] = []
    place: tuple[int, int] | None = None
    for word in words:
        here = (word.block, word.line)
        if here == place:
            lines[-1] += f" {word.text}"
        else:
            if place is not None and word.block != place[0]:
                lines.append("")
            lines.append(word.text)
        place = here
    return "\n".join(lines) + "\n" if lines else ""


def _page_to_object(page: PageWords) -> dict[str, Any]:
    values: dict[str, Any] = {
        "size": [round(side, 1) for side in page.size],
        "engine": page.engine,
        "words": [_word_to_list(word) for word in page.words],
    }
    if page.layer is not None:
        values["layer"] = page.layer
    if page.unread:
        values["unread"] = page.unread
    if page.dpi:
        values["dpi"] = [*(round(value, 2) for value in page.dpi[:2]), page.dpi[2]]
    if page.stated_dpi:
        values["stated_dpi"] = [round(value, 2) for value in page.stated_dpi]
    if page.seals:
        values["seals"] = [[_sides(seal.box), seal.shape, seal.colour] for seal in page.seals]
    return values


def _object_to_page(page: Mapping[str, Any]) -> PageWords:
    return PageWords(
        size=(page["size"][0], page["size"][1]),
        words=tuple(_list_to_word(values) for values in page["words"]),
        engine=page["engine"],
        layer=page.get("layer"),
        unread=page.get("unread", ""),
        dpi=tuple(page["dpi"]) if "dpi" in page else None,
        stated_dpi=tuple(page["stated_dpi"]) if "stated_dpi" in page else None,
        seals=tuple(Seal(Box(*sides), shape, colour) for sides, shape, colour in page.get("seals", ())),
    )


def _sides(box: Box) -> list[float]:
    return [round(side, 1) for side in (box.left, box.top, box.right, box.bottom)]


def _word_to_list(word: Word) -> list[Any]:
    values: list[Any] = [word.text, _sides(word.box), round(word.confidence, 3), word.block, word.line]
    if word.by_person:
        return [*values, word.raw, word.kind, True]
    if word.kind != "print":
        return [*values, word.raw, word.kind]
    return values if word.raw is None else [*values, word.raw]


def _list_to_word(values: list[Any]) -> Word:
    text, sides, confidence, block, line, *further = values
    return Word(text, Box(*sides), confidence, block, line, *further)

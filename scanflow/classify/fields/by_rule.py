"""Fields of a known type: read where the rules of its profile say."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from scanflow.classify.fields.cells import cells_text, rows_text
from scanflow.classify.fields.parsers import Parsed, parse
from scanflow.classify.fields.searchable import Searchable, around, average, text_of, weakest
from scanflow.classify.fields.spelling import family_name
from scanflow.classify.page_view import Line, PageView
from scanflow.classify.profiles import DocumentType, FieldRule
from scanflow.model import FieldValue
from scanflow.text.normalization import nfc

_CERTIFIED = re.compile(r"chung thuc ban sao (?:dung voi ban chinh|tu ban chinh)|sao y ban chinh")
_COPY = re.compile(r"^\W*ban sao\W*$")

COPY_KIND = "copy_kind"
_WORDS = ("phrase", "address", "whole-address")
"""Kinds of fields that are texts: still useful with one wrong word, unlike codes and names."""


def read_by_rules(pages: Sequence[PageView], document_type: DocumentType) -> Iterator[FieldValue]:
    """The values of a type's rules: of the rules with one name, that of the first that finds something."""
    texts: dict[str, Searchable] = {}
    found: set[str] = set()
    for rule in document_type.fields:
        if rule.name in found:
            continue
        if rule.where not in texts:
            texts[rule.where] = text_of(pages, rule.where)
        if value := _read(rule, texts[rule.where]):
            found.add(rule.name)
            yield value
    for other_text in (rows_text, cells_text):
        left = [rule for rule in document_type.fields if rule.name not in found and rule.where != "head"]
        if not left:
            return
        other = other_text(pages)
        for rule in left:
            if rule.name not in found and (value := _read(rule, other)):
                found.add(rule.name)
                yield value


def read_copy_kind(pages: Sequence[PageView]) -> FieldValue | None:
    """Whether the paper says that it is a copy: `certified` (chứng thực bản sao) or `copy` (bản sao)."""
    for no, page in enumerate(pages, start=1):
        for line in page.lines:
            if _CERTIFIED.search(line.folded):
                return _of_line(line, "certified", no)
    for line in pages[0].lines[:20]:
        if _COPY.match(line.folded):
            return _of_line(line, "copy", 1)
    return None


def _of_line(line: Line, value: str, page: int) -> FieldValue:
    return FieldValue(COPY_KIND, line.text, value, average(line.words), page=page, box=line.box)


def _read(rule: FieldRule, text: Searchable) -> FieldValue | None:
    """The first place that fits the rule's pattern with a value of its kind."""
    for match in rule.pattern.finditer(text.folded):
        start, end = match.span("value")
        if parsed := parse(rule.kind, text.text[start:end]):
            if rule.kind == "person":
                return person_at(rule.name, text, start, parsed)
            return value_at(rule.name, text, start, parsed, long=rule.kind in _WORDS)
    return None


def person_at(name: str, text: Searchable, start: int, parsed: Parsed) -> FieldValue:
    """A person's name, parsed from the text at `start`, with its family name respelled by `family_name`."""
    read = value_at(name, text, start, parsed)
    words = [each.word for each in text.words(start + parsed.start, start + parsed.end)]
    if not words or not parsed.value:
        return read
    first, *rest = parsed.value.split()
    family, sure = family_name(first, words[0].confidence)
    words[0] = replace(words[0], text=family, confidence=sure)
    return replace(read, value=nfc(" ".join((family, *rest))), confidence=weakest(words))


def value_at(name: str, text: Searchable, start: int, parsed: Parsed, *, long: bool = False) -> FieldValue:
    """A value, parsed from the text at `start`. `long`: it is a text, not a code or a name."""
    placed = text.words(start + parsed.start, start + parsed.end)
    page = placed[0].page if placed else 1
    words = [each.word for each in placed]
    return FieldValue(
        name,
        " ".join(text.text[start + parsed.start : start + parsed.end].split()),
        parsed.value,
        average(words) if long else weakest(words),
        page=page,
        box=around([each.word for each in placed if each.page == page]),
    )

"""The entries of the index: one for each page of the newest version of each document.

Texts are made of our own words, so the index only cuts at spaces:

- `text`: the bare words of the page and, on a document's first page, of its head (number, type, title,
  fields); with places. At its end the words behind abbreviations that stand there.
- `exact`, `vowel`: the same words with their accents, and with their vowels but no tones; without places.
- `pairs`: each two neighbours of `text` as one word. Common phrases are found by them, without places: on a
  million pages that is a hundred times faster.
- `starts`: the first letter and the first two of each word, for beginnings that very many words have.
- `title`: the document's title and type, on its first page.
- `fields`: `name=word` for what was read from the document, on each of its pages.

The other fields are whole values. One entry is no page: it holds the number of the catalog's last change that
the index has, so that both are committed at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from importlib import metadata
from itertools import pairwise

import tantivy

from scanflow.archive.search.abbreviations import PATH, abbreviations
from scanflow.archive.search.changes import Change
from scanflow.archive.search.words import Keys, code_key, folded_words, joined, words_of
from scanflow.clock import date_in_vietnam
from scanflow.text.folding import folded_key

_SCHEMA = 1
"""Increased with every change of the entries; an index of another version is made anew."""

BREAK = "|"
"""Separates texts whose words are no neighbours; no word equals it."""
PAIR = "_"
START_LENGTHS = (1, 2)

NAME_FIELDS = frozenset(
    {"name", "child_name", "mother_name", "father_name", "wife_name", "husband_name", "owner_name", "signer",
     "receiver_name", "business_name"}
)  # fmt: skip
"""Fields of documents that `ho_ten:` finds."""
NUMBER_FIELDS = frozenset(
    {"number", "symbol", "identity_number", "old_identity_number", "notary_number", "insurance_number",
     "serial", "book_number", "register"}
)  # fmt: skip
"""Fields of documents that `so:` finds."""
AGENCY_FIELDS = frozenset({"agency", "superior_agency"})
_ASKED = {"address": "dia_chi", "business_address": "dia_chi", "birth_date": "ngay_sinh"}

_STATE = "state"
_MOST_SUFFIXES = 12


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document as the catalog has it, with its dossier."""

    id: int
    no: int
    type: str
    kind: str | None
    title: str
    fields: Mapping[str, str]
    dossier: str
    procedure: str | None
    agency: str
    created_at: datetime

    @property
    def day(self) -> date:
        """The day on the paper, or that of filing if none was read."""
        return paper_day(self.fields, self.created_at)


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's row: `id` is that in `page_texts`."""

    id: int
    page_no: int
    text: str


def paper_day(fields: Mapping[str, str], created_at: datetime) -> date:
    """The day on a paper (`dd/mm/yyyy` in its fields), or that of filing."""
    try:
        day, month, year = map(int, fields.get("date", "").split("/"))
        return date(year, month, day)
    except ValueError:
        return date_in_vietnam(created_at)


def version() -> str:
    """The version string of an index; an index with another one is not used."""
    made_by = f"{_SCHEMA} {metadata.version('tantivy')} ".encode() + PATH.read_bytes()
    return f"v{_SCHEMA}-{sha256(made_by).hexdigest()[:8]}"


def schema() -> tantivy.Schema:
    """The index's fields."""
    builder = tantivy.SchemaBuilder()
    for name in ("text", "title", "fields"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="position")
    for name in ("exact", "vowel", "pairs", "starts"):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in ("type", "kind", "procedure", "agency", "year"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=True)
    for name in ("dossier", "first", "said"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in ("day", "filed"):
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_integer_field("document", indexed=True)
    builder.add_integer_field("page", fast=True)
    builder.add_text_field("meta", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("seq", stored=True)
    builder.add_text_field("token", stored=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def state_entry(last: Change) -> tantivy.Document:
    """The entry with the last change's number, which is no page."""
    return tantivy.Document(meta=_STATE, seq=last.seq, token=last.token)


def state_query(fields: tantivy.Schema) -> tantivy.Query:
    return tantivy.Query.term_query(fields, "meta", _STATE, "basic")


def delete_state(writer: tantivy.IndexWriter) -> None:
    writer.delete_documents_by_term("meta", _STATE)


def entries(paper: IndexedDocument, pages: Sequence[PageText]) -> Iterable[tantivy.Document]:
    """A document's pages as they stand in the index."""
    day = paper.day
    title = [*folded_words(paper.title), BREAK, *folded_words(paper.type)]
    same: dict[str, object] = {
        "document": paper.id,
        "type": paper.type,
        "agency": paper.agency,
        "year": str(day.year),
        "day": day.toordinal(),
        "filed": date_in_vietnam(paper.created_at).toordinal(),
        "dossier": code_key(paper.dossier),
        "fields": joined(_field_words(paper.fields)),
    }
    same |= {name: value for name in ("kind", "procedure") if (value := getattr(paper, name))}
    head = [words_of(each) for each in (paper.dossier, paper.title, *paper.fields.values())]
    for place, page in enumerate(pages):
        texts = [words_of(page.text)]
        if place > 0:
            yield tantivy.Document(page=page.id, **same, **_texts(texts))
            continue
        first = {"title": joined(title), "first": "1", "said": _said(paper)}
        yield tantivy.Document(
            page=page.id, **same, **first, **_texts([*texts, *head], folded_words(paper.type))
        )


def _texts(texts: Sequence[Sequence[Keys]], type: Sequence[str] = ()) -> dict[str, str]:
    """The fields with the words of texts; words of a type's id count without accents."""
    parts = [*texts, *_other_forms(keys for part in texts for keys in part)]
    folded = [*([keys.folded for keys in part] for part in parts), list(type)]
    starts = {word[:length] for part in folded for word in part for length in START_LENGTHS}
    return {
        "text": f" {BREAK} ".join(map(joined, folded)),
        "exact": joined({keys.exact for part in parts for keys in part}),
        "vowel": joined({keys.vowel for part in parts for keys in part}),
        "pairs": joined({PAIR.join(pair) for part in folded for pair in pairwise(part)}),
        "starts": joined(starts),
    }


def _other_forms(words: Iterable[Keys]) -> list[Sequence[Keys]]:
    """The words of each abbreviation on the page."""
    known = abbreviations()
    return [known[short] for short in dict.fromkeys(keys.folded for keys in words) if short in known]


def _field_words(fields: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    for name, value in fields.items():
        asked = _ASKED.get(name)
        if name in NAME_FIELDS:
            asked = "ho_ten"
        elif name in AGENCY_FIELDS:
            asked = "co_quan"
        if asked:
            found += [f"{asked}={word}" for word in folded_words(value)]
        if name in NUMBER_FIELDS and (code := code_key(value)):
            # The whole of it, and its first part: 77/2026 is found as 77 as well.
            found += dict.fromkeys((f"so={code}", f"so={folded_words(value)[0]}"))
        found.append(BREAK)
    return found


def _said(paper: IndexedDocument) -> list[str]:
    """What is suggested while somebody types, from each of its words on; behind a tab as it is shown."""
    names = [value for name, value in paper.fields.items() if name in NAME_FIELDS]
    found: dict[str, None] = {}
    for shown in (paper.title, paper.dossier, *names):
        words = folded_key(shown).split()
        for first in range(min(len(words), _MOST_SUFFIXES)):
            found[f"{' '.join(words[first:])}\t{' '.join(shown.split())}"] = None
    return list(found)

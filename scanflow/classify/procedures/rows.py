"""Published rows made into required papers: titles, form numbers, conditions, how many, and known types."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from scanflow.classify.procedures.form_numbers import form_numbers
from scanflow.classify.procedures.notes import is_subject, note_reason, says_what_is_done
from scanflow.classify.procedures.paper_titles import is_bare
from scanflow.classify.procedures.published import PublishedPaper, PublishedProcedure
from scanflow.classify.procedures.wording import Wording, plain_text, read_wording
from scanflow.classify.procedures.words import compile_words, key_of
from scanflow.classify.profiles import DocumentType, RequiredPaper
from scanflow.text.folding import fold, folded_key

KnownTypes = Mapping[str, str]  # folded title → document type
RowKey = tuple[str, str]  # a row's published name and the heading over it

_SLUG_WORDS = 9
_PHOTO = compile_words(r"(?:ảnh|hình ảnh|phong bì)(?!\w)")
_CASE = compile_words(
    r"\W*(?:[\divxa-zđ.()]{1,6}\s*)?[-+*]?\s*(?:đối với|(?:trong )?trường hợp|nếu|ngoài"
    r"|hồ sơ (?:đề nghị )?.*trường hợp)(?!\w)"
)
# Usual names of groups of papers, and the titles of those papers.
_GROUP_NAMES: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = (
    (
        compile_words(
            r"giấy tờ (?:tùy thân|chứng thực cá nhân|pháp lý của cá nhân|chứng minh (?:về )?nhân thân"
            r"|về nhân thân|nhân thân)"
            r"|giấy tờ có dán ảnh|giấy tờ chứng minh (?:danh tính|nơi cư trú)"
        ),
        ("Thẻ căn cước", "Căn cước công dân", "Giấy chứng minh nhân dân", "Hộ chiếu"),
    ),
)


@dataclass(frozen=True, slots=True)
class RowReading:
    """The result for one published row: a required paper, or None and the reason.

    `together`: where the row names several papers, all of them are asked for, not one of them.
    """

    published: PublishedPaper
    paper: RequiredPaper | None
    reason: str = ""
    together: bool = False


def read_rows(
    published: PublishedProcedure,
    types: Mapping[str, DocumentType] | None = None,
    kind_of_title: Callable[[str], str] | None = None,
    known_ids: Mapping[RowKey, str] | None = None,
) -> list[RowReading]:
    """What the rows of a procedure ask for, in their order.

    `types` are the document types that a row may be met by, `kind_of_title` says the kind of a paper with a
    title, and `known_ids` are the ids that the rows of an earlier import of the procedure had.
    """
    known = known_types(types or {})
    readings = [_read_row(paper, known, kind_of_title) for paper in published.papers]
    return _with_ids(_without_doubles(readings), known_ids or {})


def known_types(types: Mapping[str, DocumentType]) -> KnownTypes:
    """The document types by their folded titles."""
    return {folded_key(title): each.id for each in types.values() for title in each.titles}


def canonical_titles(text: str) -> tuple[str, ...]:
    """The titles of a paper that a sentence names (a row, a result); empty where it names none."""
    plain = plain_text(text)
    if note_reason(PublishedPaper(text), plain):
        return ()
    wording = read_wording(plain)
    return wording.titles if wording else ()


def _read_row(
    published: PublishedPaper, known: KnownTypes, kind_of_title: Callable[[str], str] | None
) -> RowReading:
    text = plain_text(published.name)
    if reason := note_reason(published, text):
        return RowReading(published, None, reason)
    wording = read_wording(text)
    done = wording is not None and not wording.led_to and (is_subject(text) or says_what_is_done(text))
    if wording is None or done:
        return RowReading(published, None, "names no paper: it says what someone does, or a case")
    titles = _with_group_names(wording.titles)
    originals, copies = _amounts(published, wording)
    condition = wording.condition or ("nếu có" if "nếu có" in key_of(text) else "")
    paper = RequiredPaper(
        id="",
        name=published.name,
        types=types_of_titles(titles, known),
        required=published.kind == "paper" and not condition and not _CASE.match(key_of(published.group)),
        count=1 if _PHOTO.match(key_of(titles[0])) else max(1, originals, copies),
        titles=titles,
        kinds=_kinds(titles, kind_of_title),
        form_numbers=form_numbers(published.name, published.form_no, published.form),
        condition=condition,
        group=published.group,
        originals=originals,
        copies=copies,
    )
    return RowReading(published, paper, together=wording.together)


def _with_group_names(titles: tuple[str, ...]) -> tuple[str, ...]:
    more = [
        each for pattern, names in _GROUP_NAMES if pattern.search(key_of(" ".join(titles))) for each in names
    ]
    return tuple(dict.fromkeys((*titles, *more)))


def _amounts(published: PublishedPaper, wording: Wording) -> tuple[int, int]:
    """Originals and copies: as the list's columns say, else as the words do."""
    said = wording.quantity
    if published.original is None and published.copy is None:
        if said.either:
            return said.originals or 0, 0
        return said.originals or 0, said.copies or 0
    originals, copies = published.original or 0, published.copy or 0
    if not originals and not copies:
        return said.originals or 0, said.copies or 0
    return originals, copies


def types_of_titles(titles: Iterable[str], known: KnownTypes) -> tuple[str, ...]:
    """The document types that have one of these titles."""
    found = (known.get(folded_key(title)) for title in titles if not is_bare(title))
    return tuple(dict.fromkeys(filter(None, found)))


def _kinds(titles: Iterable[str], kind_of_title: Callable[[str], str] | None) -> tuple[str, ...]:
    if kind_of_title is None:
        return ()
    return tuple(dict.fromkeys(filter(None, map(kind_of_title, titles))))


def _without_doubles(readings: list[RowReading]) -> list[RowReading]:
    """The readings, without rows that are repeated under one heading."""
    return list({(r.published.name, r.published.group): r for r in reversed(readings)}.values())[::-1]


def _with_ids(readings: list[RowReading], known_ids: Mapping[RowKey, str]) -> list[RowReading]:
    """The readings with an id for each paper; a row that had an id before keeps it.

    A new id is a slug of the title, followed by digits of a hash where several rows have that title.
    """
    slugs = Counter(_slug(r.paper.titles[0]) for r in readings if r.paper)
    taken = set(known_ids.values())
    named: list[RowReading] = []
    for reading in readings:
        if reading.paper is None:
            named.append(reading)
            continue
        row_key = (reading.published.name, reading.published.group)
        row_id = known_ids.get(row_key) or _free_id(_slug(reading.paper.titles[0]), slugs, row_key, taken)
        taken.add(row_id)
        named.append(replace(reading, paper=replace(reading.paper, id=row_id)))
    return named


def _free_id(slug: str, slugs: Counter[str], row_key: RowKey, taken: set[str]) -> str:
    if slugs[slug] == 1 and slug not in taken:
        return slug
    mark = hashlib.sha256("\n".join(row_key).encode()).hexdigest()
    return next(each for n in range(4, len(mark)) if (each := f"{slug}-{mark[:n]}") not in taken)


def _slug(title: str) -> str:
    words = re.findall(r"[a-z0-9]+", fold(title))
    return "-".join(words[:_SLUG_WORDS]) or "giay-to"

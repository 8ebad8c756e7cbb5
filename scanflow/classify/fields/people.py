"""The persons whom a paper names, with the numbers and dates of birth that follow their names."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from scanflow.classify.fields.by_rule import person_at, value_at
from scanflow.classify.fields.parsers import Parsed, citizen_number, find_person, parse_date
from scanflow.classify.fields.searchable import Searchable
from scanflow.model import FieldValue

PERSON, PERSON_NUMBER, PERSON_BIRTH = "person", "person_number", "person_birth_date"
PEOPLE = (PERSON, PERSON_NUMBER, PERSON_BIRTH)

_AFTER_LABEL = re.compile(
    r"(?:ho(?:,| va)?(?: chu dem)?(?:,| va)? ten(?: (?:khai sinh|nguoi [a-z ]{2,24}|me|cha|vo|chong|con))?"
    r"|ho ten|full name|toi ten la|ten toi la"
    r"|nguoi (?:nop(?: tien)?|khai|lam don|dai dien))"
    r"(?: \([^)\n]*\)| ?/[^:\n]{2,24})?[ ]*[:.][ :.…_]*\n?(?P<value>[^\n:]{4,60})"
)
_HONORIFIC = re.compile(
    r"(?<!\w)(?:ong/ba|ong|ba)(?: \([^)\n]*\))?(?:\s*[:.])?\s+(?P<value>[^\n:]{4,60}(?:\n[^\n:]{2,40})?)"
)
_NUMBER = re.compile(r"(?<![\d.])(?P<value>\d(?: ?\d){11})(?! ?\d)")
_BIRTH = re.compile(
    r"(?:ngay sinh|sinh ngay|date of birth|ngay[,/] ?thang[,/] ?nam sinh)[^0-9\n]{0,30}\n?[^0-9\n]{0,20}"
    r"(?P<value>\d{1,2}\s*(?:/|-|thang)\s*\d{1,2}\s*(?:/|-|nam)\s*\d{4})"
)
_NEAR = 320
"""Characters after a name within which a number or date of birth is that person's, before the next name."""

_LONGEST_WORD = 60.0
"""Points by which a full line may end before the right margin: the next word had no room."""


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    value: FieldValue


def read_people(text: Searchable) -> Iterator[FieldValue]:
    """Names, citizen numbers and dates of birth; those of one person have the same number in `person`."""
    names = _names(text)
    others = sorted(
        [*_all(_NUMBER, PERSON_NUMBER, citizen_number, text), *_all(_BIRTH, PERSON_BIRTH, parse_date, text)],
        key=lambda f: f.start,
    )
    taken: set[int] = set()
    for no, found in enumerate(names, start=1):
        yield replace(found.value, person=no)
        until = min(found.start + _NEAR, names[no].start if no < len(names) else len(text.text))
        had: set[str] = set()
        for other in others:
            if found.start < other.start < until and other.value.name not in had:
                had.add(other.value.name)
                taken.add(other.start)
                yield replace(other.value, person=no)
    for other in others:
        if other.start not in taken and other.value.name == PERSON_NUMBER:
            yield other.value


def _names(text: Searchable) -> list[_Found]:
    found: dict[int, _Found] = {}
    for pattern in (_AFTER_LABEL, _HONORIFIC):
        for match in pattern.finditer(text.folded):
            start, end = match.span("value")
            line_end = text.text.find("\n", start, end)
            if line_end > 0 and not _is_full(text, line_end):
                end = line_end
            parsed = find_person(text.text[start:end].replace("\n", " "))
            if parsed and len(parsed.value.split()) >= 2:
                at = start + parsed.start
                found.setdefault(at, _Found(at, person_at(PERSON, text, start, parsed)))
    return sorted(found.values(), key=lambda each: each.start)


def _is_full(text: Searchable, line_end: int) -> bool:
    """Whether the line that ends there reaches the right margin, so that a name may go on in the next."""
    *_, last = text.words(line_end - 1, line_end)
    margin = max(each.word.box.right for each in text.placed if each.page == last.page)
    return last.word.box.right > margin - _LONGEST_WORD


def _all(
    pattern: re.Pattern[str], name: str, parser: Callable[[str], str | None], text: Searchable
) -> Iterator[_Found]:
    for match in pattern.finditer(text.folded):
        start, end = match.span("value")
        if value := parser(text.text[start:end]):
            yield _Found(start, value_at(name, text, start, Parsed(value, 0, end - start)))


def people_of(values: Sequence[FieldValue]) -> dict[int, dict[str, FieldValue]]:
    """The values of persons, by the person's number and the value's name."""
    people: dict[int, dict[str, FieldValue]] = {}
    for value in values:
        if value.person:
            people.setdefault(value.person, {}).setdefault(value.name, value)
    return people

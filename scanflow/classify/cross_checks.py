"""Whether the papers of a dossier say the same about one person and one parcel.

Two persons are taken for one where their citizen numbers are equal. They are also taken for one where their
names are equal and either the dates of birth are, or the numbers differ in one or two digits. Only sure
values are compared. A disagreement decides nothing: it is shown to a person.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scanflow.classify.fields.paper_fields import SURE
from scanflow.classify.fields.people import PERSON, PERSON_BIRTH, PERSON_NUMBER, people_of
from scanflow.model import Paper
from scanflow.text.folding import fold
from scanflow.text.normalization import search_key

What = Literal["name", "birth_date", "identity_number", "map_plot", "map_sheet", "serial"]

_LAND: tuple[What, ...] = ("map_plot", "map_sheet", "serial")
_SLIP = 2
"""Numbers beside one name that differ in at most so many digits are taken for one number, misread."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What papers say differently: each value as it is there, with the indices of its papers."""

    what: What
    values: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def papers(self) -> tuple[int, ...]:
        """The indices of all papers that disagree, in order."""
        return tuple(sorted({place for _, places in self.values for place in places}))


@dataclass(frozen=True, slots=True)
class _Person:
    paper: int
    name: str
    number: str
    birth: str


def disagreements(papers: Sequence[Paper], least: float = SURE) -> list[Disagreement]:
    """What the papers of one dossier say differently about one person or parcel; papers by their index here.

    `least` is the confidence (0 to 1) from which on a value is sure.
    """
    people = [person for place, paper in enumerate(papers) for person in _people(place, paper, least)]
    found = [*_of_one_number(people), *_of_one_name(people), *_of_land(papers)]
    return list(dict.fromkeys(found))


def same_name(a: str, b: str) -> bool:
    """Whether two names are equal, whatever the case, the place of a tone mark, and i or y.

    A name without any marks, as in a machine-readable zone, is compared without them.
    """
    if a.isascii() or b.isascii():
        return fold(a).split() == fold(b).split()
    return search_key(a).split() == search_key(b).split()


def _people(place: int, paper: Paper, least: float) -> Iterator[_Person]:
    sure = [value for value in paper.field_details if value.value and value.confidence >= least]
    for values in people_of(sure).values():
        read = {
            name: values[name].value if name in values else ""
            for name in (PERSON, PERSON_NUMBER, PERSON_BIRTH)
        }
        yield _Person(place, read[PERSON], read[PERSON_NUMBER], read[PERSON_BIRTH])
    # An identity paper is about its holder alone, and names nobody else.
    if not people_of(paper.field_details) and paper.fields.get("identity_number"):
        fields = paper.fields
        yield _Person(place, fields.get("name", ""), fields["identity_number"], fields.get("birth_date", ""))


def _of_one_number(people: Sequence[_Person]) -> Iterator[Disagreement]:
    by_number: dict[str, list[_Person]] = defaultdict(list)
    for person in people:
        if person.number:
            by_number[person.number].append(person)
    for group in by_number.values():
        yield from _compared("name", [(p.name, p.paper) for p in group], same_name)
        yield from _compared("birth_date", [(p.birth, p.paper) for p in group], str.__eq__)


def _of_one_name(people: Sequence[_Person]) -> Iterator[Disagreement]:
    numbered = [person for person in people if person.number and person.name]
    for index, one in enumerate(numbered):
        for other in numbered[index + 1 :]:
            if one.number != other.number and same_name(one.name, other.name) and _meant_as_one(one, other):
                values = [(one.number, one.paper), (other.number, other.paper)]
                yield from _compared("identity_number", values, str.__eq__)


def _meant_as_one(one: _Person, other: _Person) -> bool:
    digits = sum(a != b for a, b in zip(one.number, other.number, strict=False))
    slip = len(one.number) == len(other.number) and digits <= _SLIP
    return slip or bool(one.birth and one.birth == other.birth)


def _of_land(papers: Sequence[Paper]) -> Iterator[Disagreement]:
    for what in _LAND:
        yield from _compared(what, [(p.fields.get(what, ""), no) for no, p in enumerate(papers)], _same_code)


def _same_code(a: str, b: str) -> bool:
    return a.replace(" ", "").casefold() == b.replace(" ", "").casefold()


def _compared(
    what: What, said: Iterable[tuple[str, int]], same: Callable[[str, str], bool]
) -> Iterator[Disagreement]:
    """A disagreement where papers give values that are not all the same; empty values don't count."""
    groups: dict[str, list[int]] = {}
    for value, place in said:
        if value:
            known = next((each for each in groups if same(each, value)), value)
            groups.setdefault(known, []).append(place)
    if len({place for places in groups.values() for place in places}) > 1 and len(groups) > 1:
        yield Disagreement(what, tuple((value, _places(places)) for value, places in groups.items()))


def _places(places: Iterable[int]) -> tuple[int, ...]:
    return tuple(sorted(set(places)))


WORDING: Mapping[What, tuple[str, str]] = {
    "name": ("the name of one person", "họ tên của cùng một người"),
    "birth_date": ("the date of birth of one person", "ngày sinh của cùng một người"),
    "identity_number": ("the identity number of one person", "số định danh của cùng một người"),
    "map_plot": ("the number of the parcel", "số thửa đất"),
    "map_sheet": ("the number of the map sheet", "số tờ bản đồ"),
    "serial": ("the serial of the certificate", "số phát hành (sê-ri) giấy chứng nhận"),
}
"""What disagrees, in English and Vietnamese."""

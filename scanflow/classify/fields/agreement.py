"""Whether the values of one paper agree: numbers and days, figures and words, what is printed twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from scanflow.classify.fields.amounts import number_from_words
from scanflow.classify.fields.people import PERSON_BIRTH, PERSON_NUMBER, people_of
from scanflow.classify.fields.problems import (
    AMOUNT,
    BEFORE_BIRTH,
    BIRTH_YEAR,
    CHECK_DIGIT,
    IN_THE_FUTURE,
    SEX,
)
from scanflow.classify.fields.validators import (
    as_day,
    birth_year_of,
    is_citizen_number,
    is_tax_number,
    sex_of,
)
from scanflow.model import FieldValue
from scanflow.text.normalization import search_key

_WRONG = 0.4
"""The highest confidence of a value against which a check speaks.

No measurement is recorded for these limits.
"""
_CONFIRMED = 0.5
"""The share of the doubt that is left in values that confirm each other."""
_SHORTEST_REPEATED = 6
"""Letters of a value that is hardly equal at two places by chance."""
_REPEATED = 0.9
"""One of two equal values must be so sure: a letter may be misread twice in the same way."""
_WRONG_SOURCE = 0.5
"""Up to this confidence a value counts as disputed by another source."""
_LATER_DAYS = {"expiry_date", "due_date"}
_ENTERPRISE = "number"


def checked(
    values: Sequence[FieldValue], today: date, *, of_one_person: bool, tax_numbers: bool
) -> list[FieldValue]:
    """The values, less sure where a check speaks against them, surer where two confirm each other.

    A date after `today` is wrong. `of_one_person`: number, birth and sex belong to the holder (an identity
    paper). `tax_numbers`: the paper's number is a tax number.
    """
    found = _Findings()
    for value in values:
        day = as_day(value.value)
        if day and day > today and value.name not in _LATER_DAYS:
            found.against(IN_THE_FUTURE, value)
        if tax_numbers and value.name == _ENTERPRISE and len(value.value.split("-")[0]) == 10:
            if value.value[:10].isdigit() and not is_tax_number(value.value):
                found.against(CHECK_DIGIT, value)
            else:
                found.confirm(value)
    for person in people_of(values).values():
        _compare(found, person.get(PERSON_NUMBER), person.get(PERSON_BIRTH), None)
    if of_one_person:
        first = _first_by_name(values)
        number = first.get("identity_number")
        _compare(found, number, _birth_beside(number, values), first.get("sex"))
        _issue_after_birth(found, first.get("date"), first.get("birth_date"))
    _amounts(found, _first_by_name(values))
    _repeated(found, values)
    return [found.applied(value) for value in values]


class _Findings:
    """What was found about values, by their place: two fields may be read from the same print."""

    def __init__(self) -> None:
        self._problems: dict[tuple[object, ...], list[str]] = {}
        self._confirmed: set[tuple[object, ...]] = set()
        self._said_again: dict[tuple[object, ...], float] = {}

    def against(self, problem: str, *values: FieldValue) -> None:
        for value in values:
            self._problems.setdefault(_place(value), []).append(problem)

    def confirm(self, *values: FieldValue) -> None:
        self._confirmed |= set(map(_place, values))

    def say_again(self, value: FieldValue, sure: float) -> None:
        """Note that the same was read at another place with the confidence `sure`."""
        self._said_again[_place(value)] = sure

    def applied(self, value: FieldValue) -> FieldValue:
        problems = self._problems.get(_place(value), [])
        if problems:
            known = tuple(dict.fromkeys((*value.problems, *problems)))
            return replace(value, confidence=min(value.confidence, _WRONG), problems=known)
        if value.problems:
            return value
        doubt = (1 - value.confidence) * (1 - self._said_again.get(_place(value), 0.0))
        return replace(value, confidence=1 - doubt * (_CONFIRMED if _place(value) in self._confirmed else 1))


def _place(value: FieldValue) -> tuple[object, ...]:
    return (value.source, value.page, value.box, value.value)


def _compare(
    found: _Findings, number: FieldValue | None, birth: FieldValue | None, sex: FieldValue | None
) -> None:
    if number is None or not is_citizen_number(number.value):
        return
    day = as_day(birth.value) if birth else None
    if birth and day:
        if day.year == birth_year_of(number.value):
            found.confirm(number, birth)
        else:
            found.against(BIRTH_YEAR, *_less_sure(number, birth))
    if sex and sex.value in ("Nam", "Nữ") and sex.value != sex_of(number.value):
        found.against(SEX, *_less_sure(number, sex))


def _birth_beside(number: FieldValue | None, values: Sequence[FieldValue]) -> FieldValue | None:
    """The date of birth to compare a number with: the first; of disputed ones that of the number's year."""
    births = [value for value in values if value.name == "birth_date" and value.value]
    if not births or number is None or births[0].confidence > _WRONG_SOURCE:
        return births[0] if births else None
    return next((birth for birth in births if _is_of_year(birth, number)), births[0])


def _is_of_year(birth: FieldValue, number: FieldValue) -> bool:
    day = as_day(birth.value)
    return day is not None and is_citizen_number(number.value) and day.year == birth_year_of(number.value)


def _less_sure(a: FieldValue, b: FieldValue) -> tuple[FieldValue, ...]:
    """Both where they have one source; where one is print and the other not, only the print."""
    if a.source == b.source:
        return (a, b)
    return (a,) if a.source == "print" else (b,) if b.source == "print" else (a, b)


def _issue_after_birth(found: _Findings, issued: FieldValue | None, birth: FieldValue | None) -> None:
    if issued and birth and (day := as_day(issued.value)) and (born := as_day(birth.value)) and day < born:
        found.against(BEFORE_BIRTH, issued, birth)


def _amounts(found: _Findings, first: dict[str, FieldValue]) -> None:
    figures, words = first.get("amount"), first.get("amount_in_words")
    if figures and words and (said := number_from_words(words.value)) is not None:
        if str(said) == figures.value:
            found.confirm(figures, words)
        else:
            found.against(AMOUNT, figures, words)


def _repeated(found: _Findings, values: Sequence[FieldValue]) -> None:
    """Note values that were read the same at two places, surely at one of them: names, numbers.

    Not dates: those of a paper differ little, and one misread digit may turn one into another.
    """
    alike: dict[str, list[FieldValue]] = defaultdict(list)
    for value in values:
        long = len(value.value) >= _SHORTEST_REPEATED and as_day(value.value) is None
        if long and value.box is not None and not value.problems:
            alike[search_key(value.value)].append(value)
    for group in alike.values():
        for value in group:
            others = [other.confidence for other in group if not is_one_print(value, other)]
            if others and max(others) >= _REPEATED:
                found.say_again(value, max(others))


def is_one_print(a: FieldValue, b: FieldValue) -> bool:
    """Whether two values were read at one place."""
    if a.page != b.page or a.box is None or b.box is None:
        return False
    return a.box.shared_width(b.box) > 0 and a.box.shared_height(b.box) > 0


def _first_by_name(values: Iterable[FieldValue]) -> dict[str, FieldValue]:
    first: dict[str, FieldValue] = {}
    for value in values:
        if value.value:
            first.setdefault(value.name, value)
    return first

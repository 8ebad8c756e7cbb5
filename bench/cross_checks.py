"""How well the papers of a dossier are compared: rendered dossiers of invented people, read by the engine.

    python -m bench.cross_checks [--count 120] [--seed N …] [--cache FOLDER] [--cached-only]

A dossier's papers say the same of its people and its parcel: what is said to disagree as they stand is a
false alarm. Then each value that two papers of a dossier give as sure is changed in the words of one of them,
a number by its last digit, a day by its first, a name by its last word, and it is counted how often that is
said. Readings are those that `bench.fields` keeps.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bench.fields import Read, parser_of_papers, read_papers
from scanflow.classify.cross_checks import WORDING, disagreements
from scanflow.classify.fields import SURE, with_fields
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profiles import DocumentType
from scanflow.model import FieldValue, PageReading, Paper, Word
from scanflow.text.normalization import search_key

_COMPARED = {
    "person": "name",
    "name": "name",
    "person_birth_date": "birth_date",
    "birth_date": "birth_date",
    "person_number": "identity_number",
    "identity_number": "identity_number",
    "map_plot": "map_plot",
    "map_sheet": "map_sheet",
    "serial": "serial",
}
"""Fields, and as what they are compared."""
_OTHER_NAME = "Thử"


def dossiers(read: Iterable[Read]) -> Iterator[list[Read]]:
    """The papers of each dossier that has several: their names are `seed-dossier-place`."""
    groups: dict[str, list[Read]] = defaultdict(list)
    for paper in read:
        groups[paper.name.rsplit("-", 1)[0]].append(paper)
    yield from (group for group in groups.values() if len(group) > 1)


def as_paper(paper: Read, pages: Sequence[PageReading], types: Mapping[str, DocumentType]) -> Paper:
    return with_fields(Paper(tuple(range(len(pages))), paper.type, 1.0), pages, types)


def said(papers: Sequence[Paper]) -> Counter[str]:
    """How often each kind of value is reported to disagree."""
    return Counter(found.what for found in disagreements(papers))


def shared(papers: Sequence[Paper]) -> Iterator[tuple[int, str, FieldValue]]:
    """Printed values that another paper gives too, both as sure: the paper's place, what it is, the value."""
    values = [
        (place, _COMPARED[value.name], value)
        for place, paper in enumerate(papers)
        for value in paper.field_details
        if value.name in _COMPARED and value.confidence >= SURE and value.source == "print" and value.box
    ]
    seen: set[tuple[int, str, str]] = set()
    for place, what, value in values:
        key = place, what, search_key(value.value)
        elsewhere = any(
            other[0] != place and other[1] == what and search_key(other[2].value) == key[2]
            for other in values
        )
        if elsewhere and key not in seen:
            seen.add(key)
            yield place, what, value


def changed(pages: Sequence[PageReading], what: str, value: FieldValue) -> list[PageReading]:
    """The pages with a value changed: one digit wherever it stands, or the last word of a name."""
    words = value.raw.split()

    def other(word: Word) -> Word:
        if what == "name":
            return replace(word, text=_OTHER_NAME) if _stands_in(word, value, words[-1]) else word
        if what == "birth_date":
            day = words[0]
            return replace(word, text=word.text.replace(day, ("1" if day[0] == "0" else "0") + day[1:], 1))
        last = words[-1]
        return replace(word, text=word.text.replace(last, last[:-1] + str((int(last[-1]) + 1) % 10)))

    found = list(pages)
    page = found[value.page - 1]
    found[value.page - 1] = replace(page, words=tuple(map(other, page.words)))
    return found


def _stands_in(word: Word, value: FieldValue, text: str) -> bool:
    return value.box is not None and value.box.holds(word.box) and word.text.startswith(text)


def measure(read: Iterable[Read], types: Mapping[str, DocumentType]) -> str:
    """A row for each kind of value, and the false alarms."""
    wrong_alarms = list[str]()
    alarms, asked, noticed, count = Counter[str](), Counter[str](), Counter[str](), 0
    for group in dossiers(read):
        count += 1
        papers = [as_paper(each, each.pages, types) for each in group]
        before = said(papers)
        alarms += before
        wrong_alarms += [f"- {group[0].name}: {found.what} {found.values}" for found in disagreements(papers)]
        for place, what, value in shared(papers):
            wrong = as_paper(group[place], changed(group[place].pages, what, value), types)
            after = said([*papers[:place], wrong, *papers[place + 1 :]])
            asked[what] += 1
            noticed[what] += after.total() > before.total()
    rows = ["| | changed on one paper | said | false alarms |", "|---|---|---|---|"]
    rows += [f"| {what} | {asked[what]} | {noticed[what]} | {alarms[what]} |" for what in WORDING]
    return f"{count} dossiers of two papers and more\n\n" + "\n".join([*rows, "", *wrong_alarms])


def main() -> None:
    options = parser_of_papers(__doc__, count=120).parse_args()
    print(measure(read_papers(options), load_profiles().types))


if __name__ == "__main__":
    main()

"""Spelling doubtful words as known names have them, or as the same paper spells them elsewhere.

An engine is least sure of stacked marks, and of capitals (`THÀNH PHÓ`). The names of agencies, offices and
provinces are known. Most other words occur again in running text, where they are read better: those spellings
count as votes. In a word in capitals (`CÁI RẰNG`) they count even if the engine was sure. Only the normal
form of a value is changed; its raw text stays as read. No measurement is recorded for the single limits.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise

from scanflow.classify.fields import agencies
from scanflow.classify.fields.provinces import provinces
from scanflow.classify.fields.searchable import average
from scanflow.classify.page_view import Line, PageView
from scanflow.model import Word, union
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc, search_key
from scanflow.text.surnames import restored_surname, surname_of_letters

_DOUBTFUL = 0.95
"""Words with a lower confidence are looked up."""
_SURE = 0.9
"""Words with at least this confidence give votes."""
_ENOUGH = 2
"""So many places in running text replace the spelling of a word in capitals; one makes it doubtful."""
_DISPUTED = 0.5
_AS_LISTED, _LIKELY = 0.9, 0.75
"""The confidence of a word that only one family name fits; and the least of one that was read so."""

OFFICES = (
    "chủ tịch",
    "phó chủ tịch",
    "thủ tướng",
    "phó thủ tướng",
    "bộ trưởng",
    "thứ trưởng",
    "giám đốc",
    "phó giám đốc",
    "tổng giám đốc",
    "phó tổng giám đốc",
    "cục trưởng",
    "phó cục trưởng",
    "chi cục trưởng",
    "tổng cục trưởng",
    "trưởng phòng",
    "phó trưởng phòng",
    "trưởng ban",
    "phó trưởng ban",
    "trưởng khoa",
    "trưởng công an",
    "phó trưởng công an",
    "hiệu trưởng",
    "phó hiệu trưởng",
    "viện trưởng",
    "chánh văn phòng",
    "phó chánh văn phòng",
    "chánh thanh tra",
    "chánh án",
    "công chứng viên",
    "ủy ban nhân dân",
    "hội đồng nhân dân",
)
"""Offices in which people sign."""

_STRIP = " .,;:\"'“”()[]/-–"
_Vote = tuple[str, bool]
"""A spelling in lower case, and whether it was printed in capitals."""


class SpellingVotes:
    """How often a paper spells a word in each way beside the same neighbour; words are compared folded."""

    def __init__(self, pages: Iterable[PageView]) -> None:
        self._after: dict[tuple[str, str], Counter[_Vote]] = defaultdict(Counter)
        self._before: dict[tuple[str, str], Counter[_Vote]] = defaultdict(Counter)
        for page in pages:
            words = [word for line in page.lines for word in line.words if word.kind == "print"]
            for left, right in pairwise(words):
                keys = _key(left), _key(right)
                if all(keys):
                    if right.confidence >= _SURE:
                        self._after[keys][_vote(right)] += 1
                    if left.confidence >= _SURE:
                        self._before[keys][_vote(left)] += 1

    def spell(self, words: Sequence[Word]) -> tuple[str, float]:
        """Words as a text, with doubtful ones respelled, and the confidence of that text."""
        known = known_spellings([_key(word) for word in words])
        spelled = [
            _as_sure(word, _in_the_case_of(word.text, known[place]))
            if place in known
            else self._spell(words, place)
            for place, word in enumerate(words)
        ]
        return nfc(" ".join(word.text for word in spelled)), average(spelled)

    def _spell(self, words: Sequence[Word], place: int) -> Word:
        word, votes = words[place], self._elsewhere(words, place)
        spellings = {search_key(spelling) for spelling, _ in votes}
        if word.confidence < _DOUBTFUL and len(spellings) == 1:
            return _as_sure(word, _in_the_case_of(word.text, next(iter(votes))[0]))
        running = Counter({vote: count for vote, count in votes.items() if not vote[1]})
        spellings = {search_key(spelling) for spelling, _ in running}
        if not word.text.isupper() or len(spellings) != 1 or search_key(_plain(word)) in spellings:
            return word
        text = _in_the_case_of(word.text, next(iter(running))[0])
        return replace(word, text=text, confidence=_SURE if running.total() >= _ENOUGH else _DISPUTED)

    def _elsewhere(self, words: Sequence[Word], place: int) -> Counter["_Vote"]:
        """The spellings of a word beside the same neighbours at other places of the paper."""
        word, votes = words[place], Counter[_Vote]()
        own = Counter([_vote(word)] if word.confidence >= _SURE else [])
        if place and (key := (_key(words[place - 1]), _key(word)))[0]:
            votes |= self._after.get(key, Counter()) - own
        if place + 1 < len(words) and (key := (_key(word), _key(words[place + 1])))[1]:
            votes |= self._before.get(key, Counter()) - own
        return votes


def known_spellings(keys: Sequence[str]) -> dict[int, str]:
    """The spellings of folded words that make a known name of several words, by their index."""
    found: dict[int, str] = {}
    for place in range(len(keys)):
        for length in range(min(_longest(), len(keys) - place), 1, -1):
            name = _names().get(" ".join(keys[place : place + length]))
            if name is not None:
                for offset, word in enumerate(name.split()):
                    found.setdefault(place + offset, word)
                break
    return found


def family_name(text: str, sure: float) -> tuple[str, float]:
    """The spelling and confidence of a word at the place of a family name; `sure`: its confidence as read.

    A name of which a seal's ring covers a part, or whose mark was misread, is respelled. A name that was read
    right and has letters like no other gets more confidence.
    """
    name = surname_of_letters(text) or restored_surname(text)
    if name is None or sure >= _AS_LISTED or (name.lower() == text.lower() and sure < _LIKELY):
        return text, sure
    return name.upper() if text.isupper() else name, _AS_LISTED


def with_whole_offices(line: Line) -> Line:
    """A line in which words of an office that a space divides are joined (`TRƯỞN G PHÒNG`: TRƯỞNG PHÒNG)."""
    words = list(line.words)
    for place in range(len(words)):
        for office in OFFICES:
            parts = _parts_of(words[place:], fold(office).split())
            if any(len(part) > 1 for part in parts):
                whole = [_in_one(part) for part in parts]
                return replace(line, words=(*words[:place], *whole, *words[place + sum(map(len, parts)) :]))
    return line


def _parts_of(words: Sequence[Word], syllables: Sequence[str]) -> list[list[Word]]:
    """The words that make each of these syllables, spaces within them allowed; empty where they do not."""
    parts: list[list[Word]] = []
    rest = list(words)
    for syllable in syllables:
        said, part = "", list[Word]()
        while rest and len(said) < len(syllable):
            part.append(rest.pop(0))
            said += _key(part[-1])
        if said != syllable:
            return []
        parts.append(part)
    return parts


def _in_one(part: Sequence[Word]) -> Word:
    first = part[0]
    if len(part) == 1:
        return first
    text = "".join(word.text for word in part)
    sure = min(word.confidence for word in part)
    return replace(first, text=text, box=union([word.box for word in part]), confidence=sure)


@cache
def _names() -> Mapping[str, str]:
    known = [
        *agencies.NOUNS,
        *agencies.PLACES,
        *OFFICES,
        *(each.name.lower() for each in provinces().values()),
    ]
    known += [
        f"{place} {province.name.lower()}"
        for place in ("tỉnh", "thành phố")
        for province in provinces().values()
    ]
    return {fold(name): name for name in known if " " in name}


@cache
def _longest() -> int:
    return max(len(name.split()) for name in _names())


def _key(word: Word) -> str:
    return fold(word.text).strip(_STRIP)


def _plain(word: Word) -> str:
    return word.text.strip(_STRIP).lower()


def _in_the_case_of(text: str, spelling: str) -> str:
    """The spelling with the capitals and the punctuation of the text that it replaces."""
    core = text.strip(_STRIP)
    if len(core) != len(spelling):
        return text
    cased = "".join(b.upper() if a.isupper() else b for a, b in zip(core, spelling, strict=True))
    start = text.find(core)
    return text[:start] + cased + text[start + len(core) :]


def _vote(word: Word) -> _Vote:
    return _plain(word), word.text.isupper()


def _as_sure(word: Word, spelled: str) -> Word:
    """The word with this spelling and at least the confidence `_SURE`: a known name or other places have it.

    The engine corrects marks itself, but stays unsure of such words.
    """
    return Word(spelled, word.box, max(word.confidence, _SURE), word.block, word.line)

"""Cases for matching papers to rows: a page, a procedure's rows, and which of them are right."""

import json
import random
import re
import subprocess
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.list_papers import Phrase, own_title, page, phrase
from fixtures.extra import EXTRA
from fixtures.sheet import Sheet
from scanflow.classify.kinds import KindIndex, kind_of_title
from scanflow.classify.procedures.published import PublishedProcedure, published_procedure
from scanflow.classify.procedures.rows import read_rows
from scanflow.classify.profiles import Profiles, RequiredPaper
from scanflow.text.folding import fold

PUBLISHED = EXTRA / "procedures" / "procedures.jsonl.zst"
ATTEMPTS = 6
MAX_ROWS = 12
NAMING = 4
# What a printed title says besides: of the subject's lead, of a year or a use.
_ADDED = frozenset(["ve", "viec", "v", "lan", "thu", "hai", "nam", "2026", "dung", "cho", "to", "chuc"])


@dataclass(frozen=True, slots=True)
class Listed:
    """A published procedure, the papers that its rows ask for, and the bench's own title of each."""

    published: PublishedProcedure
    rows: tuple[RequiredPaper, ...]
    titles: tuple[str, ...]

    @property
    def code(self) -> str:
        return self.published.code


@dataclass(frozen=True, slots=True)
class Case:
    """A page and the rows that it may be taken for; `right` are the ids of the rows that it meets: none of a
    paper of another procedure."""

    listed: Listed
    shown: Phrase
    sheet: Sheet
    right: frozenset[str]


def load_published(path: Path = PUBLISHED) -> list[PublishedProcedure]:
    data = subprocess.run(["zstd", "-dc", str(path)], capture_output=True, check=True).stdout
    return [published_procedure(json.loads(line)) for line in data.decode().splitlines()]


def listed(published: PublishedProcedure, profiles: Profiles, index: KindIndex) -> Listed:
    read = read_rows(published, profiles.types, lambda title: kind_of_title(title, index))
    rows = tuple(each.paper for each in read if each.paper is not None)
    rng = random.Random(published.code)
    return Listed(published, rows, tuple(own_title(row.name, rng) for row in rows))


def is_judge(code: str) -> bool:
    """Whether a procedure judges; the others are those that weights are learned from. By its code alone."""
    return zlib.crc32(code.encode()) % 2 == 1


def own_cases(procedures: Sequence[Listed], seed: int, rows: int = MAX_ROWS) -> Iterator[Case]:
    """A page of each row's paper, for procedures with two rows or more; at most `rows` of one procedure."""
    for each in procedures:
        if len(each.rows) < 2:
            continue
        rng = random.Random(f"{seed} {each.code}")
        named = [no for no, title in enumerate(each.titles) if title]
        for no in rng.sample(named, min(rows, len(named))):
            shown = _telling_phrase(each, no, rng)
            right = _meant(each, each.titles[no], shown) | {each.rows[no].id}
            yield Case(each, shown, _page(each, no, shown, rng), right)


def foreign_cases(procedures: Sequence[Listed], seed: int, each_procedure: int = 4) -> Iterator[Case]:
    """Pages of papers that only other procedures ask for, half of them of the same field."""
    of_field: dict[str, list[Listed]] = defaultdict(list)
    for each in procedures:
        of_field[each.published.field].append(each)
    for each in procedures:
        if len(each.rows) < 2:
            continue
        rng = random.Random(f"{seed} foreign {each.code}")
        for number in range(each_procedure):
            for _ in range(ATTEMPTS):
                other = rng.choice(of_field[each.published.field] if number % 2 else procedures)
                named = [no for no, title in enumerate(other.titles) if title]
                if other.code == each.code or not named:
                    continue
                no = rng.choice(named)
                shown = phrase(other.titles[no], rng)
                if _meant(each, other.titles[no], shown) or _names(each, shown):
                    continue  # this procedure asks for the same paper
                yield Case(each, shown, _page(other, no, shown, rng), frozenset())
                break


def _telling_phrase(each: Listed, no: int, rng: random.Random) -> Phrase:
    """A phrase that isn't the beginning of another row's title too, if there is one."""
    title = each.titles[no]
    for _ in range(ATTEMPTS):
        shown = phrase(title, rng)
        others = [other for other in each.titles if other and fold(other) != fold(title)]
        if not any(_shortens(shown, other) for other in others):
            return shown
    return Phrase(title.upper())


def _meant(each: Listed, title: str, shown: Phrase) -> frozenset[str]:
    """The rows that ask for this paper: those with its title, or with one that the page prints shortened."""
    found = set()
    for row, own in zip(each.rows, each.titles, strict=True):
        for other in filter(None, (own, *row.titles)):
            if fold(other) == fold(title) or _shortens(shown, other):
                found.add(row.id)
    return frozenset(found)


def _shortens(shown: Phrase, title: str) -> bool:
    """Whether all printed words stand in a title, in their order."""
    words = iter(re.findall(r"\w+", fold(title)))
    return all(word in words for word in shown.words if word not in _ADDED)


def _names(each: Listed, shown: Phrase) -> bool:
    """Whether the words of a printed title follow each other in the published words of a row.

    Then the list itself names the paper so, and the page may be that paper. Fewer than NAMING words are a
    part of many names.
    """
    words = tuple(word for word in shown.words if word not in _ADDED)
    if len(words) < NAMING:
        return False
    for row in each.rows:
        every = [word for word in re.findall(r"\w+", fold(row.name)) if word not in _ADDED]
        if words in set(zip(*(every[start:] for start in range(len(words))), strict=False)):
            return True
    return False


def _page(each: Listed, no: int, shown: Phrase, rng: random.Random) -> Sheet:
    row = each.rows[no]
    form = rng.choice(row.form_numbers) if row.form_numbers and rng.random() < 0.5 else ""
    others = [title for title in each.titles if title and title != each.titles[no]]
    quoted = rng.sample(others, min(3, len(others))) if rng.random() < 0.25 else ()
    return page(shown, form, quoted, each.titles[no], rng)


# ---- what reading does to words

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_ALIKE = {
    "I": "l1",
    "l": "1I",
    "O": "0",
    "0": "O",
    "B": "8",
    "S": "5",
    "C": "G",
    "G": "C",
    "n": "r",
    "u": "v",
    "e": "c",
    "N": "M",
    "T": "1",
}


def misreader(rng: random.Random, rate: float) -> Callable[[str], str]:
    """Spoils text: this share of its letters is misread, mostly their marks; a gap is lost now and then."""

    def misread(text: str) -> str:
        out = []
        for letter in text:
            chance = rng.random()
            if letter == " ":
                out.append("" if chance < rate / 2 else " ")
            elif chance < 0.6 * rate:
                out.append(_other_mark(letter, rng))
            elif chance < 0.85 * rate:
                out.append(rng.choice(_ALIKE.get(letter, letter)))
            elif chance < rate:
                out.append("")
            else:
                out.append(letter)
        return "".join(out)

    return misread


def _other_mark(letter: str, rng: random.Random) -> str:
    if letter in "đĐ":
        return "d" if letter == "đ" else "D"
    base = unicodedata.normalize("NFD", letter)
    if base[0] not in "aeiouyAEIOUY":
        return letter
    plain = "".join(mark for mark in base if mark not in _TONES)
    return unicodedata.normalize("NFC", plain + rng.choice(("", *_TONES)))

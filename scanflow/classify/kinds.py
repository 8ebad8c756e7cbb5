"""The kind of a paper (quyết định, đơn, hợp đồng …): from its number and symbol, its title and its head.

The symbol of an official document (`Số: 12/QĐ-UBND`) names its kind by an abbreviation. That of a letter
(công văn) has an agency's abbreviation instead, and a letter has no title. Every other paper's title begins
with the name of its kind. What kinds are found right: docs/benchmarks.md; no measurement is recorded for the
single chances here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rapidfuzz.distance import Levenshtein

from scanflow.classify.matching import Words, match, split
from scanflow.classify.page_view import Line, PageView
from scanflow.classify.profiles import Kind
from scanflow.classify.titles import (
    FOREIGN_TITLE,
    MAX_CONFIDENCE,
    TitleSpan,
    certainty,
    find_cue,
    title_line,
    title_spans,
)
from scanflow.model import Evidence
from scanflow.text.folding import fold
from scanflow.text.normalization import search_key

# The chance of a kind whose symbol was read letter for letter, and of one whose symbol has lost a mark.
SYMBOL, SYMBOL_WITHOUT_MARKS = 0.96, 0.9
# A symbol without the agency's abbreviation that the rules require after it (`12/CT`) may be a company's:
# alone it is not enough (`scanflow.classify.known_papers.MIN_KIND`).
BARE_SYMBOL = 0.5
# The chance of a letter (công văn) by an agency's abbreviation in the place of a kind's.
AGENCY_SYMBOL = 0.6
# A title that looks less like one than this is a heading or a mention.
LEAST_LOOKS = 0.55
# What is less likely than this is unknown: an addressee alone is not enough for a letter.
LEAST_CHANCE = 0.5
# A title whose first letters are less alike than this is of another kind. The limit is low, because one lost
# letter shifts all that follow.
LEAST_ALIKE = 0.6
# Where number and title name different kinds, the chance of the surer one is multiplied by this.
DISAGREEMENT = 0.8
# A whole title that is only the beginning of the names of SEVERAL other kinds ("VĂN BẢN", "PHIẾU") may be cut
# off: its chance is multiplied by this.
CUT_OFF = 0.55
SEVERAL = 3
LETTER = "cong-van"
# Words at the beginning of a row of a list, before the paper's own name.
_BEFORE_NAME = re.compile(
    r"^(?:[\W_]+|(?:\d{1,2}|[ivx]{1,4}|[a-zđ])[.)]\s|\d{1,3}(?:\s*\([^)]*\))?\s(?=\D)"
    r"|(?:(?:bản|bộ)\s)?(?:bản\s)?(?:sao|chính|gốc|chụp)"
    r"(?:\s(?:y|công chứng|hợp lệ|điện tử|có chứng thực|có công chứng|chứng thực|của))*\s"
    r"|(?:hoặc|kèm theo|kèm|và|các|những|mẫu|bản mẫu|một trong các|một trong những|bộ|tệp tin)\s)"
)
# The name of a kind begins within so many characters of a row of a list.
_ROW_BEGINNING = 160
_NUMBER_LINE = re.compile(
    r"(?:^|(?<=\s))s[o0]\s{0,2}[:.;,]?\s{0,2}[\d\w .…_|]{0,18}?\s?[/-]\s?(?P<rest>\S.*)"
)
_YEAR = re.compile(r"^(?:19|20)?\d{2,4}\s?/\s?")
_SYMBOL = re.compile(r"^[^\W\d_]+")
_IS_WHOLE = re.compile(r"^[^\W\d_]+\s?(?:[-–/&]|\d)")
_TAIL = re.compile(r"^[^\W\d_]+\s?[-–]\s?(?P<agency>[^\W\d_]+)")


@dataclass(frozen=True, slots=True)
class PageKind:
    """The kind that a page states, how likely it is (0 to 1), and why;

    `kind` is empty where it is unknown.
    """

    kind: str
    chance: float = 0.0
    evidence: tuple[Evidence, ...] = ()


UNKNOWN_KIND = PageKind("")


@dataclass(frozen=True)
class KindIndex:
    """All kinds, prepared for looking up titles and symbols; made once and used for many pages."""

    kinds: Mapping[str, Kind]

    @cached_property
    def titles(self) -> tuple[tuple[Words, str, Kind], ...]:
        """Each title as words, as text and its kind, the longest first."""
        every = [(split(title), title, kind) for kind in self.kinds.values() for title in kind.titles]
        return tuple(sorted(every, key=lambda each: -len(each[0].letters)))

    @cached_property
    def by_spelling(self) -> dict[str, Kind]:
        """The kind of each title, by the title's search key."""
        return {search_key(title): kind for kind in self.kinds.values() for title in kind.titles}

    @cached_property
    def by_folded(self) -> dict[str, Kind]:
        """The kind of each folded title, without titles that two kinds share and short single words."""
        found: dict[str, Kind | None] = {}
        for kind in self.kinds.values():
            for title in kind.titles:
                key = fold(title)
                shared = key in found and found[key] is not kind
                found[key] = None if shared or not _bears_lost_marks(key) else kind
        return {key: kind for key, kind in found.items() if kind is not None}

    @cached_property
    def symbols(self) -> dict[str, Kind]:
        return {symbol.casefold(): kind for kind in self.kinds.values() for symbol in kind.symbols}

    @cached_property
    def folded_symbols(self) -> dict[str, Kind]:
        """The kinds by symbols without marks, where only one kind has those letters."""
        found: dict[str, list[Kind]] = {}
        for kind in self.kinds.values():
            for symbol in kind.symbols:
                found.setdefault(fold(symbol), []).append(kind)
        return {letters: of[0] for letters, of in found.items() if len(of) == 1}

    @cached_property
    def beginnings(self) -> Mapping[str, frozenset[str]]:
        """The kinds whose titles begin with a title, by that title's search key, without the title's own."""
        keys = list(self.by_spelling)
        return {
            key: frozenset(
                self.by_spelling[other].id
                for other in keys
                if other.startswith(f"{key} ") and self.by_spelling[other] is not self.by_spelling[key]
            )
            for key in keys
        }

    def is_cut_off(self, title: str, kind: str) -> bool:
        """Whether a title alone may as well be the beginning of one of several other kinds.

        Kinds with a symbol of their own are called by that title alone, by the rules on official documents.
        """
        others = self.beginnings.get(search_key(title), frozenset())
        strangers = [other for other in others if kind not in self.family(other)]
        return len(strangers) >= SEVERAL and not self.kinds[kind].symbols

    def group(self, kind: str) -> str:
        return self.kinds[kind].group if kind in self.kinds else ""

    def family(self, kind: str) -> tuple[str, ...]:
        """A kind and the wider one that it is also of."""
        parent = self.kinds[kind].parent if kind in self.kinds else ""
        return tuple(filter(None, (kind, parent)))


def kind_of_title(title: str, index: KindIndex) -> str:
    """The kind of a paper that is called so in a list; empty where its name begins with that of no kind.

    What lists put before the name (numbers, "Bản sao có chứng thực", "một trong các") is passed over.
    """
    words = _without_preface(search_key(title[:_ROW_BEGINNING])).split()
    words = [word for word in (word.strip(",.;:()\"'“”/") for word in words) if word]
    for table, spelled in ((index.by_spelling, words), (index.by_folded, [fold(word) for word in words])):
        for length in range(min(6, len(spelled)), 0, -1):
            kind = table.get(" ".join(spelled[:length]))
            if kind is not None:
                return kind.id
    return ""


def kind_of_page(
    seen: PageView, index: KindIndex, *, page: int = 0, spans: Sequence[TitleSpan] | None = None
) -> PageKind:
    """The kind that the first page of a paper states. `page` is the index that the evidence names.

    `spans`: the page's possible titles, where they are known already.
    """
    numbered = _by_symbol(seen, index, page)
    titled = _by_title(index, page, title_spans(seen) if spans is None else spans)
    headed = [found for kind in index.kinds.values() if (found := _by_heads(seen, kind, page)) is not None]
    if titled is None and (foreign := title_line(seen)) is not None:
        # A title that is no kind's name: not that of a letter, which has none.
        headed = [replace(each, chance=each.chance * (1 - FOREIGN_TITLE * foreign[1])) for each in headed]
    said = [each for each in (numbered, titled, *headed) if each is not None]
    if not said:
        return UNKNOWN_KIND
    best = surest = max(said, key=lambda each: each.chance)
    for other in said:
        if other is surest:
            continue
        if best.kind in index.family(other.kind):
            best = _combined(replace(best, kind=other.kind), other)
        elif other.kind in index.family(best.kind):
            best = _combined(best, other)
        elif other.kind != LETTER or other is numbered:
            left = 1 - (1 - DISAGREEMENT) * other.chance / best.chance
            best = replace(best, chance=best.chance * left)
    if best.chance < LEAST_CHANCE:
        return UNKNOWN_KIND
    return replace(best, chance=round(min(MAX_CONFIDENCE, best.chance), 3))


def symbol_of(line: Line) -> str:
    """The symbol after the number in a line such as `Số: 12/QĐ-UBND` (`QĐ-UBND`); empty if there is none."""
    found = _NUMBER_LINE.search(line.folded)
    if found is None or not _is_margin(line.folded[: found.start()]):
        return ""
    start = found.start("rest")
    rest = line.text[start:]
    return _YEAR.sub("", rest).strip()


def _is_margin(text: str) -> bool:
    """Whether the text before a number's label is at most two characters (specks), not words."""
    return sum(map(str.isalnum, text)) <= 2


def _by_symbol(seen: PageView, index: KindIndex, page: int) -> PageKind | None:
    for line in seen.lines:
        if line.box.top > 0.45 * seen.height:
            continue
        symbol = symbol_of(line)
        letters = _SYMBOL.match(symbol)
        if letters is None:
            continue
        compound = _compound(symbol)
        for spelled in filter(None, (compound, letters[0])):
            exact = index.symbols.get(spelled.casefold())
            kind = exact or index.folded_symbols.get(fold(spelled))
            if kind is not None:
                chance = SYMBOL if exact else SYMBOL_WITHOUT_MARKS
                if not _IS_WHOLE.search(symbol):
                    chance = BARE_SYMBOL
                return PageKind(kind.id, chance, (Evidence("number and symbol", line.text, chance, page),))
        if LETTER in index.kinds and _TAIL.match(symbol) and letters[0].isupper() and len(letters[0]) > 1:
            evidence = Evidence("symbol of an agency", line.text, AGENCY_SYMBOL, page)
            return PageKind(LETTER, AGENCY_SYMBOL, (evidence,))
    return None


def _compound(symbol: str) -> str:
    """The symbol with its second part (`DS-ST`), as courts write it; empty where it has none."""
    tail = _TAIL.match(symbol)
    return re.sub(r"\s", "", tail[0]).replace("–", "-") if tail else ""


def _by_title(index: KindIndex, page: int, spans: Sequence[TitleSpan]) -> PageKind | None:
    """The kind whose name begins the topmost of the lines that look most like a title."""
    best: PageKind | None = None
    top = 0.0
    longest = {span.first: span for span in spans if span.looks >= LEAST_LOOKS}
    for span in longest.values():
        if not span.text[0].isupper():
            continue  # a sentence goes on here
        named = next(_named(span, index), None)
        if named is None:
            continue
        title, kind, score = named
        chance = certainty(score) * span.looks
        if len(span.words.folded) <= len(title.split()) and index.is_cut_off(title, kind.id):
            chance *= CUT_OFF
        if best is None or chance > best.chance + (0.1 if span.top > top else 0.0):
            best = PageKind(kind.id, chance, (Evidence(f"title: {title}", span.text, round(score, 3), page),))
            top = span.top
    return best


def _named(span: TitleSpan, index: KindIndex) -> Iterator[tuple[str, Kind, float]]:
    """The kinds with whose name the span begins, the longest name first."""
    for words, title, kind in index.titles:
        begins = span.words.letters[: len(words.letters)]
        if not Levenshtein.normalized_similarity(words.letters, begins, score_cutoff=LEAST_ALIKE):
            continue
        found = match(words, span.words)
        if found is None:
            continue
        if _bears_lost_marks(words.letters) or span.words.accented[: found.words] == words.accented:
            # What follows the name of the kind is the paper's own title: it does not lower the score.
            yield title, kind, min(1.0, found.score + 0.1 * (1 - found.words / len(span.words.folded)))


def _bears_lost_marks(folded: str) -> bool:
    """Whether a title is long enough to be known without marks: sổ is also số, bảng is also bằng."""
    return len(folded) > 4


def _by_heads(seen: PageView, kind: Kind, page: int) -> PageKind | None:
    doubt, evidence = 1.0, []
    for cue in kind.heads:
        found = find_cue(cue, seen)
        if found is not None:
            doubt *= 1 - cue.weight
            evidence.append(Evidence(f"head: {cue.name}", found, cue.weight, page))
    return PageKind(kind.id, min(SYMBOL, 1 - doubt), tuple(evidence)) if evidence else None


def _combined(one: PageKind, other: PageKind) -> PageKind:
    """Two statements of the same kind, taken as independent evidence."""
    chance = 1 - (1 - one.chance) * (1 - other.chance)
    return PageKind(one.kind, min(MAX_CONFIDENCE, chance), (*one.evidence, *other.evidence))


def _without_preface(name: str) -> str:
    while True:
        shorter = _BEFORE_NAME.sub("", name, count=1)
        if shorter == name or not shorter:
            return name
        name = shorter

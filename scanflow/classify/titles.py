"""The types that a page may have: by its title, compared fuzzily, and by how much that looks like a title.

A title is centred in the upper half, in capitals or large letters, and begins its line; a mention in running
text is not. Cues are compared without marks, so that a lost or misread mark does little harm. Marks have a
share in the score and so decide between similar titles. What types are found right: docs/benchmarks.md; no
measurement is recorded for the single limits here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from scanflow.classify.matching import MIN_MATCH, Match, Words, match, split
from scanflow.classify.page_marks import is_copy_mark, is_registry_stamp
from scanflow.classify.page_view import CAPITALS, Line, PageView, view
from scanflow.classify.printed_forms import form_keys, other_of_series, printed_form_numbers
from scanflow.classify.profiles import Cue, DocumentType, Profiles, Side
from scanflow.model import Evidence, PageReading
from scanflow.text.folding import aligned_fold, fold
from scanflow.text.national_head import is_national_head
from scanflow.text.normalization import search_key

# A title may be set in up to this many lines (the land certificate's takes four).
MAX_TITLE_LINES = 4
# No cue is certain: a clerk may have filed a model form among the papers.
MAX_CONFIDENCE = 0.99
# The highest confidence by signs other than the title.
MAX_HEADS = 0.9
HEAD_SIMILARITY = 85.0
# The middle of a line in the head's left column is left of this share of the page's width.
LEFT_COLUMN = 0.42
# The number of another form of the same series lowers a type's confidence by this share, whatever its title.
OTHER_FORM = 0.7
# A title below a sure title of another type keeps this share of its confidence.
BELOW_TITLE = 0.6
# A title that is no known type's lowers the confidence of a type that is known only by other signs by this
# share.
FOREIGN_TITLE = 0.6
# A second type this close to the best (as a share of its confidence) makes the decision doubtful.
CLEAR_LEAD = 0.25
# The heights of the lines of one title in lower case have at least this ratio.
SAME_SIZE = 0.75
# So many words of a line may be the name of a kind.
NAME_WORDS = 5

_LEADING_NOISE = re.compile(r"^[^\w(+-]+")
_HEADING = re.compile(
    r"\W*(?:dieu|chuong|muc|phan|khoan|tiet)\s+(?:thu\s+)?[\divxlc]+\b|\W*[ivx]+[.)]|\W*\d+[.)]"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A type that a page may have. `top`: the upper edge of its title in points, None without a title."""

    type: str
    confidence: float
    evidence: tuple[Evidence, ...]
    title: str = ""
    top: float | None = None
    sides: frozenset[Side] = frozenset()


@dataclass(frozen=True, slots=True)
class TitleSpan:
    """Consecutive lines that may be one title, and how much they look like one on a paper and on a card."""

    first: int
    last: int
    text: str
    words: Words
    top: float
    looks: float
    card_looks: float


@dataclass(frozen=True, slots=True)
class _Title:
    """A title cue found in a span."""

    type: str
    cue: str
    span: TitleSpan
    match: Match
    confidence: float


def classify_page(
    reading: PageReading, profiles: Profiles, *, page: int = 0, likely: Iterable[str] = ()
) -> list[Candidate]:
    """The types that the page may have, the surest first; empty where there is evidence for none.

    `page` is the index that the evidence names. `likely` are the types that the procedure asks for: they
    break a tie between near titles, alone they are no evidence.
    """
    return classify_view(view(reading), profiles, page=page, likely=likely)


def classify_view(
    seen: PageView, profiles: Profiles, *, page: int = 0, likely: Iterable[str] = ()
) -> list[Candidate]:
    """As `classify_page`, for a page whose lines are known."""
    titles = _best_titles(seen, profiles)
    numbers = printed_form_numbers(seen)
    foreign = title_line(seen) if not titles else None
    candidates = []
    for document_type in profiles.types.values():
        candidate = _weigh(document_type, titles.get(document_type.id), seen, page, numbers)
        if candidate is not None:
            if foreign is not None and document_type.layout == "paper":
                candidate = replace(
                    candidate, confidence=candidate.confidence * (1 - FOREIGN_TITLE * foreign[1])
                )
            candidates.append(candidate)
    candidates.sort(key=lambda candidate: -candidate.confidence)
    return _doubt(candidates, frozenset(likely))


def title_line(seen: PageView) -> tuple[Line, float] | None:
    """The line that looks most like a title whatever it says, and how much (0 to 1), if any does."""
    best: tuple[Line, float] | None = None
    for line in seen.lines:
        if line.capitals < CAPITALS or sum(map(str.isalpha, line.text)) < 5:
            continue
        looks = looks_of(line, seen)
        if looks < 0.9 or is_heading(line.folded) or is_national_head(line.folded):
            continue
        looks *= min(1.0, line.height / max(seen.letter_height, 1.0))
        if best is None or looks > best[1]:
            best = (line, looks)
    return best


def is_heading(folded: str) -> bool:
    """Whether a line heads a part of a paper (điều, chương, I., 1.), not a paper, or is a mark on it."""
    return bool(_HEADING.match(folded)) or is_registry_stamp(folded) or is_copy_mark(folded)


# ---- titles


def _best_titles(seen: PageView, profiles: Profiles) -> dict[str, _Title]:
    """The best title of each type, without those that are a part of a longer, as good one."""
    spans = title_spans(seen)
    found: list[_Title] = []
    for document_type in profiles.types.values():
        for cue in document_type.titles:
            words = split(cue)
            for span in spans:
                if matched := match(words, span.words, whole=True):
                    looks = span.card_looks if document_type.layout == "card" else span.looks
                    confidence = min(MAX_CONFIDENCE, certainty(matched.score) * looks)
                    found.append(_Title(document_type.id, cue, span, matched, confidence))
    found = [title for title in found if not any(_outdoes(other, title) for other in found)]
    found = [title for title in found if not _goes_on(title.span, seen, profiles.kind_names)]
    cues = [
        (document_type.id, cue) for document_type in profiles.types.values() for cue in document_type.titles
    ]
    found = [title for title in found if not any(_may_be(title, type, cue) for type, cue in cues)]
    best: dict[str, _Title] = {}
    for title in found:
        if title.type not in best or title.confidence > best[title.type].confidence:
            best[title.type] = title
    return _below_first(best)


def _outdoes(better: _Title, worse: _Title) -> bool:
    """Whether `worse` is only a part of the title that `better` found there, or only resembles it.

    A cue that is printed exactly, with all its marks, excludes cues of as many words that are not.
    """
    if better.span.first > worse.span.first or worse.span.last > better.span.last:
        return False
    more, less = better.match, worse.match
    longer = more.words > less.words and more.score >= less.score - 0.1
    return longer or (more.exact and not less.exact and more.words == less.words)


def _may_be(title: _Title, type: str, cue: str) -> bool:
    """Whether a found title may be the beginning of another type's longer one that was too misread to match.

    What it gives: decision 19.
    """
    own, longer = split(title.cue).letters, split(cue).letters
    if type == title.type or len(longer) <= len(own) or not longer.startswith(own):
        return False
    printed = title.span.words.letters[: len(longer)]
    return bool(Levenshtein.normalized_similarity(longer, printed, score_cutoff=MIN_MATCH))


def _goes_on(span: TitleSpan, seen: PageView, names: frozenset[str]) -> bool:
    """Whether the span continues a title that begins, in the same setting, in the lines above."""
    for at in range(span.first, max(0, span.first - MAX_TITLE_LINES), -1):
        upper, lower = seen.lines[at - 1], seen.lines[at]
        if not (_follows(upper, lower) and set_alike(upper, lower)):
            return False
        if begins_with_name(upper.text, names) and not is_heading(upper.folded):
            return True
    return False


def begins_with_name(text: str, names: frozenset[str]) -> bool:
    """Whether a text begins with one of these names, compared as `Profiles.kind_names` spells them."""
    words = re.findall(r"\w+", search_key(text))[:NAME_WORDS]
    beginnings = [" ".join(words[:length]) for length in range(1, len(words) + 1)]
    return any(each in names or (" " in each and fold(each) in names) for each in beginnings)


def set_alike(first: Line, line: Line) -> bool:
    """Whether two lines are both set in capitals, or in small letters of one size."""
    if first.capitals >= CAPITALS or line.capitals >= CAPITALS:
        return (first.capitals >= CAPITALS) == (line.capitals >= CAPITALS)
    return min(first.height, line.height) >= SAME_SIZE * max(first.height, line.height)


def _below_first(titles: dict[str, _Title]) -> dict[str, _Title]:
    """The titles, with less confidence for those below a sure title of another type: headings or mentions."""
    tops = [title.span.top for title in titles.values() if title.confidence >= 0.6]
    first = min(tops, default=0.0)
    return {
        type: replace(title, confidence=title.confidence * BELOW_TITLE) if title.span.top > first else title
        for type, title in titles.items()
    }


def title_spans(seen: PageView) -> list[TitleSpan]:
    """The lines and runs of lines of a page that may be a title."""
    spans: list[TitleSpan] = []
    for first, line in enumerate(seen.lines):
        if is_heading(line.folded) or is_national_head(line.folded):
            continue
        looks, card_looks = looks_of(line, seen), _prominence(line, seen)
        if max(looks, card_looks) < 0.3:
            continue
        for last in range(first, min(first + MAX_TITLE_LINES, len(seen.lines))):
            if last > first and not _follows(seen.lines[last - 1], seen.lines[last]):
                break  # not the next line of the same title
            lines = seen.lines[first : last + 1]
            text = _LEADING_NOISE.sub("", " ".join(line.text for line in lines))
            if not text or (text[0] in "+-(–" and not _is_centred_capitals(line, seen)):
                break  # an item of a list
            spans.append(TitleSpan(first, last, text, split(text), line.box.top, looks, card_looks))
    return spans


def _is_centred_capitals(line: Line, seen: PageView) -> bool:
    return line.capitals >= CAPITALS and _centred(line, seen) >= 0.5


def _follows(upper: Line, lower: Line) -> bool:
    """Whether `lower` is directly below `upper`, as the next line of a title is."""
    if lower.folded.startswith("kinh gui"):
        return False
    gap = lower.box.top - upper.box.bottom
    height = max(upper.height, lower.height)
    return -0.5 * height < gap < 1.8 * height and upper.box.shared_width(lower.box) > 0


def _prominence(line: Line, seen: PageView) -> float:
    """Capitals, or letters larger than the page's: 0 to 1."""
    larger = (line.height / seen.letter_height - 1.0) / 0.4 if seen.letter_height else 0.0
    return _clamp(max(line.capitals / 0.8, larger))


def looks_of(line: Line, seen: PageView) -> float:
    """How much a line looks like a paper's title: 0 to 1."""
    high = _clamp((0.85 - line.box.top / seen.height) / 0.4)
    return _clamp((0.5 * _prominence(line, seen) + 0.3 * _centred(line, seen) + 0.2 * high) / 0.9)


def _centred(line: Line, seen: PageView) -> float:
    """How well a line is centred on its page, 0 to 1; every full line of running text would be."""
    if line.capitals < CAPITALS and line.box.width > 0.6 * seen.width:
        return 0.0
    centre = line.box.centre_x / seen.width
    # Two pages on one landscape sheet have their titles in the middle of the halves.
    middles = (0.25, 0.5, 0.75) if seen.width > 1.2 * seen.height else (0.5,)
    return _clamp((0.2 - min(abs(centre - middle) for middle in middles)) / 0.12)


def certainty(score: float) -> float:
    """The certainty of a match's score: 1 for a nearly perfect one, 0.7 at `MIN_MATCH`."""
    return 0.7 + 0.3 * _clamp((score - MIN_MATCH) / (0.97 - MIN_MATCH))


# ---- other signs


def _weigh(
    document_type: DocumentType, title: _Title | None, seen: PageView, page: int, numbers: frozenset[str]
) -> Candidate | None:
    """The combined evidence for and against one type, taken as independent;

    `numbers`: printed form numbers.
    """
    evidence: list[Evidence] = []
    doubt = 1.0
    sides: set[Side] = set()
    for cue in document_type.heads:
        found = find_cue(cue, seen)
        if found is not None:
            doubt *= 1 - cue.weight
            evidence.append(Evidence(f"head: {cue.name}", found, cue.weight, page))
            if cue.side:
                sides.add(cue.side)
    confidence = min(MAX_HEADS, 1 - doubt)
    if title is not None:
        confidence = 1 - (1 - confidence) * (1 - title.confidence)
        evidence.insert(
            0, Evidence(f"title: {title.cue}", title.span.text, round(title.match.score, 3), page)
        )
        if document_type.layout == "card":
            sides.add("front")
    if not evidence:
        return None
    for cue in document_type.negative:
        found = find_cue(cue, seen)
        if found is not None:
            confidence *= 1 - cue.weight
            evidence.append(Evidence(f"against: {cue.name}", found, cue.weight, page))
    if document_type.forms and (other := other_of_series(numbers, form_keys(document_type.forms))):
        confidence *= 1 - OTHER_FORM
        evidence.append(Evidence("against: another form number", other, OTHER_FORM, page))
    return Candidate(
        document_type.id,
        min(MAX_CONFIDENCE, confidence),
        tuple(evidence),
        title.span.text if title else "",
        title.span.top if title else None,
        frozenset(sides),
    )


def find_cue(cue: Cue, seen: PageView) -> str | None:
    """The text of the first line that bears the cue; None without one."""
    wanted = aligned_fold(cue.text)
    for line in seen.lines:
        if cue.column == "left" and line.box.centre_x > LEFT_COLUMN * seen.width:
            continue
        if cue.pattern is not None:
            if cue.pattern.search(line.folded):
                return line.text
        elif fuzz.ratio(wanted, line.folded) >= HEAD_SIMILARITY:
            return line.text
    return None


def _doubt(candidates: list[Candidate], likely: frozenset[str]) -> list[Candidate]:
    """The types in order; where the second is close to the best, the decision is made or doubted.

    If exactly one of the close types is in `likely`, it becomes the first; otherwise the best gets less
    confidence.
    """
    if len(candidates) < 2:
        return candidates
    first, second = candidates[:2]
    lead = (first.confidence - second.confidence) / first.confidence
    if lead >= CLEAR_LEAD:
        return candidates
    near = [c for c in candidates if c.confidence > (1 - CLEAR_LEAD) * first.confidence]
    asked = [c for c in near if c.type in likely]
    if len(asked) == 1:
        return [asked[0], *(c for c in candidates if c is not asked[0])]
    return [replace(first, confidence=first.confidence * (0.5 + 0.5 * lead / CLEAR_LEAD)), *candidates[1:]]


def _clamp(value: float) -> float:
    return min(1.0, max(0.0, value))

"""How well printed words begin with the words of a cue, where words may have been misread."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from scanflow.text.folding import aligned_fold
from scanflow.text.syllables import folded_syllables

# Below this a line is not the title in question: one wrong word of six gives 0.83.
MIN_MATCH = 0.85
# Share of the score that the marks have.
ACCENT_SHARE = 0.15
# Letters less alike than this cannot give a match. A first, cheap comparison takes exactly as many letters as
# the cue has; there an inserted letter counts twice, so its limit is lower.
HOPELESS = 0.7
HOPELESS_AT_FIRST = 0.5

# Misreading loses letters and spaces, but seldom a whole word within a title. A title that lacks a word and
# so many letters or more is another one ("đăng ký kinh doanh", "đăng ký hộ kinh doanh").
WHOLE_WORD = 2

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Words:
    """A text as words, folded and as printed in lower case, and its folded letters without spaces."""

    folded: tuple[str, ...]
    accented: tuple[str, ...]
    letters: str


@dataclass(frozen=True, slots=True)
class Match:
    """How well a text begins with a cue (0 to 1), in how many of its words, and whether letter for letter."""

    score: float
    words: int
    exact: bool


@lru_cache(maxsize=4096)
def split(text: str) -> Words:
    """The words of an NFC text."""
    folded = tuple(_WORD.findall(aligned_fold(text)))
    return Words(folded, tuple(_WORD.findall(text.lower())), "".join(folded))


def match(cue: Words, text: Words, *, whole: bool = False) -> Match | None:
    """How the text begins with the cue; None if it doesn't. Words that follow lower the score a little.

    `whole`: the cue is the full name of a paper, not only its kind, after which the paper's name continues.

    Words are compared without marks; marks have a share in the score and so decide between similar cues.
    """
    length = len(cue.letters)
    first = text.letters[:length]
    if not Levenshtein.normalized_similarity(cue.letters, first, score_cutoff=HOPELESS_AT_FIRST):
        return None
    best, at, read, taken = 0.0, 0, 0, 0
    for count, word in enumerate(text.folded, start=1):
        taken += len(word)
        if taken < HOPELESS * length:
            continue
        if taken * HOPELESS > length:
            break
        score = _similarity(cue.folded, text.folded[:count])
        if score > best:
            best, at, read = score, count, taken
    if best < MIN_MATCH:
        return None
    if at < len(cue.folded) and length - read >= WHOLE_WORD:
        return None
    if at == len(cue.folded) and any(map(_is_another_word, cue.folded, text.folded)):
        return None
    if whole and _ends_in_another_word(cue, text, at):
        return None
    marks = _similarity(cue.accented, text.accented[:at])
    rest = 1 - at / len(text.folded)
    score = (1 - ACCENT_SHARE) * best + ACCENT_SHARE * marks - 0.1 * rest
    return Match(score, at, text.accented[:at] == cue.accented) if score >= MIN_MATCH else None


def _is_another_word(expected: str, word: str) -> bool:
    """Whether a word is a legal syllable that differs from the cue's: misread words are seldom syllables.

    A syllable that is the beginning or end of the cue's has lost letters: it is the same word.
    """
    far = Levenshtein.distance(expected, word, score_cutoff=1) > 1
    is_rest = expected.startswith(word) or expected.endswith(word)
    return far and not is_rest and word in folded_syllables()


def _ends_in_another_word(cue: Words, text: Words, at: int) -> bool:
    """Whether the last of the text's first `at` words is another word than the cue's last.

    A syllable that differs in one letter is taken for a misread one, but not where a further syllable
    follows: "thuê trọ" and "thuê trụ sở", "chứng sinh" and "chứng minh nhân dân", "nhà ở" and "nhân công".
    """
    last, following = text.folded[at - 1], text.folded[at : at + 1]
    if last == cue.folded[-1] or last not in folded_syllables() or not set(following) & folded_syllables():
        return False
    return at == len(cue.folded) or "".join(text.folded[:at]) != cue.letters


def _similarity(cue: tuple[str, ...], words: tuple[str, ...]) -> float:
    """How alike two texts are (0 to 1): by words, or by letters where spaces were lost."""
    letters = Levenshtein.normalized_similarity("".join(cue), "".join(words), score_cutoff=HOPELESS)
    return max(1 - _word_cost(cue, words) / len(cue), letters - 0.05) if letters else 0.0


def _word_cost(cue: Sequence[str], words: Sequence[str]) -> float:
    """Edit distance over words; replacing a word by a similar one costs the share of it that differs."""
    previous = [float(i) for i in range(len(words) + 1)]
    for row, expected in enumerate(cue, start=1):
        current = [float(row)]
        for column, word in enumerate(words, start=1):
            alike = Levenshtein.normalized_similarity(expected, word)
            swap = 1 - alike if alike >= 0.5 else 1.0
            current.append(min(previous[column] + 1, current[-1] + 1, previous[column - 1] + swap))
        previous = current
    return previous[-1]

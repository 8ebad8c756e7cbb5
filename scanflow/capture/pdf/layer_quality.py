"""The quality of a PDF page's own text layer, from 0 (unusable) to 1 (good): it decides whether to keep it.

A layer can be bad in four ways: its characters are not those that the page shows (TCVN3 or VNI bytes as
Latin-1, `ñ` for `đ`, private-use codes, U+FFFD); it was read by an engine without Vietnamese (missing marks,
words that can't be syllables); its text is not that of the page (a logo of 18 characters, a signature's stamp
over a scan); or it is missing. Good text in another language, found by its commonest words, is kept.

Over a scan the layer is the result of an engine, and the measure is stricter: our own recognition reads 98 of
100 words correctly, so a layer with five misread words is not kept. `python -m bench.text_layers` shows which
kinds of layers are kept.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from scanflow.model import Word
from scanflow.text.spelling_frequency import has_known_letters, is_usual
from scanflow.text.syllables import folded_syllables, is_syllable
from scanflow.units import pixels_per_point

MARKED_SHARE = 0.6  # of Vietnamese words at least have a mark; measured: 81 to 93 %
FEW_WORDS = 12  # with fewer words (a title in capitals, a table of numbers) shares mean little
MANGLED_WEIGHT = 6.0  # a few mangled words in a hundred make a layer bad: each shows a letter that is wrong
MANGLED = 3  # mangled words of Vietnamese text: fewer may be a coincidence
# Over a scan: the weights of the share of words that can't be syllables and of the share of unusual words. A
# page is read again (at the default of 0.7) with 2 or with 5 such words in 100; good texts have 0 and 1.
MISREAD_WEIGHT, UNUSUAL_WEIGHT = 16.0, 6.0
BARE_SHARE = 0.6  # of the words of Vietnamese without marks look like syllables; in English a third do
FEW_FOREIGN = 40  # texts of so few words may be headings, which have few of the commonest words
FOREIGN_SHARE = 0.12  # of the words of English or French prose at least are among the commonest ones
INK_COVERED = 0.35  # of the ink lies within words, at least, where a scan fills the page
MANY_LETTERS = 200  # a page without a scan and with so many letters is a text page

_ABBREVIATION = re.compile(r"[A-ZĐƯƠ]{1,8}")
_POINT_OR_UNIT = re.compile(r"[a-zđ]|[ck]m|kg")  # b) of a list, 30 cm
_NUMBER_OR_CODE = re.compile(r"(?=.*[\d²³])[\w.,/:;%()²³+-]*")
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Characters that are within words only where TCVN3 or VNI bytes are decoded as Latin-1: "Céng hßa x· héi",
# "xaõ hoäi".
_TCVN3 = re.compile(r"[×ØÞßÜ]|[a-zA-Z][®µ¸¶·¹¨¾¼½Æ©¬]|[®§¬©µ¸¨][a-zA-Z]")
_VNI = re.compile(r"[øåäö]|a[âáàãêùúõ]|e[âáàãùõ]|o[âõ]|u[ùõ]|y[ùõ]|ô[ùõ]", re.IGNORECASE)
_ENYE = re.compile(r"[ñÑ]")
_LOST = re.compile(r"[^\W\d_]\?+[^\W\d_]|^\?+[a-z]")
_LEGACY_FONT = re.compile(r"(?:^|\+)(?:\.?Vn[A-Z]|VNI[-_ ])")

# fmt: off
_COMMON_FOREIGN = frozenset((
    "the", "of", "and", "to", "in", "is", "for", "that", "with", "by", "on", "as", "are", "be", "this", "or",
    "from", "at", "an", "it", "not", "was", "which", "you", "your",
    "de", "la", "le", "les", "et", "des", "du", "en", "un", "une", "est", "que", "pour", "dans", "par", "sur",
    "au", "aux", "il", "ne", "pas", "qui",
))
# fmt: on


def layer_quality(words: Sequence[Word], fonts: Collection[str], *, scan: bool) -> float:
    """The quality of a layer's characters and words, 0 to 1; `fonts` are the names of the page's fonts.

    `scan`: an image fills the page, so the layer is the result of an engine and may be wrong in any way; else
    the page is drawn from this text, which is wrong only where the font does not map its characters to
    Unicode.
    """
    texts = [word.text for word in words]
    tokens = [token for text in texts for token in _tokens(text)]
    if not tokens:
        return 0.0
    if any(_LEGACY_FONT.search(font) for font in fonts) and _marked_share(tokens) < MARKED_SHARE:
        return 0.0
    mangled = sum(map(_is_mangled, texts))
    clean = 1.0 - min(1.0, MANGLED_WEIGHT * mangled / len(texts))
    vietnamese = 0.0 if mangled >= MANGLED else _vietnamese(tokens, scan=scan)
    return clean * max(vietnamese, _foreign(tokens, scan=scan))


def is_long(words: Sequence[Word]) -> bool:
    """Whether there are so many letters that the page is a text page, also beside pictures."""
    return sum(len(word.text) for word in words) >= MANY_LETTERS


def covers_ink(words: Sequence[Word], grey: NDArray[np.uint8], dpi: float) -> bool:
    """Whether the words cover what the page shows: `grey` (h, w) is the upright page rendered at `dpi`.

    Checked for layers over a scan and for short ones: the page may show a scan, or text as outlines.
    """
    ink = grey < _ink_threshold(grey)
    total = int(ink.sum())
    if total == 0:
        return True
    within = np.zeros_like(ink)
    scale, margin = pixels_per_point(dpi), 1.5
    for word in words:
        top, bottom = (word.box.top - margin) * scale, (word.box.bottom + margin) * scale
        left, right = (word.box.left - margin) * scale, (word.box.right + margin) * scale
        within[max(0, int(top)) : max(0, int(bottom) + 1), max(0, int(left)) : max(0, int(right) + 1)] = True
    return float((ink & within).sum()) / total >= INK_COVERED


def _tokens(text: str) -> list[str]:
    """The words of a piece of text, without numbers and codes."""
    if _NUMBER_OR_CODE.fullmatch(text):
        return []
    return _WORD.findall(text)


def _vietnamese(tokens: Sequence[str], *, scan: bool) -> float:
    possible = [t for t in tokens if is_syllable(t) or _ABBREVIATION.fullmatch(t)]
    share = len(possible) / len(tokens)
    if len(tokens) < FEW_WORDS:
        return share
    marked = min(1.0, _marked_share(tokens) / MARKED_SHARE)
    if not scan:
        return share * marked
    impossible = len(tokens) - len(possible) - sum(bool(_POINT_OR_UNIT.fullmatch(t)) for t in tokens)
    misread = MISREAD_WEIGHT * max(0, impossible) / len(tokens) + UNUSUAL_WEIGHT * _unusual_share(tokens)
    return max(0.0, 1 - misread) * marked


def _unusual_share(tokens: Sequence[str]) -> float:
    """Share of words in lower case whose marks are rare for their letters: phô instead of phố."""
    small = [token for token in tokens if token.islower() and has_known_letters(token)]
    return sum(not is_usual(token) for token in small) / max(1, len(small))


def _marked_share(tokens: Sequence[str]) -> float:
    """Share of words with a letter that has a mark only in Vietnamese, or with a tone mark on a syllable."""
    return sum(not t.isascii() and is_syllable(t) for t in tokens) / len(tokens)


def _foreign(tokens: Sequence[str], *, scan: bool) -> float:
    """Share of words that may be of another language; 0 where the text is rather Vietnamese without marks."""
    common = sum(t.lower() in _COMMON_FOREIGN for t in tokens) / len(tokens)
    bare = sum(t.lower() in folded_syllables() for t in tokens) / len(tokens)
    if common < FOREIGN_SHARE and (scan or bare > BARE_SHARE or len(tokens) > FEW_FOREIGN):
        return 0.0
    return sum(map(_is_wordlike, tokens)) / len(tokens)


def _is_wordlike(token: str) -> bool:
    """Whether it has consistent capitals, and vowels: words with missing or wrong letters often have not."""
    parts = re.split("['’]", token)
    cased = all(part.isupper() or part.islower() or part.istitle() for part in parts)
    return cased and (len(token) <= 2 or _VOWEL.search(unicodedata.normalize("NFD", token)) is not None)


def _is_mangled(text: str) -> bool:
    if any(unicodedata.category(c) in ("Co", "Cn", "Cc") or c == "\ufffd" for c in text):
        return True
    if not any(c.isalpha() and c.isascii() for c in text):
        return _ENYE.search(text) is not None
    return any(pattern.search(text) for pattern in (_TCVN3, _VNI, _ENYE, _LOST))


def _ink_threshold(grey: NDArray[np.uint8]) -> float:
    """The grey level a third of the way from paper to black: darker pixels are ink."""
    return float(np.percentile(grey, 75)) * 2.0 / 3.0

"""The legal Vietnamese syllables (âm tiết), generated from the rules of the orthography.

A syllable is an onset, a rhyme (nucleus and coda) and a tone. The rules allow some 18,000 spellings, of which
about 7,000 are words. So a legal syllable is a hint that a reading is text, not a proof that it is the right
word.
"""

from functools import lru_cache

from scanflow.text.alphabet import TONE_MARKS
from scanflow.text.folding import fold
from scanflow.text.normalization import nfc, normalize

# Rhymes (vần) as nucleus: what may follow it ("-" for nothing). The tone stands on the nucleus's last
# letter, except where _TONE_FIRST says otherwise.
_RHYMES = {
    "a": "- c ch i m n ng nh o p t u y",
    "ă": "c m n ng p t",
    "â": "c m n ng p t u y",
    "e": "- c m n ng o p t",
    "ê": "- ch m n nh p t u",
    "i": "- ch m n nh p t u",
    "iê": "c m n ng p t u",
    "ia": "-",
    "o": "- c i m n ng p t",
    "oo": "c ng",
    "ô": "- c i m n ng p t",
    "ơ": "- i m n p t",
    "u": "- c i m n ng p t",
    "uô": "c i m n ng t",
    "ua": "-",
    "ư": "- c i m n ng t u",
    "ươ": "c i m n ng p t u",
    "ưa": "-",
    "y": "-",
}
# With the glide -w- (âm đệm), which is written o before a, ă and e, and u before other vowels.
_GLIDED = {
    "oa": "- c ch i m n ng nh o p t y",
    "oă": "c m n ng t",
    "oe": "- n o t",
    "uâ": "n ng t y",
    "uê": "- ch n nh",
    "uơ": "-",
    "uy": "- ch n nh p t u",
    "uyê": "n t",
    "uya": "-",
}
# After q the u is always written; here it belongs to the onset.
_AFTER_QU = {
    "a": "- c ch i n ng nh o t u y",
    "ă": "c m n ng p t",
    "â": "n t y",
    "e": "- n o t",
    "ê": "- ch n nh t",
    "i": "- t",
    "ô": "c",
    "ơ": "-",
    "y": "- ch n nh t",
    "yê": "n t",
}
_AFTER_GI = {"ê": "ng c"}  # giếng, giếc: their i belongs to the onset and to the vowel
# Without an onset /i/ is written y before a vowel (yêu), and i before a consonant (ích).
_BARE = {"yê": "m n ng t u", "ia": "-", "y": "-"}
_TONE_FIRST = {"ia", "ua", "ưa"}
_OLD_TONE_FIRST = {"oa", "oe", "uy"}  # hòa beside hoà, when nothing follows

_FRONT = tuple("eêiy")
_ONSETS = frozenset({"b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh"})
_ONSETS |= {"nh", "p", "ph", "r", "s", "t", "th", "tr", "v", "x"}
_LABIAL = {"b", "m", "p", "ph", "v"}
_Y_ONSETS = {"h", "k", "l", "m", "s", "t", "v"}  # kỹ, lý, mỹ, sỹ, tỷ, hy and the name Vy
_STOPS = {"c", "ch", "p", "t"}
_ALL_TONES = ("", *TONE_MARKS)
_STOP_TONES = ("\u0301", "\u0323")  # sắc, nặng

_Rhyme = tuple[str, str]


def _table(rows: dict[str, str]) -> list[_Rhyme]:
    return [(nucleus, end.strip("-")) for nucleus, ends in rows.items() for end in ends.split()]


def _fits(onset: str, rhyme: _Rhyme) -> bool:
    """Whether the orthography lets this onset stand before this rhyme."""
    nucleus, end = rhyme
    front = nucleus.startswith(_FRONT)
    if nucleus == "y":
        return onset in _Y_ONSETS and not end
    if onset in {"gh", "ngh", "k"}:
        return front
    if onset in {"ng", "c"}:
        return not front
    if onset == "g":  # gì and gìn are /zi/; otherwise gh stands before a front vowel
        return not front or rhyme in {("i", ""), ("i", "n")}
    if onset == "gi":  # its i is the vowel where one follows: giêng is gi + êng
        return not nucleus.startswith(("i", "y"))
    return not (onset in _LABIAL and nucleus in _GLIDED)


def _toned(rhyme: _Rhyme) -> list[str]:
    """A rhyme with each tone that it may bear, in both placements."""
    nucleus, end = rhyme
    places = {len(nucleus) - 2 if nucleus in _TONE_FIRST or nucleus == "uya" else len(nucleus) - 1}
    if nucleus in _OLD_TONE_FIRST and not end:
        places.add(0)
    return [
        nfc(nucleus[: place + 1] + tone + nucleus[place + 1 :] + end)
        for tone in (_STOP_TONES if end in _STOPS else _ALL_TONES)
        for place in places
    ]


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Return every legal spelling, lower-case NFC."""
    plain, glided = _table(_RHYMES), _table(_GLIDED)
    bare = [rhyme for rhyme in plain if rhyme[0] not in {"iê", "ia", "y"}] + _table(_BARE)
    # The tones of each rhyme are made once, not once per onset: every start of the program waits for this.
    toned = {
        rhyme: _toned(rhyme) for rhyme in (*plain, *glided, *_table(_AFTER_QU), *_table(_AFTER_GI), *bare)
    }
    pairs = [(onset, rhyme) for onset in _ONSETS for rhyme in (*plain, *glided) if _fits(onset, rhyme)]
    pairs += [("gi", rhyme) for rhyme in _table(_AFTER_GI)]
    pairs += [("qu", rhyme) for rhyme in _table(_AFTER_QU)]
    pairs += [("", rhyme) for rhyme in (*bare, *glided)]
    return frozenset([onset + spelling for onset, rhyme in pairs for spelling in toned[rhyme]])


def is_syllable(word: str) -> bool:
    """Whether `word` is spelt as a Vietnamese syllable can be; case and normal form do not matter."""
    return normalize(word).lower() in syllables()


@lru_cache(maxsize=1)
def folded_syllables() -> frozenset[str]:
    """Return what every legal spelling becomes by `fold`: lower case, without marks, d for đ."""
    return frozenset(map(fold, syllables()))

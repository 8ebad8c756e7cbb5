"""Vietnamese spelling: normal form, folding for search, and the legal syllables (âm tiết).

Everything here is pure and works on NFC text; NFD is accepted.

The syllables are generated from the rules of the orthography (onset, rhyme, tone): some 18,000 spellings,
of which about 7,000 are words. A legal syllable is therefore a hint that a reading is text at all,
never a proof that it is the right word.
"""

import re
import unicodedata
from functools import lru_cache

_MARKS_AND_D = dict.fromkeys(range(0x0300, 0x0370)) | dict.fromkeys(map(ord, "đð"), "d")
_ETH = str.maketrans("Ðð", "Đđ")


def nfc(text: str) -> str:
    """Composed form: one character a letter."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """NFC, with the Icelandic eth (Ð, U+00D0), which fonts and models confuse with it, as Đ (U+0110)."""
    return nfc(text).translate(_ETH)


def fold(text: str) -> str:
    """Lower-case text without marks, đ as d: for finding only, never for showing.

    Compatibility forms fold too, so that `m²` is found where the engine read `m2`. Idempotent.
    """
    return unicodedata.normalize("NFKD", text).lower().translate(_MARKS_AND_D)


# --- one spelling for the equal ones -------------------------------------------------------------------

_TONED = {
    vowel: nfc("".join(vowel + tone for tone in "\u0300\u0301\u0309\u0303\u0323")) for vowel in "aeiouy"
}
_MISPLACED = re.compile(rf"([{_TONED['o']}])([ae])|([{_TONED['u']}])(y)")
_Y_FOR_I = re.compile(rf"(?<!\w)(qu|[hklmstv])([y{_TONED['y']}])(?!\w)")


def canonical_tone(text: str) -> str:
    """Lower-case NFC text with the tone of oa, oe, uy on the second vowel (hòa → hoà, thủy → thuỷ)."""
    return _MISPLACED.sub(_move_tone, text)


def _move_tone(match: re.Match[str]) -> str:
    first, second = match[1] or match[3], match[2] or match[4]
    parts = unicodedata.normalize("NFD", first)
    return parts[0] + nfc(second + parts[1:])


def _to_i(match: re.Match[str]) -> str:
    return match[1] + nfc(unicodedata.normalize("NFD", match[2]).replace("y", "i"))


def search_key(text: str) -> str:
    """What the exact search column holds: accents kept, but spellings that mean the same made one.

    Lower-case NFC; tone placement (hòa, hoà) and final i or y after a single consonant (kĩ, kỹ) are
    canonical. For finding only: a stored name is never rewritten. Idempotent.
    """
    return _Y_FOR_I.sub(_to_i, canonical_tone(nfc(tidy(text).lower())))


# --- legal syllables -----------------------------------------------------------------------------------

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
# With the glide -w- (âm đệm), written o before a, ă, e and u elsewhere.
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
# After q the u is written always, and so belongs to the onset here.
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
# Without an onset /i/ begins with y before a vowel (yêu), and i before a consonant (ích).
_BARE = {"yê": "m n ng t u", "ia": "-", "y": "-"}
_TONE_FIRST = {"ia", "ua", "ưa"}
_OLD_TONE_FIRST = {"oa", "oe", "uy"}  # hòa beside hoà, when nothing follows

_FRONT = tuple("eêiy")
_ONSETS = frozenset({"b", "c", "ch", "d", "đ", "g", "gh", "gi", "h", "k", "kh", "l", "m", "n", "ng", "ngh"})
_ONSETS |= {"nh", "p", "ph", "r", "s", "t", "th", "tr", "v", "x"}
_LABIAL = {"b", "m", "p", "ph", "v"}
_Y_ONSETS = {"h", "k", "l", "m", "s", "t", "v"}  # kỹ, lý, mỹ, sỹ, tỷ, hy and the name Vy
_STOPS = {"c", "ch", "p", "t"}
_ALL_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
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


def _toned(onset: str, rhyme: _Rhyme) -> set[str]:
    """One onset and rhyme with each tone that it may bear, in both placements."""
    nucleus, end = rhyme
    places = {len(nucleus) - 2 if nucleus in _TONE_FIRST or nucleus == "uya" else len(nucleus) - 1}
    if nucleus in _OLD_TONE_FIRST and not end:
        places.add(0)
    return {
        nfc(onset + nucleus[: place + 1] + tone + nucleus[place + 1 :] + end)
        for tone in (_STOP_TONES if end in _STOPS else _ALL_TONES)
        for place in places
    }


@lru_cache(maxsize=1)
def syllables() -> frozenset[str]:
    """Every legal spelling, lower-case NFC."""
    plain, glided = _table(_RHYMES), _table(_GLIDED)
    pairs = [(onset, rhyme) for onset in _ONSETS for rhyme in (*plain, *glided) if _fits(onset, rhyme)]
    pairs += [("gi", ("ê", end)) for end in ("ng", "c")]
    pairs += [("qu", rhyme) for rhyme in _table(_AFTER_QU)]
    bare = [rhyme for rhyme in plain if rhyme[0] not in {"iê", "ia", "y"}]
    pairs += [("", rhyme) for rhyme in (*bare, *glided, *_table(_BARE))]
    return frozenset().union(*(_toned(onset, rhyme) for onset, rhyme in pairs))


def is_syllable(word: str) -> bool:
    """Whether `word` is spelt as a Vietnamese syllable can be; case and normal form do not matter."""
    return tidy(word).lower() in syllables()


# --- plausible words -----------------------------------------------------------------------------------

_AROUND = re.compile(r"^[^\w]+|[^\w]+$")
_NUMBER = re.compile(r"[\d.,/:%-]*\d[\d.,/:%-]*")
# 12/QĐ-UBND, 21/2026/TT-BCT, 000.00.19.H47-260105-0001
_CODE = re.compile(r"(?=\D*\d)[A-ZĐƯ\d]+(?:[./-][A-ZĐƯ][A-Za-zĐƯ\d]*|[./-]\d+)+")

# A line of a card's or passport's machine-readable zone (ICAO 9303): IDVNM2030003754093203000375<<4
_MACHINE_READABLE = re.compile(r"(?=.*<<)(?=<*[A-Z\d])[A-Z\d<]{28,46}")
_LIST_MARK = re.compile(r"[a-eg-ik-vxyđ]\)")
# The English beside the Vietnamese on identity cards, passports and certificates.
_LABEL = re.compile(
    r"""birth | card | citizen | country | date | day | expiry | family | female | finger | freedom | full
      | given | happiness | identification | identity | independence | index | left | male | month | name
      | nationality | number | origin | passport | personal | place | republic | residence | right | sex
      | signature | socialist | surname | type | viet | year""",
    re.VERBOSE | re.IGNORECASE,
)


def is_machine_readable(word: str) -> bool:
    """Whether `word` has the shape of a line of a card's or passport's machine-readable zone."""
    return bool(_MACHINE_READABLE.fullmatch(word))


def is_plausible(word: str) -> bool:
    """Whether `word` looks like what stands on Vietnamese papers: a syllable, a number, a document's code, a
    list's mark, a card's English label, a line for machines.

    Quotation marks, brackets and stops around it do not count.
    """
    if is_machine_readable(word) or _LIST_MARK.fullmatch(word):
        return True
    core = _AROUND.sub("", word)
    if any(form.fullmatch(core) for form in (_NUMBER, _CODE, _LABEL)):
        return True
    return len(core) > 1 and is_syllable(core)

"""Normal forms of Vietnamese text: Unicode NFC, and one spelling for words that have several.

All functions are pure and accept NFC and NFD.
"""

import re
import unicodedata

from scanflow.text.alphabet import TONE_MARKS


def nfc(text: str) -> str:
    """Return the composed form (Unicode NFC): one character per letter."""
    return unicodedata.normalize("NFC", text)


def normalize(text: str) -> str:
    """Return NFC text in which the Icelandic eth (Ð, U+00D0) is replaced by Đ (U+0110).

    Fonts and recognition models confuse the two letters, which look the same.
    """
    return nfc(text).replace("Ð", "Đ").replace("ð", "đ")  # much faster than str.translate


EDGE_PUNCTUATION = " .,;:!?()[]\"'“”‘’«»…-–—"


def bare_word(text: str) -> str:
    """Return a word without the punctuation before and after it."""
    return text.strip(EDGE_PUNCTUATION)


def without_marks(word: str) -> str:
    """Return a word without tone marks and vowel marks (dấu). The letter đ stays: it is not a marked d."""
    return "".join(
        letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter)
    )


_TONED = {vowel: nfc("".join(vowel + tone for tone in TONE_MARKS)) for vowel in "aeiouy"}
_MISPLACED = re.compile(rf"([{_TONED['o']}])([ae])|([{_TONED['u']}])(y)")
_Y_FOR_I = re.compile(rf"(?<!\w)(qu|[hklmstv])([y{_TONED['y']}])(?!\w)")


def canonical_tone(text: str) -> str:
    """Return lower-case NFC text with the tone of oa, oe and uy on the second vowel (hòa → hoà, thủy → thuỷ).

    Both placements are in use and mean the same.
    """
    return _MISPLACED.sub(_move_tone, text)


def _move_tone(match: re.Match[str]) -> str:
    first, second = match[1] or match[3], match[2] or match[4]
    parts = unicodedata.normalize("NFD", first)
    return parts[0] + nfc(second + parts[1:])


def search_key(text: str) -> str:
    """Return the spelling by which text is compared with its accents.

    Lower-case NFC, with one tone placement (hòa, hoà) and i for a final y after a single consonant
    (kỹ, kĩ). For comparison only: stored text is never rewritten. Idempotent.
    """
    return _Y_FOR_I.sub(_to_i, canonical_tone(nfc(normalize(text).lower())))


def _to_i(match: re.Match[str]) -> str:
    return match[1] + nfc(unicodedata.normalize("NFD", match[2]).replace("y", "i"))

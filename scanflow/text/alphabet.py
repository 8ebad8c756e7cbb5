"""The Vietnamese alphabet: its tone marks, its vowels, and its letters beyond ASCII.

All letters are NFC: each is one character.
"""

import unicodedata

TONE_MARKS = ("\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
"""The five combining tone marks: huyền, sắc, hỏi, ngã, nặng. The sixth tone (ngang) has no mark."""

VOWELS = "aăâeêioôơuưy"
"""The twelve vowel letters, lower case, without tone."""


def _letters() -> tuple[str, ...]:
    toned = (unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONE_MARKS)
    small = (*"ăâđêôơư", *toned)
    return (*small, *(letter.upper() for letter in small))


NON_ASCII_LETTERS: tuple[str, ...] = _letters()
"""The 134 letters, lower case and then upper case, that Vietnamese has beyond ASCII."""

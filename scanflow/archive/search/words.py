"""Splits text into words, and makes the three spellings by which a word is found; for pages and searches."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from scanflow.text.alphabet import TONE_MARKS
from scanflow.text.folding import folded_key
from scanflow.text.normalization import nfc, search_key

WORD = re.compile(r"(?:[^\W_]|[\u0300-\u036f])+")
"""A word in a text: letters and digits, and combining marks without a composed letter."""

_TOKEN = re.compile(r"[^\W_]+")
_LONGEST = 60
"""Characters of a word that are indexed."""
_TONES = dict.fromkeys(map(ord, TONE_MARKS))


@dataclass(frozen=True, slots=True)
class Keys:
    """A word's spellings, from strict to lenient: with its accents, with its vowels but no tones, bare.

    Each has one spelling for what may be written in two ways (hòa, hoà; ký, kí).
    """

    exact: str
    vowel: str
    folded: str


def words_of(text: str) -> list[Keys]:
    """The words of a text in order."""
    return [keys for word in WORD.findall(spelled_out(text)) for keys in keys_of(word)]


@lru_cache(maxsize=100_000)
def keys_of(word: str) -> tuple[Keys, ...]:
    """The keys of one word; several where a character means several words (½), none for punctuation."""
    exact, folded = tokens(search_key(word)), tokens(folded_key(word))
    if len(exact) != len(folded):
        exact = folded
    return tuple(
        Keys(e[:_LONGEST], without_tones(e)[:_LONGEST], f[:_LONGEST])
        for e, f in zip(exact, folded, strict=True)
    )


def without_tones(word: str) -> str:
    """A word without its tone marks; the vowels keep theirs."""
    return nfc(unicodedata.normalize("NFD", word).translate(_TONES))


def spelled_out(text: str) -> str:
    """NFC text in which symbols made of letters are those letters (㎡ as m2)."""
    text = nfc(text)
    if not text.isascii():
        for letter in set(text):
            if not letter.isalnum() and letter > "\u2000" and (letters := _letters_of(letter)):
                text = text.replace(letter, letters)
    return text


@lru_cache(maxsize=4096)
def _letters_of(symbol: str) -> str:
    plain = unicodedata.normalize("NFKC", symbol)
    return plain if any(map(str.isalnum, plain)) else ""


def tokens(text: str) -> list[str]:
    """Runs of letters and digits."""
    return _TOKEN.findall(text)


def code_key(code: str) -> str:
    """The spelling by which numbers of dossiers and papers are compared: folded, letters and digits only."""
    return "".join(tokens(folded_key(code)))


def folded_words(text: str) -> list[str]:
    """The words of a text, bare."""
    return [keys.folded for keys in words_of(text)]


def paper_number(fields: Mapping[str, str]) -> str | None:
    """A paper's own number (số, ký hiệu) in the spelling by which papers are compared; None without one."""
    return folded_key(fields["number"]).replace(" ", "") if fields.get("number") else None


def joined(words: Iterable[str]) -> str:
    """Words as one field of the index, which is cut at spaces."""
    return " ".join(words)

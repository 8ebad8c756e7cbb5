"""Vietnamese alphabetical order (thứ tự bảng chữ cái tiếng Việt), for lists that people read.

Letters decide first (a ă â b c d đ e ê …), then tones in the dictionaries' order (ngang, huyền, hỏi, ngã,
sắc, nặng). Lists of people go by the given name, which is the last word.
"""

import unicodedata

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: rank for rank, letter in enumerate(_LETTERS, start=100)}
_MARKED = {
    (_RANK[plain[0]], plain[1]): _RANK[letter]
    for letter in _LETTERS
    if len(plain := unicodedata.normalize("NFD", letter)) == 2
}
"""The rank of a letter with a vowel mark (ă: a and a breve), by the rank of its base letter and its mark."""

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}

Key = tuple[tuple[int, ...], tuple[int, ...], str]


def vietnamese_key(text: str) -> Key:
    """The key to sort texts by; capitals don't count, and digits and signs come before the letters.

    Letters are compared first, tones only between texts of the same letters.
    """
    ranks: list[int] = []
    tones: list[int] = []
    for mark_or_letter in unicodedata.normalize("NFD", text.casefold()):
        if mark_or_letter in _TONES and tones:
            tones[-1] = _TONES[mark_or_letter]
        elif unicodedata.combining(mark_or_letter) and ranks:
            ranks[-1] = _MARKED.get((ranks[-1], mark_or_letter), ranks[-1])
        else:
            ranks.append(_RANK.get(mark_or_letter, min(ord(mark_or_letter), 99)))
            tones.append(0)
    return tuple(ranks), tuple(tones), text


def name_key(name: str) -> tuple[Key, Key]:
    """The key to sort people's names by: the given name, which is the last word, then the whole name."""
    return vietnamese_key("".join(name.split()[-1:])), vietnamese_key(name)

"""What training lines say where no real texts are at hand: made of what the program comes with.

Prose is a random walk through the counted pairs of syllables (`scanflow/ocr/postcorrection/bigrams.zst`), so
that neighbours are those of laws and decrees though the sentences mean nothing. Names are two legal syllables
with capitals. Nothing is taken from the fixtures, which are to measure by.
"""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import accumulate

from scanflow.ocr.postcorrection.language_model import Language, load_language
from scanflow.text.syllables import syllables

PARAGRAPHS = 6_000
NAMES = 2_000
_FEWEST = 3  # times that a syllable was counted that counts as a word
_TRAINED, _HELD_OUT = 20261127, 20261128  # seeds

PROVINCES = (
    *("Thành phố Hà Nội", "Thành phố Huế", "Thành phố Hải Phòng", "Thành phố Đà Nẵng"),
    *("Thành phố Hồ Chí Minh", "Thành phố Cần Thơ", "Tỉnh Lai Châu", "Tỉnh Điện Biên", "Tỉnh Sơn La"),
    *("Tỉnh Lạng Sơn", "Tỉnh Quảng Ninh", "Tỉnh Thanh Hóa", "Tỉnh Nghệ An", "Tỉnh Hà Tĩnh"),
    *("Tỉnh Cao Bằng", "Tỉnh Tuyên Quang", "Tỉnh Lào Cai", "Tỉnh Thái Nguyên", "Tỉnh Phú Thọ"),
    *("Tỉnh Bắc Ninh", "Tỉnh Hưng Yên", "Tỉnh Ninh Bình", "Tỉnh Quảng Trị", "Tỉnh Quảng Ngãi"),
    *("Tỉnh Gia Lai", "Tỉnh Khánh Hòa", "Tỉnh Lâm Đồng", "Tỉnh Đắk Lắk", "Tỉnh Đồng Nai"),
    *("Tỉnh Tây Ninh", "Tỉnh Vĩnh Long", "Tỉnh Đồng Tháp", "Tỉnh Cà Mau", "Tỉnh An Giang"),
)
"""The 34 provinces and cities of July 2025."""


def made_prose(*, held_out: bool) -> list[str]:
    """Paragraphs of 20 to 60 syllables; the held-out ones are of another walk."""
    language = load_language()
    rng = random.Random(_HELD_OUT if held_out else _TRAINED)
    followers = _followers(language)
    starts = list(followers)
    weights = list(accumulate(language.alone.get(start, 1) for start in starts))
    return [_paragraph(followers, starts, weights, rng) for _ in range(PARAGRAPHS)]


def made_words() -> list[str]:
    """Syllables that were counted more than once or twice."""
    return sorted(
        word for word, count in load_language().alone.items() if count >= _FEWEST and word.isalpha()
    )


def made_names() -> list[str]:
    """Given names: two legal syllables, whatever they mean."""
    rng = random.Random(_TRAINED)
    legal = sorted(syllables())
    return [" ".join(word.capitalize() for word in rng.choices(legal, k=2)) for _ in range(NAMES)]


_Followers = Mapping[str, tuple[Sequence[str], Sequence[int]]]


def _followers(language: Language) -> _Followers:
    """For each syllable those that were counted behind it, and their counts summed up."""
    behind: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for first, second, count in language.pairs():
        if first.isalpha() and second.isalpha():
            behind[first].append((second, count))
    return {
        first: ([word for word, _ in pairs], list(accumulate(count for _, count in pairs)))
        for first, pairs in behind.items()
    }


def _paragraph(
    followers: _Followers, starts: Sequence[str], weights: Sequence[int], rng: random.Random
) -> str:
    words: list[str] = []
    length = rng.randint(20, 60)
    while len(words) < length:
        if words and words[-1] in followers:
            choices, sums = followers[words[-1]]
            words += rng.choices(choices, cum_weights=sums)
        else:
            words += rng.choices(starts, cum_weights=weights)
    text = " ".join(word + rng.choice(",;.") if rng.random() < 0.06 else word for word in words)
    return text[0].upper() + text[1:] + "."

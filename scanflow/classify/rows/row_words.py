"""The words of titles in published lists: their weights by frequency, and abbreviations written out."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from scanflow.text.folding import fold

# Added to each count: a word of no list weighs as one that occurs in half a title.
UNSEEN = 0.5
_WORD = re.compile(r"[^\W_]+")
_ABBREVIATIONS = {
    short: tuple(long.split())
    for short, long in (
        ("ubnd", "uy ban nhan dan"),
        ("hdnd", "hoi dong nhan dan"),
        ("gcn", "giay chung nhan"),
        ("qsdd", "quyen su dung dat"),
        ("bhxh", "bao hiem xa hoi"),
        ("bhyt", "bao hiem y te"),
        ("tnhh", "trach nhiem huu han"),
        ("cccd", "can cuoc cong dan"),
        ("cmnd", "chung minh nhan dan"),
        ("dkkd", "dang ky kinh doanh"),
        ("pccc", "phong chay chua chay"),
    )
}


@dataclass(frozen=True)
class WordWeights:
    """The weights of folded words (inverse document frequency): low for a word that many titles have.

    `titles` is the number of all titles, `counts` that of titles with each word.
    """

    titles: int
    counts: Mapping[str, int]

    def weight(self, word: str) -> float:
        return math.log((self.titles + 1) / (self.counts.get(word, 0) + UNSEEN))


@lru_cache(maxsize=1)
def common_words() -> WordWeights:
    """How many titles of the published lists have each folded word (`title_words.json`, decision 19)."""
    raw = json.loads(Path(__file__).with_name("title_words.json").read_text(encoding="utf-8"))
    return WordWeights(raw["titles"], raw["counts"])


def words_of(text: str) -> list[str]:
    """The folded words of a text, common abbreviations written out."""
    words: list[str] = []
    for word in _WORD.findall(fold(text)):
        words += _ABBREVIATIONS.get(word, (word,))
    return words

"""Count which syllables follow each other, for scanflow/ocr/postcorrection/language_model.py.

    python -m training.bigrams --words bi_grams.txt [--data FOLDER]

All counts come from real texts (training/corpus.py): laws and decrees, the Universal Declaration of Human
Rights, procedures of the national portal and blank forms. Official texts are not protected by copyright (Luật
Sở hữu trí tuệ, Điều 15). `--words` is a list of words of two syllables, each of which counts twice:
deepai_nlp/tokenization/bi_grams.txt of the package deepai-nlp 1.0.0 (MIT).

In procedures a pair counts as often as there are fields of administration (lĩnh vực) that have it, from two
on; the forms are one more field. The portal repeats its sentences in hundreds of procedures and has typing
errors: counted one by one, its words would outweigh all others ("ở đâu" would become "ở đậu").

Only pairs of syllables are kept, in small letters. Pairs of two words in capitals (QUỐC TẾ) are counted like
others; pairs of two initials (Bộ Tài) only from two laws or fields on, and not behind a family name, so that
the counts hold no names of persons. The names of provinces and districts are counted too. Neither the
fixtures nor the profiles are counted: readings are measured by them.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import zstandard

from scanflow.ocr.postcorrection.language_model import COUNTS
from scanflow.text.normalization import nfc, without_marks
from scanflow.text.surnames import is_surname
from training.corpus import DATA, form_lines, legal_files, place_names, procedure_fields, read_text

WORD_COUNT = 2
"""What each word of the list counts."""

PROVINCE_COUNT = 4
"""What each name of a province counts: papers of every field name them. A district counts once."""

_FEWEST_FIELDS = 2
_TOKEN = re.compile(r"[^\W\d_]+|\S")

Pairs = Counter[tuple[str, str]]


def main() -> None:
    """Write the counts and print how many there are."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the real texts")
    options = parser.parse_args()
    pairs = count_texts(options.data)
    for pair in read_words(options.words):
        pairs[pair] += WORD_COUNT
    COUNTS.write_bytes(zstandard.compress(tables(pairs).encode(), 19))
    print(f"{sum(pairs.values())} pairs, {len(pairs)} of them different: {COUNTS.stat().st_size} bytes")


def tables(pairs: Pairs) -> str:
    """Return the counts in the form of `language_model.COUNTS`."""
    alone: Counter[str] = Counter()
    rows: dict[str, list[str]] = {}
    for (first, second), count in sorted(pairs.items()):
        alone[second] += count
        rows.setdefault(first, [first]).extend((second, str(count)))
    alike: dict[str, list[str]] = {}
    for word, count in sorted(alone.items()):
        letters = without_marks(word)
        alike.setdefault(letters, [letters]).extend((word, str(count)))
    return "\n".join(["\t".join(row) for row in (*alike.values(), [], *rows.values())])


def count_texts(data: Path) -> Pairs:
    """Return how often one syllable follows another in laws, plus in how many fields of administration, plus
    for each province and district.

    "" stands for a sentence's start.
    """
    laws = count_laws(data)
    portal: Pairs = Counter()
    initials: Pairs = Counter()
    for lines in (*procedure_fields(data).values(), form_lines(data)):
        portal.update({pair for line in lines for pair in _pairs(line)})
        initials.update({pair for line in lines for pair in _initials(line)})
    for path in legal_files(data):
        initials.update(set(_initials(read_text(path))))
    places: Pairs = Counter()
    for name, is_province in place_names(data).items():
        for pair in pairwise(name.lower().split()):
            places[pair] += PROVINCE_COUNT if is_province else 1
    usual: Pairs = Counter({pair: count for pair, count in portal.items() if count >= _FEWEST_FIELDS})
    named: Pairs = Counter({pair: count for pair, count in initials.items() if count >= _FEWEST_FIELDS})
    return laws + usual + named + places


def count_laws(data: Path) -> Pairs:
    """Return the same of laws, decrees and the Declaration alone, without pairs of two initials."""
    return _count(map(read_text, [*legal_files(data), data / "text" / "udhr_vi.txt"]))


def _count(texts: Iterable[str]) -> Pairs:
    pairs: Pairs = Counter()
    for text in texts:
        pairs.update(_pairs(text))
    return pairs


def read_words(path: Path) -> list[tuple[str, str]]:
    """Return the words of two syllables in a Python set literal."""
    found = re.findall("'([^']+)'", nfc(path.read_text(encoding="utf-8")))
    pairs = [tuple(word.split()) for word in found]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(map(str.isalpha, pair))]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Neighbours within a sentence, but for two initials; an empty first one stands for its beginning."""
    for first, second in _neighbours(text):
        if not (_is_initial(first) and _is_initial(second)):
            yield first.lower(), second.lower()


def _initials(text: str) -> Iterator[tuple[str, str]]:
    """Neighbours that both have an initial, up to the first family name of each run."""
    person = False
    for first, second in _neighbours(text):
        if not (_is_initial(first) and _is_initial(second)):
            person = False
            continue
        person = person or is_surname(first)
        if not person:
            yield first.lower(), second.lower()


def _neighbours(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        previous = ""
        for token in _TOKEN.findall(line):
            if not token.isalpha():
                previous = ""
                continue
            yield previous, token
            previous = token


def _is_initial(word: str) -> bool:
    """Whether a word begins with a capital and isn't in capitals; a single capital may be either."""
    return word[:1].isupper() and not (len(word) > 1 and word.isupper())


if __name__ == "__main__":
    main()

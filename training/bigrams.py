"""Counts which syllables follow each other, for scanflow/ocr/postcorrection/language_model.py.

    python -m training.bigrams --words bi_grams.txt FOLDER_OR_FILE ...

`--words` is a list of words of two syllables, each counts twice: deepai_nlp/tokenization/bi_grams.txt of the
package deepai-nlp 1.0.0 (MIT). The texts were `text/legal` and `text/udhr_vi.txt` of the
extra files (fixtures/extra.py): laws and decrees, which belong to nobody (Luật Sở hữu trí tuệ, Điều 15).
Then what our own profiles say and, three
times, standing phrases of letters and forms (phrases.txt); not the fixtures, they are to measure by. Only
pairs of syllables are kept, none of two capitalized ones: those are
names. Pairs seen once are kept as well: the texts are few.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import zstandard

from scanflow.ocr.postcorrection.language_model import COUNTS
from scanflow.text.normalization import nfc

ROOT = Path(__file__).resolve().parents[1]
_PHRASES = 3  # so often each phrase counts
_TOKEN = re.compile(r"[^\W\d_]+|\S")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    options = parser.parse_args()
    pairs: Counter[tuple[str, str]] = Counter()
    for text in [*_files(options.texts), *_own()]:
        pairs.update(_pairs(text))
    for pair in _pairs(_phrases()):
        pairs[pair] += _PHRASES
    if options.words:
        pairs.update(_words(options.words) * 2)
    lines = "".join(f"{first}\t{second}\t{count}\n" for (first, second), count in sorted(pairs.items()))
    COUNTS.write_bytes(zstandard.compress(lines.encode(), 19))
    print(f"{sum(pairs.values())} pairs, {len(pairs)} of them different: {COUNTS.stat().st_size} bytes")


def _files(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for file in sorted(path.glob("*.txt")) if path.is_dir() else [path]:
            yield file.read_text(encoding="utf-8")


def _words(path: Path) -> list[tuple[str, str]]:
    """A set of words as Python writes one."""
    found = re.findall("'([^']+)'", nfc(path.read_text(encoding="utf-8")))
    pairs = [tuple(word.split()) for word in found]
    return [(pair[0], pair[1]) for pair in pairs if len(pair) == 2 and all(map(str.isalpha, pair))]


def _own() -> Iterator[str]:
    """What our profiles say."""
    for path in sorted((ROOT / "profiles").rglob("*.yaml")):
        yield path.read_text(encoding="utf-8")


def _phrases() -> str:
    lines = (ROOT / "training" / "phrases.txt").read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("#"))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Neighbours within a sentence; an empty first one stands for its beginning."""
    for line in nfc(text).splitlines():
        previous = ""
        for token in _TOKEN.findall(line):
            if not token.isalpha():
                previous = ""
                continue
            if not (previous[:1].isupper() and token[0].isupper()):
                yield previous.lower(), token.lower()
            previous = token


if __name__ == "__main__":
    main()

"""Standard abbreviations (UBND) and the words that they stand for, from `abbreviations.txt`."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from scanflow.archive.search.words import Keys, words_of

PATH = Path(__file__).parent / "abbreviations.txt"


@cache
def abbreviations() -> Mapping[str, Sequence[Keys]]:
    """The words of each abbreviation; the keys are folded."""
    found = {}
    for line in PATH.read_text(encoding="utf-8").splitlines():
        short, _, long = line.partition("\t")
        if long and not line.startswith("#"):
            [keys] = words_of(short)
            found[keys.folded] = tuple(words_of(long))
    return found

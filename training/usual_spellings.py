"""List the spellings that are usual among syllables with the same letters: for judging text layers.

    python -m training.usual_spellings --words bi_grams.txt [--data FOLDER]

Of syllables that differ in their marks only, one may be a hundred times as common as another (phố, phô): a
text full of the rare ones was misread. Counted in laws and in the list of words that training/bigrams.py
takes; not in the portal's procedures, which repeat the words of a few fields so often that common words of
other fields would seem rare. Writes `scanflow/text/usual_spellings.txt`.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from scanflow.text.normalization import without_marks
from scanflow.text.spelling_frequency import USUAL_SPELLINGS
from training.bigrams import WORD_COUNT, count_laws, read_words
from training.corpus import DATA

KNOWN = 50
"""How often the commonest spelling of the same letters must stand in the texts."""

RARE = 30
"""A spelling is unusual where the commonest one is more than so many times as frequent."""


def main() -> None:
    """Write the usual spellings in alphabetical order."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--words", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the real texts")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    for (_, syllable), count in count_laws(options.data).items():
        counts[syllable] += count
    for _, syllable in read_words(options.words):
        counts[syllable] += WORD_COUNT
    USUAL_SPELLINGS.write_text("".join(f"{syllable}\n" for syllable in usual(counts)), encoding="utf-8")


def usual(counts: Counter[str]) -> list[str]:
    """Return the usual ones among counted syllables, sorted."""
    alike: dict[str, list[str]] = defaultdict(list)
    for syllable in counts:
        alike[without_marks(syllable)].append(syllable)
    return sorted(
        syllable
        for syllables in alike.values()
        if (most := max(counts[each] for each in syllables)) >= KNOWN
        for syllable in syllables
        if counts[syllable] * RARE >= most
    )


if __name__ == "__main__":
    main()

"""The spellings that are usual among syllables with the same letters: for judging text layers.

    python -m training.usual_spellings

Made from the counts of `ocr/postcorrection/bigrams.zst`; writes `scanflow/text/usual_spellings.txt`. Of
syllables that differ by their marks only, one may be a hundred times as common as another (phố, phô): a text
full of the rare ones was misread.
"""

from collections import defaultdict

from scanflow.ocr.postcorrection.language_model import load_language
from scanflow.text.normalization import without_marks
from scanflow.text.spelling_frequency import USUAL_SPELLINGS

KNOWN = 50  # times that the commonest of them must have been seen
RARE = 30  # times as common as a rare one is the commonest


def main() -> None:
    """Write the list: the usual syllables in the order of the alphabet."""
    counts = load_language().alone
    alike: dict[str, list[str]] = defaultdict(list)
    for syllable in counts:
        alike[without_marks(syllable)].append(syllable)
    usual = []
    for syllables in alike.values():
        most = max(counts[syllable] for syllable in syllables)
        if most >= KNOWN:
            usual += [syllable for syllable in syllables if counts[syllable] * RARE >= most]
    USUAL_SPELLINGS.write_text("\n".join(sorted(usual)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

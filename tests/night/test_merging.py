"""Pages merged from two readings: each word comes from one of them and stands on its line."""

from dataclasses import replace
from itertools import groupby

from scanflow.model import Box, Word
from scanflow.night.readings.merging import merged
from scanflow.night.readings.score import compare


def page(*lines: str, confidence: float = 0.97) -> list[Word]:
    """Words at even places; one that begins with `?` is doubtful, `_` is a gap."""
    return [
        Word(
            text.lstrip("?"),
            Box(40.0 * no, 30.0 * row, 40.0 * no + 32, 30.0 * row + 12),
            0.2 if text.startswith("?") else confidence,
            row,
            0,
        )
        for row, line in enumerate(lines)
        for no, text in enumerate(line.split())
        if text != "_"
    ]


def text(old: list[Word], new: list[Word]) -> list[str]:
    found = merged(old, new, compare(old, new))
    lines = groupby(found, key=lambda word: (word.block, word.line))
    return [" ".join(word.text for word in line) for _, line in lines]


def test_each_place_has_the_likelier_reading() -> None:
    old = page("Căn cứ ?Lnật đất đai", "sử dụng đất ở đô thị")
    new = page("Căn cứ Luật đất ?đại", "sử ?dnng đất ở đô thị", confidence=0.995)
    assert text(old, new) == ["Căn cứ Luật đất đai", "sử dụng đất ở đô thị"]


def test_what_only_the_old_reading_has_comes_back_to_its_line() -> None:
    old, new = page("một hai ba bốn năm"), page("một _ ba _ năm", confidence=0.995)
    assert text(old, new) == ["một hai ba bốn năm"]
    # Also where the new reading has no such line, and where it is doubtful: then it stays away.
    assert text(page("trên", "giữa đây", "dưới"), page("trên", "", "dưới")) == ["trên", "giữa đây", "dưới"]
    assert text(page("một ?}{ ba"), page("một _ ba")) == ["một ba"]


def test_one_word_instead_of_several_and_several_instead_of_one() -> None:
    joined = replace(page("giảiquyết")[0], box=Box(0, 0, 72, 12), confidence=0.3)
    split = page("giải quyết hồ", confidence=0.995)
    assert text([joined, split[2]], split) == ["giải quyết hồ"]
    old = page("giải quyết hồ")
    assert text(old, [replace(joined, confidence=0.1), old[2]]) == ["giải quyết hồ"]


def test_lines_are_those_of_the_new_reading() -> None:
    # The older reader had cut the line at a seal.
    old = [
        replace(word, block=word.block + 5 * (no > 2)) for no, word in enumerate(page("một hai ba bốn năm"))
    ]
    new = page("một hai ba bốn ?nàm", confidence=0.995)
    assert text(old, new) == ["một hai ba bốn năm"]


def test_nothing_is_changed_where_both_say_the_same() -> None:
    old, new = page("một hai", "ba bốn"), page("một hai", "ba bốn", confidence=0.9)
    assert list(merged(old, new, compare(old, new))) == new

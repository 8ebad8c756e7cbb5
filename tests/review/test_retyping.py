"""A typed line is aligned with the words of the line that it replaces."""

import pytest

from scanflow.errors import UsageError
from scanflow.model import Word
from scanflow.review.corrections.retyping import retyped
from tests.review.filing import words_of


def line(text: str) -> tuple[Word, ...]:
    return words_of([text], doubtful=text.split())


def test_changed_words_keep_their_place_and_what_was_read() -> None:
    old = line("Nguyen Thị Hoa")
    made = retyped(old, "Nguyễn Thị  Hoa")
    assert [word.text for word in made] == ["Nguyễn", "Thị", "Hoa"]
    assert [word.raw for word in made] == ["Nguyen", None, None]
    assert [word.box for word in made] == [word.box for word in old]
    assert {word.confidence for word in made} == {1.0}
    again = retyped(made, "Nguyên Thị Hoa")
    assert again[0].raw == "Nguyen"  # the engine's reading, not the correction before


def test_one_word_becomes_two_within_its_place_and_back() -> None:
    old = line("mộthai ba")
    made = retyped(old, "một hai ba")
    assert [(word.text, word.raw) for word in made] == [("một", "mộthai"), ("hai", ""), ("ba", None)]
    assert made[0].box.left == old[0].box.left and made[1].box.right == pytest.approx(old[0].box.right)
    assert made[0].box.right < made[1].box.left
    (joined, rest) = retyped(line("một hai ba"), "mộthai ba")
    assert (joined.text, joined.raw, rest.text) == ("mộthai", "một hai", "ba")


def test_words_are_put_in_and_left_out() -> None:
    made = retyped(line("một ba"), "một hai ba bốn")
    assert [word.text for word in made] == ["một", "hai", "ba", "bốn"]
    assert all(word.box.width >= 1 for word in made)
    assert [word.text for word in retyped(line("một hai ba"), "một ba")] == ["một", "ba"]
    assert retyped(line("một"), "  ") == []


def test_what_is_typed_is_cleaned_and_bounded() -> None:
    assert [word.text for word in retyped(line("a"), "e\u0302\x00\x1b[31m x")] == ["ê", "[31m", "x"]
    with pytest.raises(UsageError):
        retyped(line("a"), "x" * 1000)
    with pytest.raises(UsageError):
        retyped(line("a"), "x " * 1000)

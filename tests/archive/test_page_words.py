"""Words as an object, and the text made of them."""

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from scanflow.archive.documents.page_words import (
    PageWords,
    decode_words,
    encode_words,
    page_text,
    searchable_text,
)
from scanflow.errors import StoreError
from scanflow.model import Box, Seal, Word

_SIDE = st.integers(-100, 20_000).map(lambda tenths: tenths / 10)
_NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_WORD = st.builds(
    Word,
    text=_NAME,
    box=st.builds(Box, _SIDE, _SIDE, _SIDE, _SIDE),
    confidence=st.integers(0, 1000).map(lambda thousandths: thousandths / 1000),
    block=st.integers(0, 50),
    line=st.integers(0, 200),
    raw=st.none() | _NAME,
    kind=st.sampled_from(["print", "handwriting"]),
)
_PAGE = st.builds(
    PageWords,
    st.tuples(_SIDE, _SIDE),
    st.lists(_WORD, max_size=6).map(tuple),
    _NAME,
    st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    dpi=st.none() | st.tuples(_SIDE, _SIDE, st.sampled_from(["measured", "assumed"])),
    stated_dpi=st.none() | st.tuples(_SIDE, _SIDE),
    seals=st.lists(
        st.builds(
            Seal,
            st.builds(Box, _SIDE, _SIDE, _SIDE, _SIDE),
            st.sampled_from(["round", "rectangular"]),
            st.sampled_from(["red", "blue", "grey"]),
        ),
        max_size=2,
    ).map(tuple),
)


@given(st.lists(_PAGE, max_size=3).map(tuple))
def test_words_come_back(pages: tuple[PageWords, ...]) -> None:
    data = encode_words(pages)
    assert decode_words(data) == pages
    assert encode_words(decode_words(data)) == data


def test_boxes_and_confidences_are_rounded() -> None:
    word = Word("Hòa", Box(1.04, 2.06, 3.449999, 4.0), 0.98765, 0, 0)
    [page] = decode_words(encode_words([PageWords((595.27559, 841.88976), (word,), "e")]))
    assert page.size == (595.3, 841.9)
    assert page.words == (Word("Hòa", Box(1.0, 2.1, 3.4, 4.0), 0.988, 0, 0),)


def test_an_object_is_small() -> None:
    words = [
        Word(
            f"chữ{n % 97}",
            Box(n % 13 * 40.1, n // 13 * 14.3, n % 13 * 40.1 + 33.3, n // 13 * 14.3 + 11),
            0.9,
            0,
            n,
        )
        for n in range(500)
    ]
    assert len(encode_words([PageWords((595.3, 841.9), tuple(words), "e")])) < 12_000


def test_an_object_of_an_earlier_version_has_no_seals() -> None:
    page = b'{"schema": 1, "pages": [{"size": [595.3, 841.9], "engine": "e", "words": []}]}'
    assert decode_words(zstandard.compress(page))[0].seals == ()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zstandard",
        zstandard.compress(b"no json"),
        zstandard.compress(b'{"pages": []}'),
        zstandard.compress(b'{"schema": 2, "pages": []}'),
        zstandard.compress(b'{"schema": 1, "pages": [{"size": [1, 2], "engine": "", "words": [["x"]]}]}'),
        encode_words([])[:-1],
    ],
)
def test_a_file_that_is_no_words_object_is_refused(data: bytes) -> None:
    with pytest.raises(StoreError):
        decode_words(data)


def test_text_has_lines_and_blocks() -> None:
    places = [("a", 0, 0), ("b", 0, 0), ("c", 0, 1), ("d", 1, 1), ("e", 1, 2)]
    words = [Word(text, Box(0, 0, 1, 1), 1, block, line) for text, block, line in places]
    assert page_text(words) == "a b\nc\n\nd\ne\n"
    assert page_text([]) == ""


def test_what_a_pen_wrote_is_kept_and_is_no_part_of_the_text() -> None:
    box = Box(0, 0, 1, 1)
    words = (Word("Số:", box, 0.99, 0, 0), Word("MS", box, 0.2, 0, 0, kind="handwriting"))
    [page] = decode_words(encode_words([PageWords((595.0, 842.0), words, "e")]))
    assert page.words == words
    assert page_text(words) == "Số:\n"
    assert page_text(words[1:]) == ""


def test_a_stamp_is_no_part_of_the_text_but_is_found() -> None:
    box = Box(0, 0, 10, 10)
    words = [
        Word("Điều", box, 0.9, 0, 0),
        Word("ĐẾN", box, 0.9, 1, 0, kind="stamp"),
        Word("24", box, 0.3, 1, 0, kind="handwriting"),
    ]
    assert page_text(words) == "Điều\n"
    assert searchable_text(words) == "Điều\n\nĐẾN\n"
    (page,) = decode_words(encode_words([PageWords((100, 100), tuple(words), "t")]))
    assert [word.kind for word in page.words] == ["print", "stamp", "handwriting"]

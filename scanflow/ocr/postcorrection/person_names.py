"""Finds persons' names among the words of a page, which must not be corrected by counts of other texts.

A name may be any sequence of syllables, so counts of administrative texts say nothing about its spelling.
These words count as names ("capitalized": with a capital initial or all in capitals):

- capitalized words after a label (`Họ và tên:`, `Người ký:`, `Ông`, `Bà`);
- a capitalized family name and the capitalized words after it. Not if the counts have it with the next word
  (thi hành, An Giang) or with the capitalized word before it (THÀNH PHỐ), or if it follows the kind of a
  place (TỈNH LÂM ĐỒNG);
- a whole line of two to five words with capital initials, as below a signature, unless the counts have all
  its pairs.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from scanflow.model import Word
from scanflow.text.folding import fold
from scanflow.text.normalization import bare_word
from scanflow.text.surnames import begins_with_surname, is_surname


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Tests whether a pair of syllables is usual in texts: as it was read, or in any spelling."""

    as_read: Callable[[str, str], bool]
    in_any_spelling: Callable[[str, str], bool]


# Folded texts (`fold`).
_LABELS = re.compile(
    r"(?:^| )(?:ho va ten|ho,? (?:chu dem|ten dem)[a-z, ]*ten|ho ten|nguoi ky|ky boi|ky ten|chu ho|ten cha"
    r"|ten me|ong|ba|ong/ba|ong \(ba\)|dong chi|d/c)[^:]{0,40}(?::|$)"
)
_ADDRESSED = {"ong", "ba", "ong/ba", "anh", "chi", "d/c"}
_PLACE_KINDS = {"tinh", "pho", "huyen", "quan", "xa", "phuong"}
_LONGEST = 4  # words of a name in running text, the family name included
_SIGNED = range(2, 6)  # words of a line that is a name and nothing else


def name_places(words: Sequence[Word], known: KnownPairs) -> set[int]:
    """The indices of words that may belong to a person's name."""
    found: set[int] = set()
    numbered = enumerate(words)
    for _, group in groupby(numbered, key=lambda item: (item[1].block, item[1].line)):
        line = list(group)
        found |= set(_after_labels(line)) | set(_from_surnames(line, known)) | set(_signed(line, known))
    return found


_Numbered = Sequence[tuple[int, Word]]


def _after_labels(line: _Numbered) -> Iterator[int]:
    """The indices of capitalized words after a label, up to the next word that is not capitalized."""
    text = ""
    for place, (_, word) in enumerate(line):
        text = f"{text} {fold(word.text)}".strip()
        addressed = fold(bare_word(word.text)) in _ADDRESSED and _is_capitalized(bare_word(word.text))
        if addressed or (text.endswith(":") and _LABELS.search(text)):
            for index, following in line[place + 1 :]:
                if not _is_capitalized(bare_word(following.text)):
                    break
                yield index


def _from_surnames(line: _Numbered, known: KnownPairs) -> Iterator[int]:
    """The indices of capitalized family names and of the capitalized words after them."""
    for place, (_, word) in enumerate(line):
        plain = bare_word(word.text)
        if not _is_capitalized(plain) or not begins_with_surname(plain):
            continue
        before = bare_word(line[place - 1][1].text) if place else ""
        is_usual = _is_capitalized(before) and known.in_any_spelling(before, plain)
        if fold(before) in _PLACE_KINDS or is_usual:
            continue
        name = [line[place]]
        for index, following in line[place + 1 : place + _LONGEST]:
            if not _is_capitalized(bare_word(following.text)) or name[-1][1].text[-1:] in ".,;:":
                break
            name.append((index, following))
        test = known.as_read if is_surname(plain) else known.in_any_spelling
        if len(name) > 1 and not test(plain, bare_word(name[1][1].text)):
            yield from (index for index, _ in name)


def _signed(line: _Numbered, known: KnownPairs) -> Iterator[int]:
    """The indices of a line's words if the whole line may be a signer's name."""
    plain = [bare_word(word.text) for _, word in line]
    alone = len(line) in _SIGNED and all(map(str.istitle, plain))
    if alone and not all(known.in_any_spelling(first, second) for first, second in pairwise(plain)):
        yield from (index for index, _ in line)


def _is_capitalized(plain: str) -> bool:
    return plain[:1].isupper()

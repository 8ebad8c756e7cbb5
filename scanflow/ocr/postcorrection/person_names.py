"""Places of persons' names among the words of a page, which no correction by counts may touch.

A name is any string of syllables: counts of administrative texts say nothing about it. So these places
count as names:

- words with capitals after a label (`Họ và tên:`, `Người ký:`, `Ông`, `Bà`);
- a family name with capitals and the words with capitals behind it, unless it is counted with the next word
  (thi hành, An Giang) or with the word with a capital before it (THÀNH PHỐ) as other text, or stands behind
  the kind of a place (TỈNH LÂM ĐỒNG);
- a whole line of two to five words with initials, as below a signature, unless all its pairs are counted.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from scanflow.model import Word
from scanflow.text.folding import fold
from scanflow.text.surnames import begins_with_surname, is_surname


@dataclass(frozen=True, slots=True)
class KnownPairs:
    """Which pairs of syllables are counted as other text than names: as read, or in any spelling."""

    as_read: Callable[[str, str], bool]
    in_any_spelling: Callable[[str, str], bool]


_EDGES = " .,;:!?()[]\"'“”‘’«»…-–—"
_LABELS = re.compile(
    r"(?:^| )(?:ho va ten|ho,? (?:chu dem|ten dem)[a-z, ]*ten|ho ten|nguoi ky|ky boi|ky ten|chu ho|ten cha"
    r"|ten me|ong|ba|ong/ba|ong \(ba\)|dong chi|d/c)[^:]{0,40}(?::|$)"
)
_ADDRESSED = {"ong", "ba", "ong/ba", "anh", "chi", "d/c"}
_KINDS = {"tinh", "pho", "huyen", "quan", "xa", "phuong"}
_LONGEST = 4  # words of a name, the family name included; further ones are guarded by the line's rule
_SIGNED = range(2, 6)  # words of a line that is a name and nothing else


def name_places(words: Sequence[Word], known: KnownPairs) -> set[int]:
    """The indices of words that may belong to a person's name."""
    found: set[int] = set()
    numbered = enumerate(words)
    for _, group in groupby(numbered, key=lambda item: (item[1].block, item[1].line)):
        line = list(group)
        found |= set(_after_labels(line)) | set(_behind_surnames(line, known)) | set(_signed(line, known))
    return found


_Numbered = Sequence[tuple[int, Word]]


def _after_labels(line: _Numbered) -> Iterator[int]:
    """Words with capitals behind a label, up to the next word without."""
    said = ""
    for place, (_, word) in enumerate(line):
        said = f"{said} {fold(word.text)}".strip()
        addressed = fold(_plain(word)) in _ADDRESSED and _is_capital(_plain(word))
        if addressed or (said.endswith(":") and _LABELS.search(said)):
            for index, following in line[place + 1 :]:
                if not _is_capital(_plain(following)):
                    break
                yield index


def _behind_surnames(line: _Numbered, known: KnownPairs) -> Iterator[int]:
    """A family name and what follows it with capitals."""
    for place, (_, word) in enumerate(line):
        plain = _plain(word)
        if not _is_capital(plain) or not begins_with_surname(plain):
            continue
        before = _plain(line[place - 1][1]) if place else ""
        if fold(before) in _KINDS or (_is_capital(before) and known.in_any_spelling(before, plain)):
            continue
        run = [line[place]]
        for index, following in line[place + 1 : place + _LONGEST]:
            if not _is_capital(_plain(following)) or run[-1][1].text[-1:] in ".,;:":
                break
            run.append((index, following))
        test = known.as_read if is_surname(plain) else known.in_any_spelling
        if len(run) > 1 and not test(plain, _plain(run[1][1])):
            yield from (index for index, _ in run)


def _signed(line: _Numbered, known: KnownPairs) -> Iterator[int]:
    """The words of a line that may be a signer's name."""
    plain = [_plain(word) for _, word in line]
    alone = len(line) in _SIGNED and all(map(str.istitle, plain))
    if alone and not all(known.in_any_spelling(first, second) for first, second in pairwise(plain)):
        yield from (index for index, _ in line)


def _plain(word: Word) -> str:
    return word.text.strip(_EDGES)


def _is_capital(plain: str) -> bool:
    return plain[:1].isupper()

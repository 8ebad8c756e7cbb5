"""Maps a line as a person typed it to the words that were read there: new words get a place on the page.

The engine's own reading stays beside each word that was changed.
"""

from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from scanflow.errors import UsageError
from scanflow.model import Box, Word, union
from scanflow.text.normalization import nfc

MOST_WORDS = 400
LONGEST_WORD = 200
_LEAST_WIDTH = 1.0


def retyped(words: Sequence[Word], text: str) -> list[Word]:
    """The words of a line (at least one) as `text` has them; all are certain, because a person read them.

    Words that `text` lacks are dropped. Raises UsageError for more text than fits on a line.
    """
    tokens = "".join(char if char.isprintable() else " " for char in nfc(text)).split()
    if len(tokens) > MOST_WORDS or any(len(token) > LONGEST_WORD for token in tokens):
        raise UsageError("that is more than fits on a line", "Nội dung dài quá một dòng. Hãy kiểm tra lại.")
    made: list[Word] = []
    matcher = SequenceMatcher(None, [word.text for word in words], tokens, autojunk=False)
    for kind, begin, end, first, last in matcher.get_opcodes():
        old, new = words[begin:end], tokens[first:last]
        if kind == "equal":
            made += [_certain(word, word.text) for word in old]
        elif len(old) == len(new):
            made += [_certain(word, token) for word, token in zip(old, new, strict=True)]
        elif new:
            made += _placed(old, new, made[-1] if made else None, words[end] if end < len(words) else None)
    return made


def _certain(word: Word, text: str) -> Word:
    raw = word.raw if word.raw is not None or text == word.text else word.text
    return replace(word, text=text, raw=raw, confidence=1.0, kind="print", by_person=True)


def _placed(old: Sequence[Word], new: Sequence[str], before: Word | None, after: Word | None) -> list[Word]:
    """New words in the place of old ones, or between their neighbours; widths follow the number
    of letters.
    """
    beside = before or after
    if old:
        room, like = union([word.box for word in old]), old[0]
    elif beside is not None:
        left = before.box.right if before else beside.box.left - _LEAST_WIDTH
        right = after.box.left if after else left + _LEAST_WIDTH
        room = Box(left, beside.box.top, max(right, left + _LEAST_WIDTH), beside.box.bottom)
        like = beside
    else:
        raise ValueError("a line without words")
    raws = [" ".join(word.text if word.raw is None else word.raw for word in old), *[""] * (len(new) - 1)]
    letters = sum(map(len, new)) + len(new) - 1
    made: list[Word] = []
    at = 0
    for token, raw in zip(new, raws, strict=True):
        left = room.left + room.width * at / letters
        right = room.left + room.width * (at + len(token)) / letters
        box = Box(left, room.top, right, room.bottom)
        made.append(replace(like, text=token, box=box, confidence=1.0, raw=raw, kind="print", by_person=True))
        at += len(token) + 1
    return made

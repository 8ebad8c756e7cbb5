"""The dictionary of a Tesseract model: graphs (DAWGs) of words, of numbers, and of punctuation around both.

Tesseract prefers a reading that is in its dictionary, and gives it a higher confidence.
"""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

_MAGIC = 42
_LAST, _BACKWARD, _END = 1, 2, 4  # flags of an edge
_FLAGS = 3  # bits
_PLACE = 0  # in patterns this letter stands for a whole word (punctuation) or for any digit (numbers)

Edges = dict[int, tuple[int, bool]]
"""The edges of a node, by the letter's number: the next node (0: none), and whether a word may end there."""


@dataclass(slots=True)
class WordGraph:
    """A directed acyclic graph of words.

    `edges` have 64 bits each: from the lowest bit on the letter (`letter_bits`), the flags, and the next node
    as the index of its first edge.
    """

    edges: NDArray[np.uint64]
    letter_bits: int
    _nodes: dict[int, Edges] = field(default_factory=dict)

    @staticmethod
    def parse(data: bytes) -> "WordGraph":
        """The graph of a model file's component. Raises ValueError for other bytes."""
        magic, letters, count = struct.unpack_from("<hii", data)
        if magic != _MAGIC or letters < 1 or count < 1 or len(data) != 10 + 8 * count:
            raise ValueError("no graph of words")
        return WordGraph(np.frombuffer(data, "<u8", count, 10), math.ceil(math.log2(letters + 1)))

    def node(self, first: int) -> Edges:
        """The forward edges of the node whose edges begin at `first`."""
        found = self._nodes.get(first)
        if found is None:
            found = self._nodes[first] = self._read(first)
        return found

    def _read(self, first: int) -> Edges:
        found: Edges = {}
        for place in range(first, len(self.edges)):
            edge = int(self.edges[place])
            flags = edge >> self.letter_bits
            if not flags & _BACKWARD:
                letter = edge & ((1 << self.letter_bits) - 1)
                found[letter] = edge >> (self.letter_bits + _FLAGS), bool(flags & _END)
            if flags & _LAST:
                break
        return found

    def ends(self, letters: Sequence[int], start: int) -> Iterator[int]:
        """The indices after the last letter of each word that begins at `start`."""
        node, place = 0, start
        while place < len(letters) and (place == start or node):
            edge = self.node(node).get(letters[place])
            if edge is None:
                return
            node, ends = edge
            place += 1
            if ends:
                yield place


class Dictionary:
    """A model's words, punctuation and numbers; `digits` are those letters' numbers that mean digits."""

    def __init__(
        self, words: WordGraph, punctuation: WordGraph, numbers: WordGraph, digits: frozenset[int]
    ) -> None:
        self._words, self._punctuation, self._numbers, self._digits = words, punctuation, numbers, digits
        self.knows = lru_cache(maxsize=20_000)(self._knows)

    def _knows(self, word: tuple[int, ...]) -> bool:
        """Whether the letters are a word or a number, with or without usual punctuation around it."""
        if len(word) in self._ends(word, 0):
            return True
        seen: set[tuple[int, int, bool]] = set()
        # Node of the punctuation graph, index in `word`, whether the word or number itself is already passed.
        waiting = [(0, 0, False)]
        while waiting:
            state = waiting.pop()
            if state in seen:
                continue
            seen.add(state)
            for node, place, passed, ends in self._next(word, *state):
                if place == len(word):
                    if ends:
                        return True
                elif node:
                    waiting.append((node, place, passed))
        return False

    def _next(
        self, word: tuple[int, ...], node: int, place: int, passed: bool
    ) -> Iterator[tuple[int, int, bool, bool]]:
        """The states after a state of `_knows`, each with whether everything may end there."""
        edges = self._punctuation.node(node)
        if not passed and _PLACE in edges:
            following, ends = edges[_PLACE]
            for end in self._ends(word, place):
                yield following, end, True, ends
        if word[place] != _PLACE and word[place] in edges:
            following, ends = edges[word[place]]
            yield following, place + 1, passed, ends

    def _ends(self, word: tuple[int, ...], start: int) -> set[int]:
        pattern = [_PLACE if letter in self._digits else letter for letter in word]
        return {*self._words.ends(word, start), *self._numbers.ends(pattern, start)}

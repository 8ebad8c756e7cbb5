"""The language of results: that of `--lang`, else that of the locale.

Programs read `--json`, whose names are English in any case. Error messages are in both languages.
"""

from scanflow.cli.app import VIETNAMESE, invocation
from scanflow.cli.early import locale_is_vietnamese


def in_vietnamese() -> bool:
    """Whether results are to be in Vietnamese; otherwise they are in English."""
    if invocation.lang is not None:
        return invocation.lang == VIETNAMESE
    return locale_is_vietnamese()


def localized(english: str, vietnamese: str) -> str:
    """The English or the Vietnamese text, by the language of results."""
    return vietnamese if in_vietnamese() else english


def word(english: str) -> str:
    """A column's name, a table's title or a state, in the language of results."""
    if not in_vietnamese():
        return english
    from scanflow.cli.words import WORDS

    return WORDS.get(english, english)

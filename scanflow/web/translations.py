"""All words on the pages, by language: `text/vi.yaml`, `text/en.yaml`. Templates have none of their own."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

Language = Literal["vi", "en"]

LANGUAGES: tuple[Language, ...] = ("vi", "en")
_FOLDER = Path(__file__).parent / "text"


class Words:
    """One language's words, called by their keys: `t("station.file")`."""

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language = language
        self.keys = frozenset(table)
        self._table = table

    def __call__(self, key: str, **values: object) -> str:
        """The words under this key, with `values` in their places. KeyError for a key that isn't there."""
        return self._table[key].format(**values) if values else self._table[key]

    def or_name(self, group: str, name: str) -> str:
        """The words for a name that an operator may have given, or the name itself."""
        return self._table.get(f"{group}.{name}", name)

    def pick(self, text: str, text_vi: str) -> str:
        """Of a sentence in English and Vietnamese the one that this person reads."""
        return text_vi if self.language == "vi" else text


@functools.cache
def words(language: Language) -> Words:
    """The words of one language."""
    raw = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return Words(language, _flat(raw))


def language_of(value: str | None) -> Language:
    """The language that a cookie names: Vietnamese unless it says another that we have."""
    return next((language for language in LANGUAGES if language == value), "vi")


def _flat(raw: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested tables as one, with dots between the names."""
    flat: dict[str, str] = {}
    for name, value in raw.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat

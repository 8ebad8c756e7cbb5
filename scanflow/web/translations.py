"""All texts of the pages, by language: `text/vi.yaml`, `text/en.yaml`. Templates contain no texts."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml

Language = Literal["vi", "en"]

LANGUAGES: tuple[Language, ...] = ("vi", "en")
_FOLDER = Path(__file__).parent / "text"


class Translation:
    """The texts of one language, by their keys: `t("desk.file")`."""

    def __init__(self, language: Language, table: Mapping[str, str]) -> None:
        self.language = language
        self.keys = frozenset(table)
        self._table = table

    def __call__(self, key: str, **values: object) -> str:
        """The text of a key, with `values` inserted. Raises KeyError for an unknown key."""
        return self._table[key].format(**values) if values else self._table[key]

    def or_name(self, group: str, name: str) -> str:
        """The text of a key that an operator may have added; the name itself if it has no text."""
        return self._table.get(f"{group}.{name}", name)

    def pick(self, text: str, text_vi: str) -> str:
        """The sentence in this language: `text` is English, `text_vi` Vietnamese."""
        return text_vi if self.language == "vi" else text


@functools.cache
def words(language: Language) -> Translation:
    """The texts of one language."""
    raw = yaml.safe_load((_FOLDER / f"{language}.yaml").read_text(encoding="utf-8"))
    return Translation(language, _flat(raw))


def language_of(value: str | None) -> Language:
    """The language that a cookie names; Vietnamese for other values."""
    return next((language for language in LANGUAGES if language == value), "vi")


def _flat(raw: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested tables as one table, whose keys are the names joined with dots."""
    flat: dict[str, str] = {}
    for name, value in raw.items():
        if isinstance(value, Mapping):
            flat |= _flat(value, f"{prefix}{name}.")
        else:
            flat[f"{prefix}{name}"] = str(value)
    return flat

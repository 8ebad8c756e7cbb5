"""The settings for child processes that decode untrusted bytes: no locations, passwords or keys.

They are plain values that were checked before, so that a child need not load the library that checks them:
loading takes longer than most work on a small page.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from scanflow.logs import LogLevel
    from scanflow.sections import Section
    from scanflow.settings import ImagingSettings, LimitSettings, OcrSettings

AnySection = TypeVar("AnySection", bound="Section")


@dataclass(frozen=True)
class ChildSettings:
    """The settings for taking files apart, reading pages and writing documents."""

    log_level: "LogLevel"
    limits: "LimitSettings"
    imaging: "ImagingSettings"
    ocr: "OcrSettings"


class PlainSection:
    """A section's values under their names."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.__dict__.update(values)


def plain(section: AnySection) -> AnySection:
    """The values of a section with the same attributes, for processes that don't load msgspec."""
    values = {name: getattr(section, name) for name in section.__struct_fields__}
    return cast(AnySection, PlainSection(values))

"""What a child process that decodes untrusted bytes is told of the settings: no place, no password, no key.

They are plain values that were checked before: so a child doesn't load the library that checks them, which
would take longer than all that it does for a small page beside reading it.
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
    """The values of a section, to be read like it and to be pickled to a process without pydantic."""
    values = {name: getattr(section, name) for name in section.__struct_fields__}
    return cast(AnySection, PlainSection(values))

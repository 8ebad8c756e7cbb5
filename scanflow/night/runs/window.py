"""The time window in which a run may work, such as 22:00 to 05:00 (Vietnam's time)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanflow.clock import in_vietnam
from scanflow.errors import UsageError

_DAY = 24 * 60
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """From a minute of the day in Vietnam until another, which may be on the next day.

    Open all day where both are the same.
    """

    opens: int
    closes: int

    @property
    def minutes(self) -> int:
        """Minutes for which it is open each day."""
        return (self.closes - self.opens) % _DAY or _DAY

    def is_open(self, at: datetime) -> bool:
        """Whether work may be done at this moment."""
        return (_minute(at) - self.opens) % _DAY < self.minutes

    def next_opening(self, at: datetime) -> datetime:
        """When it opens next; `at` itself where it is open."""
        return at if self.is_open(at) else _next(at, self.opens)

    def last_opening(self, at: datetime) -> datetime:
        """When it opened last, `at` included: which night a moment belongs to."""
        return _next(at, self.opens) - timedelta(days=1)

    def next_closing(self, at: datetime) -> datetime:
        """When it closes next; it never does where it is open all day, and this is then a day later."""
        return _next(at, self.closes)

    def __str__(self) -> str:
        return f"{_clock(self.opens)}-{_clock(self.closes)}"


def parse_window(opens: str | None, closes: str | None) -> Window | None:
    """The window of two times such as 22:00; without the first from midnight, without the second until then.

    None without both. Raises UsageError.
    """
    if opens is None and closes is None:
        return None
    return Window(*(0 if time is None else _parsed(time) for time in (opens, closes)))


def _parsed(text: str) -> int:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{text!r} is no time of the day: 22:00, say (Vietnam's time)",
            f"{text!r} không phải là giờ. Ví dụ: 22:00 (giờ Việt Nam).",
        )
    return int(match[1]) * 60 + int(match[2])


def _minute(at: datetime) -> int:
    here = in_vietnam(at)
    return here.hour * 60 + here.minute


def _next(at: datetime, minute: int) -> datetime:
    """The next moment, after `at`, at which this minute of the day begins."""
    here = in_vietnam(at)
    begins = here.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    return begins if begins > here else begins + timedelta(days=1)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"

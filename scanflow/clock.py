"""The one clock and the one time zone of the program.

Stored times are aware and in UTC; dates and printed times are those of Vietnam.
"""

from datetime import UTC, date, datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7), "+07")
"""Vietnam's time zone: no daylight saving time, so that a fixed offset is enough."""


def now() -> datetime:
    """The time, aware, in UTC."""
    return datetime.now(UTC)


def in_vietnam(at: datetime) -> datetime:
    """The same moment in Vietnam's time."""
    return at.astimezone(VIETNAM)


def date_in_vietnam(at: datetime) -> date:
    """The date in Vietnam at this moment, used for days of force, checklists and exports."""
    return in_vietnam(at).date()


def add_years(start: datetime, years: int) -> datetime:
    """The same day and time, years later; 29 February becomes 1 March where there is none."""
    try:
        return start.replace(year=start.year + years)
    except ValueError:
        return start.replace(year=start.year + years, month=3, day=1)

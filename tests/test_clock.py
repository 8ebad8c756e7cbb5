"""One clock, one time zone."""

from datetime import UTC, date, datetime

from scanflow.clock import date_in_vietnam, in_vietnam, now


def test_a_date_is_vietnams_also_while_utc_has_yesterdays() -> None:
    early = datetime(2026, 11, 26, 18, 30, tzinfo=UTC)
    assert date_in_vietnam(early) == date(2026, 11, 27)
    assert in_vietnam(early).isoformat() == "2026-11-27T01:30:00+07:00"


def test_now_is_aware_and_in_utc() -> None:
    assert now().tzinfo is UTC

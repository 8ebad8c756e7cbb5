"""Time windows are in Vietnam's time, whatever the machine's time zone is."""

from datetime import UTC, datetime

import pytest

from scanflow.errors import UsageError
from scanflow.night.runs.window import Window, parse_window


def at(text: str) -> datetime:
    """A moment in Vietnam's time."""
    return datetime.fromisoformat(f"2026-11-{text}+07:00").astimezone(UTC)


def night() -> Window:
    window = parse_window("22:00", "5:00")
    assert window is not None
    return window


def test_a_window_over_midnight() -> None:
    window = night()
    is_open = {
        time: window.is_open(at(time))
        for time in ("27T21:59", "27T22:00", "28T00:00", "28T04:59", "28T05:00")
    }
    assert list(is_open.values()) == [False, True, True, True, False]
    assert window.next_opening(at("27T12:00")) == at("27T22:00")
    assert window.next_opening(at("28T03:00")) == at("28T03:00")
    assert window.next_closing(at("27T22:30")) == at("28T05:00")
    assert window.next_closing(at("28T03:00")) == at("28T05:00")
    assert window.minutes == 420 and str(window) == "22:00-05:00"


def test_a_window_within_a_day_and_windows_without_begin_or_end() -> None:
    noon = parse_window("12:00", "13:30")
    assert noon and noon.minutes == 90 and noon.is_open(at("27T12:45")) and not noon.is_open(at("27T14:00"))
    until = parse_window(None, "05:00")
    assert until and until.is_open(at("27T04:00")) and not until.is_open(at("27T05:00"))
    since = parse_window("22:00", None)
    assert since and since.is_open(at("27T23:59")) and not since.is_open(at("28T00:00"))
    assert parse_window(None, None) is None


@pytest.mark.parametrize("text", ["25:00", "ten", "5", "5:7", ""])
def test_an_invalid_time_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_window(text, "05:00")

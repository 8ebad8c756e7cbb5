"""How often passwords may be tried: counted before the try, by all servers of a catalog, and reduced with
time.
"""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from scanflow import clock
from scanflow.archive.catalog import Catalog
from scanflow.archive.database.tables import tries as tries_table
from scanflow.archive.people import accounts, rate_limit
from scanflow.archive.people.rate_limit import (
    ADDRESS,
    KNOWN_BROWSER,
    NAME_ANYWHERE,
    NAME_HERE,
    of_browser,
    of_stranger,
)

HERE = "10.0.0.1"


class Clock:
    """A time that the test sets."""

    def __init__(self) -> None:
        self.now = clock.now()

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    set_by_test = Clock()
    monkeypatch.setattr(rate_limit, "now", set_by_test)
    return set_by_test


def tried(catalog: Catalog, name: str, address: str = HERE, times: int = 1) -> int:
    """How many of so many wrong tries were let through."""
    return sum(rate_limit.reserve(catalog, of_stranger(name, address)) == 0 for _ in range(times))


def test_tries_at_once_are_no_more_than_one_after_another(catalog: Catalog, time: Clock) -> None:
    """When tries were counted after the password was checked, 80 at once were all let through."""
    let_through: list[int] = []
    begin = threading.Barrier(20)

    def guess() -> None:
        begin.wait()
        let_through.append(tried(catalog, "lan", times=4))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == NAME_HERE.tries


def test_a_count_goes_down_with_time(catalog: Catalog, time: Clock) -> None:
    assert tried(catalog, "lan", times=10) == NAME_HERE.tries
    wait = rate_limit.reserve(catalog, of_stranger("lan", HERE))
    assert 0 < wait <= NAME_HERE.seconds
    time.go_on(wait - 1)
    assert tried(catalog, "lan") == 0
    time.go_on(1)
    assert tried(catalog, "lan", times=3) == 1
    time.go_on(NAME_HERE.seconds * NAME_HERE.tries)
    assert tried(catalog, "lan", times=10) == NAME_HERE.tries


def test_a_refused_try_counts_nowhere(catalog: Catalog, time: Clock) -> None:
    """Otherwise refused tries would lock out all users of an address."""
    tried(catalog, "lan", times=ADDRESS.tries * 2)
    assert tried(catalog, "minh", times=10) == NAME_HERE.tries


def test_a_name_is_guessed_from_many_addresses_so_often_only(catalog: Catalog, time: Clock) -> None:
    through = sum(tried(catalog, "lan", f"10.0.0.{n}", times=2) for n in range(100))
    assert through == NAME_ANYWHERE.tries


def test_an_ipv6_network_is_one_address(catalog: Catalog, time: Clock) -> None:
    assert sum(tried(catalog, "lan", f"2001:db8::{n:x}") for n in range(20)) == NAME_HERE.tries
    assert tried(catalog, "lan", "2001:db8:1::1") == 1


def test_typos_of_many_people_lock_nobody_out(catalog: Catalog, time: Clock) -> None:
    """38 typos once locked out all users of one address."""
    assert sum(tried(catalog, f"user{n}") for n in range(38)) == 38
    assert tried(catalog, "lan") == 1


def test_guessing_many_names_from_one_address_is_slowed_down(catalog: Catalog, time: Clock) -> None:
    assert sum(tried(catalog, f"user{n}") for n in range(ADDRESS.tries * 2)) == ADDRESS.tries
    assert rate_limit.reserve(catalog, of_stranger("lan", HERE)) <= ADDRESS.seconds


def test_a_known_browser_is_let_in_where_strangers_are_not(catalog: Catalog, time: Clock) -> None:
    accounts.add_user(catalog, "lan", "Lan", "một mật khẩu dài")
    browser = rate_limit.remember_browser(catalog, None, "lan")
    assert rate_limit.is_known(catalog, browser, "lan")
    assert not rate_limit.is_known(catalog, browser, "minh") and not rate_limit.is_known(
        catalog, "other", "lan"
    )
    for n in range(ADDRESS.tries):
        tried(catalog, f"user{n}")
    assert tried(catalog, "lan") == 0
    counts = of_browser(browser, "lan")
    assert sum(rate_limit.reserve(catalog, counts) == 0 for _ in range(20)) == KNOWN_BROWSER.tries
    rate_limit.clear_after_success(catalog, counts)
    assert rate_limit.reserve(catalog, counts) == 0


def test_one_browser_serves_several_people(catalog: Catalog) -> None:
    for name in ("lan", "minh"):
        accounts.add_user(catalog, name, name, "một mật khẩu dài")
    browser = rate_limit.remember_browser(catalog, None, "lan")
    assert rate_limit.remember_browser(catalog, browser, "minh") == browser
    assert rate_limit.remember_browser(catalog, browser, "lan") == browser
    assert rate_limit.remember_browser(catalog, "made up", "lan") != "made up"
    accounts.set_password(catalog, "lan", "ein anderes Passwort")
    assert rate_limit.is_known(catalog, browser, "minh") and not rate_limit.is_known(catalog, browser, "lan")


def test_the_right_password_cancels_its_users_wrong_tries(catalog: Catalog, time: Clock) -> None:
    """Tries for other names stay counted: signing in with one's own account gives no further guesses for
    others.
    """
    through = sum(tried(catalog, f"user{n}") for n in range(ADDRESS.tries - 5))
    assert through == ADDRESS.tries - 5
    assert tried(catalog, "lan", times=4) == 4
    rate_limit.clear_after_success(catalog, of_stranger("lan", HERE))
    assert sum(tried(catalog, f"other{n}") for n in range(50)) == 5
    time.go_on(ADDRESS.seconds * 5)
    assert tried(catalog, "lan", times=10) == NAME_HERE.tries


def test_a_clock_that_is_set_back_locks_nobody_out(catalog: Catalog, time: Clock) -> None:
    tried(catalog, "lan", times=10)
    time.go_on(-7 * 24 * 3600)
    assert tried(catalog, "lan") == 1


def test_counts_hold_no_names_and_are_forgotten(catalog: Catalog, time: Clock) -> None:
    tried(catalog, "mật khẩu gõ nhầm ô")
    with catalog.reading() as connection:
        rows = connection.execute(select(tries_table)).all()
    assert len(rows) == 3 and all(len(row.key) == 64 for row in rows)
    time.go_on(2 * 24 * 3600)
    rate_limit.forget_old(catalog)
    with catalog.reading() as connection:
        assert connection.execute(select(tries_table)).all() == []


def test_a_programs_calls_are_counted_by_portions(catalog: Catalog, time: Clock) -> None:
    limit = rate_limit.of_token("token:portal", 120)
    assert [rate_limit.reserve(catalog, limit, 50) > 0 for _ in range(3)] == [False, False, True]
    assert rate_limit.reserve(catalog, limit, 20) == 0
    assert rate_limit.reserve(catalog, limit) == 1, "another call is allowed after half a second"
    assert rate_limit.reserve(catalog, limit, 50) == 25
    assert rate_limit.reserve(catalog, rate_limit.of_token("token:other", 1)) == 0

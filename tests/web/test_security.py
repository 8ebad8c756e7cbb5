"""Which requests are foreign, and how long a guesser waits."""

import pytest
from starlette.datastructures import Headers

from scanflow.web.security import CONTENT_SECURITY_POLICY, Throttle, is_foreign
from scanflow.web.signin import own_path

HOST = "scanflow.example.internal"


@pytest.mark.parametrize(
    ("method", "path", "headers", "foreign"),
    [
        ("POST", "/sign-in", {"Host": HOST, "Origin": f"https://{HOST}"}, False),
        ("POST", "/sign-in", {"Host": f"{HOST}:8080", "Origin": f"http://{HOST}:8080"}, False),
        ("POST", "/sign-in", {"Host": HOST, "Origin": "https://evil.example"}, True),
        ("POST", "/sign-in", {"Host": HOST, "Origin": f"https://{HOST}.evil.example"}, True),
        ("POST", "/sign-in", {"Host": HOST, "Origin": "null"}, True),
        ("POST", "/sign-in", {"Host": HOST}, True),
        ("POST", "/sign-in", {}, True),
        ("DELETE", "/station", {"Host": HOST, "Origin": "https://evil.example"}, True),
        ("GET", "/station", {"Host": HOST}, False),
        ("POST", "/api/counter/hello", {"Host": HOST}, False),
    ],
)
def test_changes_come_from_our_own_pages_only(
    method: str, path: str, headers: dict[str, str], foreign: bool
) -> None:
    assert is_foreign(method, path, Headers(headers)) is foreign


def test_no_inline_script_or_style_is_allowed() -> None:
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "http" not in CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/station/stacks/1", "/station/stacks/1"),
        ("//evil.example", "/station"),
        ("/\\evil.example", "/station"),
        ("https://evil.example", "/station"),
        ("/\r\nSet-Cookie: a=b", "/station"),
        ("", "/station"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(wanted: str, given: str) -> None:
    assert own_path(wanted) == given


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_guesser_waits_longer_each_time_and_nobody_else_does() -> None:
    clock = Clock()
    throttle = Throttle(free=3, longest=60, clock=clock)
    waits = []
    for _ in range(12):
        throttle.failed("lan", "10.0.0.1")
        waits.append(throttle.wait("lan", "10.0.0.1"))
        clock.now += waits[-1]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert throttle.wait("lan", "10.0.0.2") == 0
    assert throttle.wait("minh", "10.0.0.1") == 0


def test_the_right_password_forgives() -> None:
    throttle = Throttle(free=1, clock=Clock())
    throttle.failed("lan", "10.0.0.1")
    assert throttle.wait("lan", "10.0.0.1") == 1
    throttle.passed("lan", "10.0.0.1")
    assert throttle.wait("lan", "10.0.0.1") == 0


def test_many_names_from_one_address_wait_too() -> None:
    throttle = Throttle(free=3, free_per_address=10, clock=Clock())
    for number in range(10):
        throttle.failed(f"user{number}", "10.0.0.1")
    assert throttle.wait("lan", "10.0.0.1") > 0
    assert throttle.wait("lan", "10.0.0.2") == 0


def test_old_failures_are_forgotten() -> None:
    clock = Clock()
    throttle = Throttle(free=1, longest=60, clock=clock)
    throttle.failed("lan", "10.0.0.1")
    clock.now += 1000
    throttle.failed("minh", "10.0.0.2")
    assert list(throttle._tries) == [("minh", "10.0.0.2"), ("", "10.0.0.2")]

"""Which requests come from other sites; the Content Security Policy; where signing in leads."""

import pytest
from starlette.datastructures import Headers

from scanflow.web.security import CONTENT_SECURITY_POLICY, is_foreign
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
        ("DELETE", "/desk", {"Host": HOST, "Origin": "https://evil.example"}, True),
        ("GET", "/desk", {"Host": HOST}, False),
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
        ("/desk/stacks/1", "/desk/stacks/1"),
        ("//evil.example", "/desk"),
        ("/\\evil.example", "/desk"),
        ("https://evil.example", "/desk"),
        ("/\r\nSet-Cookie: a=b", "/desk"),
        ("", "/desk"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(wanted: str, given: str) -> None:
    assert own_path(wanted) == given

"""The names by which the server is reached, the proxies whose addresses it believes, and its warnings."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from scanflow.archive.people import accounts, counter_accounts, user_sessions
from scanflow.cli.doctor import examine
from scanflow.desk import stacks
from scanflow.desk.context import Desk
from scanflow.settings import Settings
from scanflow.web.app import make_app
from scanflow.web.exposure import exposures
from scanflow.web.security import is_our_host
from scanflow.web_settings import WebSettings
from tests.web.serving import opened_desk

EVERYWHERE = "0.0.0.0"  # noqa: S104  nothing listens there: it is what the server is asked about


@pytest.mark.parametrize(
    ("stated", "ours"),
    [
        ("localhost", True),
        ("127.0.0.1:8080", True),
        ("[::1]:8080", True),
        ("10.1.2.3", True),
        ("scanflow.example.vn", True),
        ("SCANFLOW.Example.VN.:443", True),
        ("quay1.agency.vn", True),
        ("agency.vn", False),
        ("evil-agency.vn", False),
        ("evil.example", False),
        ("scanflow.example.vn.evil.example", False),
        ("scanflow.example.vn@evil.example", False),
        ("10.1.2.4", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_names_of_this_server_are_answered(stated: str, ours: bool) -> None:
    settings = WebSettings(host=EVERYWHERE, hosts=("scanflow.example.vn", "*.agency.vn"))
    assert is_our_host(stated, ("10.1.2.3", 8080), settings) is ours


def test_a_wrong_setting_is_refused() -> None:
    for hosts in (("https://x",), ("x:8080",), ("*x",), ("",)):
        with pytest.raises(ValueError):
            WebSettings(hosts=hosts)
    with pytest.raises(ValueError):
        WebSettings(trusted_proxies=("proxy.example",))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with opened_desk(Settings(home=tmp_path)) as opened:
        yield opened


def served(desk: Desk, **web: object) -> Desk:
    """The same desk with other settings of its pages."""
    settings = desk.services.settings.model_copy(update={"web": WebSettings.model_validate(web)})
    object.__setattr__(desk.services, "settings", settings)
    return desk


def test_another_hosts_name_is_refused_everywhere(desk: Desk) -> None:
    with TestClient(make_app(desk)) as client:
        for path in ("/", "/static/scanflow.css", "/api/counter/order", "/nowhere"):
            answer = client.get(path, headers={"Host": "evil.example"})
            assert answer.status_code == 400 and "[web] hosts" in answer.text
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_https_is_kept_to_where_it_is_used(desk: Desk) -> None:
    header = "Strict-Transport-Security"
    with TestClient(make_app(desk), client=("127.0.0.1", 5)) as client:
        assert header not in client.get("/sign-in").headers
        assert "max-age" in client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers[header]
    with TestClient(make_app(desk), client=("10.0.0.5", 5)) as client:
        assert header not in client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}).headers
    with TestClient(make_app(served(desk, secure_cookies=True))) as client:
        assert "max-age" in client.get("/static/scanflow.css").headers[header]


def test_a_cookie_over_https_is_for_https_only(desk: Desk) -> None:
    accounts.add_user(desk.services.catalog, "lan", "Lan", "một mật khẩu dài")
    over = {"X-Forwarded-Proto": "https", "Origin": "https://testserver"}
    with TestClient(make_app(desk), client=("127.0.0.1", 5), follow_redirects=False) as client:
        form = {"name": "lan", "password": "một mật khẩu dài"}
        cookies = client.post("/sign-in", data=form, headers=over).headers.get_list("Set-Cookie")
    assert all("secure" in cookie.lower() and "samesite=strict" in cookie.lower() for cookie in cookies)
    assert any(cookie.startswith("__Host-scanflow=") for cookie in cookies)


def test_what_is_open_to_everybody_is_warned_of(desk: Desk) -> None:
    assert list(exposures(WebSettings())) == []
    assert list(exposures(WebSettings(host=EVERYWHERE, secure_cookies=True))) == []
    for settings, word in (
        (WebSettings(host=EVERYWHERE), "secure_cookies"),
        (WebSettings(host="10.0.0.4"), "secure_cookies"),
        (WebSettings(hosts=("*",)), "hosts"),
        (WebSettings(trusted_proxies=("0.0.0.0/0",)), "trusted_proxies"),
    ):
        ((said, said_vi),) = exposures(settings)
        assert word in said and word in said_vi and said != said_vi
    found = [each for each in examine(served(desk, host=EVERYWHERE).services.settings) if "web" in each.what]
    assert ["secure_cookies" in each.detail for each in found] == [True]


def test_anothers_events_are_refused(desk: Desk) -> None:
    catalog = desk.services.catalog
    for name in ("lan", "minh"):
        accounts.add_user(catalog, name, name.title(), "một mật khẩu dài")
    counter_accounts.make_counter(catalog, "Quầy 1")
    theirs = stacks.open_stack(desk, clerk="minh", counter="Quầy 1", number=None, procedure=None)
    with TestClient(make_app(desk)) as client:
        client.cookies["scanflow_session"] = user_sessions.begin_session(catalog, "lan", "Quầy 1")
        assert client.get(f"/desk/stacks/{theirs}/events").status_code == 403
        assert client.get("/desk/stacks/no-such/events").status_code == 404

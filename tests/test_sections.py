"""Settings from file and variables: what is taken, what is refused and where, what is not shown."""

from pathlib import Path

import pytest

from scanflow.errors import SettingsError
from scanflow.settings import Settings, load_settings

FILE = """
jobs = "3"
[inbox]
folders = ["/a", "/b"]
[inbox.agencies]
"/a" = "NORTH"
[store]
kind = "s3"
secret_key = "hunter2"
[store.options]
file = "/hunter2"
[retention.years]
06 = 3
[scanner.profiles.fine]
resolution = 300
[web]
hosts = ["Scanflow.vn"]
[catalog]
url = "postgresql://u:hunter2@db/x"
"""


def load(folder: Path, text: str = "") -> Settings:
    (folder / "scanflow.toml").write_text(text, encoding="utf-8")
    return load_settings(folder)


def test_values_of_the_file_have_the_types_of_their_fields(tmp_path: Path) -> None:
    settings = load(tmp_path, FILE)
    assert settings.jobs == 3
    assert settings.inbox.folders == (Path("/a"), Path("/b"))
    assert settings.inbox.agencies == {Path("/a"): "NORTH"}
    assert settings.store.secret_key.get_secret_value() == "hunter2"
    assert (settings.retention.years["06"], settings.retention.years["01"]) == (3, 100)
    assert (settings.scanner.profiles["fine"].resolution, settings.scanner.profiles["papers"].resolution) == (
        300,
        200,
    )
    assert settings.web.hosts == ("scanflow.vn",)


def test_no_secret_is_shown(tmp_path: Path) -> None:
    settings = load(tmp_path, FILE)
    assert "hunter2" not in repr(settings) + str(settings) + str(settings.catalog.model_dump())


def test_variables_win_over_the_file_and_reach_every_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables = {
        "STORE__SECURE": "no",
        "STORE__TIMEOUT": "5",
        "store__options__Number": "007",
        "RETENTION__YEARS": '{"06": 0}',
        "RETENTION__YEARS__07": "9",
        "INBOX__FOLDERS": '["/c"]',
        "SCANNER__PROFILES__FINE__COLOUR": "grey",
    }
    for name, text in variables.items():
        monkeypatch.setenv(f"SCANFLOW_{name}", text)
    settings = load(tmp_path, FILE)
    assert settings.store.kind == "s3"
    assert settings.store.secure is False
    assert settings.store.timeout == 5.0
    assert settings.store.options == {"file": "/hunter2", "number": "007"}
    assert [settings.retention.years[code] for code in ("05", "06", "07")] == [20, 0, 9]
    assert settings.inbox.folders == (Path("/c"),)
    fine = settings.scanner.profiles["fine"]
    assert (fine.resolution, fine.colour) == (300, "grey")


def test_every_fault_is_reported_with_its_place(tmp_path: Path) -> None:
    wrong = """
jobs = 0
nosuch = 1
[store]
kindd = "s3"
timeout = -1
lock_mode = "x"
[retention.years]
06 = 900
[web]
hosts = ["a b:80"]
[inbox]
folders = [3]
"""
    with pytest.raises(SettingsError) as error:
        load(tmp_path, wrong)
    places = ("jobs", "nosuch", "store.kindd", "store.timeout", "store.lock_mode", "retention.years")
    assert all(f" {place}" in error.value.message for place in (*places, "web.hosts", "inbox.folders"))
    assert "governance, compliance, off" in error.value.message


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("INBOX__FOLDERS", "/not/json", "SCANFLOW_INBOX__FOLDERS"),
        ("STORE__NOSUCH", "1", "store.nosuch"),
        ("NOSUCH", "1", "SCANFLOW_NOSUCH: there is no such setting$"),
        ("STORE_ENDPOINT", "s3:8333", "SCANFLOW_STORE_ENDPOINT: .* is SCANFLOW_STORE__ENDPOINT meant"),
        ("HOMES", "/srv", "is SCANFLOW_HOME meant"),
        ("JOBS", "many", "jobs"),
        ("STORE", "5", "store"),
    ],
)
def test_a_wrong_variable_is_reported_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, place: str
) -> None:
    monkeypatch.setenv(f"SCANFLOW_{name}", text)
    with pytest.raises(SettingsError, match=place):
        load(tmp_path)


def test_only_fields_can_be_changed(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.model_copy(update={"jobs": 7}).jobs == 7
    with pytest.raises(AttributeError):
        settings.model_copy(update={"nosuch": 7})
    with pytest.raises(AttributeError):
        settings.jobs = 7  # type: ignore[misc]  # that it can't be is what is tried

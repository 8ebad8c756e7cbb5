"""A store of another package holds a whole archive; a wrong name or option is refused."""

from pathlib import Path

import pytest

from scanflow.archive.identity import open_archive
from scanflow.archive.store.base import open_store
from scanflow.cli.doctor import examine
from scanflow.errors import MissingToolError, SettingsError
from scanflow.settings import Settings, StoreSettings, load_settings


@pytest.fixture
def settings(tmp_path: Path, plugin: None, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An archive whose store is the example, as scanflow.toml names it."""
    file = tmp_path / "objects.db"
    (tmp_path / "scanflow.toml").write_text(
        f'[store]\nkind = "example"\n[store.options]\nfile = "{file}"\n', encoding="utf-8"
    )
    monkeypatch.delenv("SCANFLOW_CONFIG", raising=False)
    return load_settings(tmp_path)


def test_an_archive_is_made_in_it_and_known_again(settings: Settings, tmp_path: Path) -> None:
    with open_archive(settings) as archive:
        assert list(archive.store.keys()) == ["archive.json"]
        identity = archive.store.get("archive.json")
    with open_archive(settings) as archive:
        assert archive.store.get("archive.json") == identity
    assert not (tmp_path / "objects").exists()


def test_doctor_names_it(settings: Settings) -> None:
    findings = {finding.what: finding for finding in examine(settings)}
    assert findings["object store"].verdict == "ok"
    assert "example" in findings["object store"].detail
    assert findings["retention"].verdict == "ok"


def test_a_missing_option_is_refused(plugin: None) -> None:
    with pytest.raises(SettingsError, match=r"\[store\.options\] file"):
        open_store(Settings(store=StoreSettings(kind="example")))


def test_options_may_hold_keys_and_are_not_shown(settings: Settings) -> None:
    assert "objects.db" not in repr(settings.store)


def test_an_unknown_kind_is_refused_with_the_known_ones(plugin: None) -> None:
    with pytest.raises(
        SettingsError, match=r"\[store\] kind: no 'S3'; there are folder, s3, broken, example"
    ):
        open_store(Settings(store=StoreSettings(kind="S3")))


def test_a_package_that_lacks_what_it_offers_is_named(plugin: None) -> None:
    with pytest.raises(MissingToolError, match="'broken' of the package scanflow-example"):
        open_store(Settings(store=StoreSettings(kind="broken")))

"""Profiles that change while a program works with them."""

import shutil
import time
from pathlib import Path

import pytest

from scanflow.classify.profile_yaml import SHIPPED
from scanflow.errors import SettingsError
from scanflow.pipeline.profiles_in_use import ProfilesInUse
from scanflow.settings import ClassifySettings, Settings
from tests.patience import wait_until


class Clock:
    """Ten seconds pass between two calls."""

    now = 0.0

    def __call__(self) -> float:
        self.now += 10.0
        return self.now


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A folder of profiles with one procedure."""
    folder = tmp_path / "layer"
    (folder / "procedures").mkdir(parents=True)
    shutil.copy(next((SHIPPED / "procedures").glob("*.yaml")), folder / "procedures" / "one.yaml")
    return folder


@pytest.fixture
def settings(tmp_path: Path, layer: Path) -> Settings:
    return Settings(home=tmp_path, classify=ClassifySettings(profiles=(layer,)))


def renamed(layer: Path, name: str) -> None:
    path = layer / "procedures" / "one.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    made = [f"name: {name}\n" if line.startswith("name:") else line for line in lines]
    path.write_text("".join(made), encoding="utf-8")


def names(profiles: ProfilesInUse) -> set[str]:
    return {each.name for each in profiles().procedures.values()}


def test_changed_file_is_read_by_a_running_program(settings: Settings, layer: Path) -> None:
    profiles = ProfilesInUse(settings, Clock())
    assert "Tên đã sửa" not in names(profiles)
    renamed(layer, "Tên đã sửa")
    assert wait_until(lambda: "Tên đã sửa" in names(profiles))


def test_nothing_is_read_again_where_nothing_changed(settings: Settings) -> None:
    profiles = ProfilesInUse(settings, Clock())
    first = profiles()
    for _ in range(5):
        time.sleep(0.02)
        assert profiles() is first


def test_what_cannot_be_read_leaves_the_former_profiles_in_use(settings: Settings, layer: Path) -> None:
    profiles = ProfilesInUse(settings, Clock())
    before = names(profiles)
    path = layer / "procedures" / "one.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text("no: profile\n", encoding="utf-8")
    with pytest.raises(SettingsError):
        ProfilesInUse(settings)
    for _ in range(5):
        time.sleep(0.02)
        assert names(profiles) == before
    path.write_text(good, encoding="utf-8")
    renamed(layer, "Tên đã sửa")
    assert wait_until(lambda: "Tên đã sửa" in names(profiles))

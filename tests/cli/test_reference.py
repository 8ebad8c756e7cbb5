"""The reference in docs/ is up to date with the program."""

from pathlib import Path

from scanflow.cli.reference import reference, settings_reference

DOCS = Path(__file__).parents[2] / "docs"
STALE = "out of date: run `make docs`"


def test_commands_are_described_as_they_are() -> None:
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == reference(), STALE


def test_settings_are_described_as_they_are() -> None:
    assert (DOCS / "settings.md").read_text(encoding="utf-8") == settings_reference(), STALE


def test_the_reference_has_commands_and_variables() -> None:
    assert "SCANFLOW_STORE__ENDPOINT" in settings_reference()
    assert "scanflow rebuild" in reference()

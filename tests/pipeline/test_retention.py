"""How long what is filed is locked: the periods as settings, and what the line does with them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanflow.archive.store.keys import DOSSIERS, INTAKE, dossier_prefix
from scanflow.clock import add_years
from scanflow.errors import ObjectLockedError, SettingsError
from scanflow.ledger.batches import Intake, get_batch
from scanflow.pipeline.filing.retention import retained_until
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services, open_services
from scanflow.settings import Settings, load_settings
from tests.pipeline.live_archive import process

FIXTURES = Path(__file__).parents[2] / "fixtures" / "dossiers"
NUMBER = "H13.42-260902-0003"
BIRTH = "1.001193"
"""Retention code 01 in its profile."""


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    settings = Settings(home=tmp_path, jobs=1)
    if request.param == "s3":
        settings = settings.model_copy(update={"store": request.getfixturevalue("s3_settings")})
    return settings


def file_batch(services: Services, folder: Path, procedure: str | None) -> datetime:
    """Take a folder in and work on it; gives the time of its intake."""
    files = sorted(folder.iterdir())
    (batch_id,) = take(services, files, Path.read_bytes, Intake("test", "", NUMBER, procedure)).batches
    assert process(services, batch_id).state == "closed"
    with services.catalog.reading() as connection:
        created: datetime = get_batch(connection, batch_id).created_at
    return created


def test_filed_objects_are_locked_by_the_profile_and_intake_is_not(settings: Settings) -> None:
    with open_services(settings) as services:
        intake = file_batch(services, FIXTURES / NUMBER, BIRTH)
        locked_until = {each.key: services.store.retained_until(each.key) for each in services.store.list()}
        filed = {key: until for key, until in locked_until.items() if key.startswith(DOSSIERS)}
        kinds = {key.rpartition(".")[2] for key in filed}
        assert kinds == {"pdf", "zst", "json"}
        for until in filed.values():
            assert until is not None
            assert timedelta(0) <= until - intake.replace(year=intake.year + 100) < timedelta(seconds=1)
        # The broken files of this dossier are kept whole, as is the batch's manifest.
        kept = [until for key, until in locked_until.items() if key.startswith(INTAKE)]
        assert len(kept) > 1
        assert set(kept) == {None}
        for document in services.catalog.objects(dossier_prefix(NUMBER)):
            with pytest.raises(ObjectLockedError):
                services.store.delete(document.key, document.version_id)


def test_a_dossier_has_its_own_period_or_that_of_the_unknown(tmp_path: Path) -> None:
    start = datetime(2026, 8, 4, 1, 2, 3, tzinfo=UTC)
    settings = load_settings(tmp_path, jobs=1)
    with open_services(settings) as services:
        assert retained_until(services, NUMBER, start).year == 2026 + 10
        services.catalog.ensure_dossier(NUMBER)
        assert retained_until(services, NUMBER, start).year == 2026 + 10
        services.catalog.ensure_dossier(NUMBER, BIRTH)
        assert retained_until(services, NUMBER, start) == start.replace(year=2126)
        services.catalog.ensure_dossier("H13.42-260902-0004", "9.999999")
        assert retained_until(services, "H13.42-260902-0004", start).year == 2026 + 10


def test_a_period_that_begins_on_29_february_ends_on_1_march_in_other_years() -> None:
    start = datetime(2028, 2, 29, 12, tzinfo=UTC)
    assert add_years(start, 4) == datetime(2032, 2, 29, 12, tzinfo=UTC)
    assert add_years(start, 10) == datetime(2038, 3, 1, 12, tzinfo=UTC)


def test_a_site_changes_the_years_of_one_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "scanflow.toml").write_text('[retention]\nunknown = "02"\nyears = { "07" = 5 }\n')
    retention = load_settings(tmp_path).retention
    assert (retention.unknown, retention.years["07"], retention.years["01"]) == ("02", 5, 100)
    monkeypatch.setenv("SCANFLOW_RETENTION__YEARS", '{"06": 0}')
    assert load_settings(tmp_path).retention.years["06"] == 0


@pytest.mark.parametrize("years", ['{ "08" = 5 }', '{ "07" = -1 }', '{ "07" = 501 }'])
def test_impossible_years_are_refused(tmp_path: Path, years: str) -> None:
    (tmp_path / "scanflow.toml").write_text(f"[retention]\nyears = {years}\n")
    with pytest.raises(SettingsError, match=r"retention\.years"):
        load_settings(tmp_path)

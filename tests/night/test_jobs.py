"""The nightly jobs: what each finds, on both pairs of backends, and its report."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import update

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database.tables import documents, dossiers, objects
from scanflow.archive.identity import Archive
from scanflow.archive.people import accounts
from scanflow.archive.repair.backup import write_backup
from scanflow.archive.repair.sampling import sample_size, verify_sample
from scanflow.archive.store.base import ObjectStore, open_store
from scanflow.classify.profiles import Profiles
from scanflow.clock import in_vietnam, now
from scanflow.errors import SettingsError, UsageError
from scanflow.model import StoredObject
from scanflow.night.jobs import outlook
from scanflow.night.jobs.base import Findings
from scanflow.night.jobs.running import JobReport, jobs_named, last_results, run_job
from scanflow.settings import NightlySettings, Settings
from tests.archive.contents import fill
from tests.archive.filing import NUMBER
from tests.e2e.conftest import scanflow


@dataclass(frozen=True)
class Site:
    """An archive with two dossiers, and its settings."""

    settings: Settings
    archive: Archive

    @property
    def store(self) -> ObjectStore:
        return self.archive.store

    @property
    def catalog(self) -> Catalog:
        return self.archive.catalog

    def with_nightly(self, **values: object) -> "Site":
        nightly = self.settings.nightly.model_copy(update=values)
        return replace(self, settings=self.settings.model_copy(update={"nightly": nightly}))

    def report(self, name: str) -> JobReport:
        (job,) = jobs_named([name])
        return run_job(self.settings, self.archive, Profiles({}, {}), job, by="tester")

    def run(self, name: str) -> Findings:
        return self.report(name).findings


@pytest.fixture(params=["embedded", pytest.param("shared", marks=[pytest.mark.postgresql, pytest.mark.s3])])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    settings = Settings(home=tmp_path / "home")
    settings.home.mkdir()
    if request.param == "shared":
        url = request.getfixturevalue("new_postgresql")(True)
        store_settings = request.getfixturevalue("s3_settings")
        settings = settings.model_copy(update={"catalog": url, "store": store_settings})
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        fill(store, catalog)
        yield Site(settings, Archive(store, catalog))


def lose_an_object(site: Site) -> str:
    """Enter an object in the catalog that the store does not have."""
    gone = StoredObject("dossiers/gone/01-khac/v1.pdf", sha256(b"gone").hexdigest(), 4, None)
    site.catalog.record_object(gone)
    return gone.key


@pytest.mark.parametrize(
    ("text", "total", "size"),
    [("1%", 1000, 10), ("1%", 5, 1), ("0,5 %", 1000, 5), ("500", 1000, 500), ("500", 20, 20), ("100%", 3, 3)],
)
def test_a_sample_is_a_share_or_a_number(text: str, total: int, size: int) -> None:
    assert sample_size(text, total) == size


@pytest.mark.parametrize("text", ["", "0", "0%", "101%", "all", "-1", "1%%"])
def test_an_invalid_sample_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="a sample of"):
        sample_size(text, 100)


def test_samples_come_round_all_objects(site: Site) -> None:
    total = len(site.catalog.objects())
    cursor, checked, nights = "", 0, 0
    while checked < total:
        found = verify_sample(site.store, site.catalog, "3", cursor)
        assert found.ok
        assert found.checked >= 3
        cursor, checked, nights = found.cursor, checked + found.checked, nights + 1
    gone = lose_an_object(site)
    missing: list[str] = []
    for _ in range(nights + 1):
        report = verify_sample(site.store, site.catalog, "3", cursor)
        cursor = report.cursor
        missing += [each.key for each in report.missing]
    assert set(missing) == {gone}


def test_verify_goes_on_where_it_ended(site: Site) -> None:
    site = site.with_nightly(sample="2")
    first, second = site.run("verify"), site.run("verify")
    assert first.ok
    assert first.next["cursor"] != second.next["cursor"]
    with site.catalog.transaction() as connection:
        connection.execute(update(objects).values(sha256="0" * 64))  # nothing is what it was filed as
    found = site.run("verify")
    assert not found.ok
    assert "missing or damaged" in found.verdict.en


def test_outdated_manifests_and_objects_in_none_are_reported(site: Site) -> None:
    assert site.run("manifests").ok
    assert site.run("apart").ok
    site.store.put("dossiers/strange/01-khac/v1.pdf", b"strange", content_type="application/pdf")
    with site.catalog.transaction() as connection:
        connection.execute(update(documents).values(title="changed without a manifest"))
    found = site.run("manifests")
    assert not found.ok
    titles = {table.title.en: [row[0] for row in table.rows] for table in found.tables}
    assert titles["In no manifest and not in the catalog"] == ["dossiers/strange/01-khac/v1.pdf"]
    assert NUMBER in titles["Dossiers whose manifest is outdated"]
    apart = site.run("apart")
    assert not apart.ok
    again = site.run("apart")  # it has changed nothing
    assert [list(table.rows) for table in again.tables] == [list(table.rows) for table in apart.tables]


def test_one_dossier_comes_back_from_the_backup(site: Site, tmp_path: Path) -> None:
    accounts.add_user(site.catalog, "lan", "Trần Thị Lan", "một mật khẩu dài")
    backups = tmp_path / "backups"
    backups.mkdir()
    site = site.with_nightly(backups=backups)
    assert not site.run("backup").ok  # there is none yet
    write_backup(site.catalog, backups)
    found = site.run("backup")
    assert found.ok, found
    figures = {name.en: value for name, value in found.figures}
    assert figures["Dossier restored"] != "-"
    assert int(str(figures["Objects"])) > 3
    assert list((site.settings.home / "nightly").glob("restored-*")) == []


def test_a_copy_of_the_store_that_lacks_objects_is_reported(site: Site, tmp_path: Path) -> None:
    if site.settings.store.kind != "folder":
        copy = open_store(Settings(home=tmp_path / "copy"))
        copy.check()
        for each in site.store.list():
            copy.put(each.key, site.store.get(each.key), content_type="application/octet-stream")
        folder = tmp_path / "copy" / "objects"
    else:
        folder = tmp_path / "copied"
        shutil.copytree(site.settings.home / "objects", folder)
    backups = tmp_path / "backups"
    backups.mkdir()
    write_backup(site.catalog, backups)
    site = site.with_nightly(backups=backups, store_copy=folder)
    assert site.run("backup").ok
    for path in folder.rglob("*"):
        if path.is_file() and "v1" in str(path.relative_to(folder)) and "dossiers" in path.parts:
            path.chmod(0o600)
            path.unlink()
    assert not site.run("backup").ok


def test_a_backup_that_is_damaged_or_old(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_backup(site.catalog, tmp_path)
    site = site.with_nightly(backups=tmp_path)
    monkeypatch.setattr("scanflow.night.jobs.checks.now", lambda: now() + timedelta(days=3))
    found = site.run("backup")
    assert [row[0] for table in found.tables for row in table.rows] == ["the newest backup is 3.0 days old"]
    path.write_bytes(path.read_bytes()[:-9])
    report = site.report("backup")
    assert isinstance(report.error, UsageError)
    assert not report.findings.ok


def test_where_no_backup_is_named(site: Site) -> None:
    report = site.report("backup")
    assert isinstance(report.error, SettingsError)
    assert [each.verdict for each in last_results(site.catalog) if each.job.name == "backup"] != [None]


@pytest.mark.usefixtures("one_day")
def test_what_retention_makes_due(site: Site) -> None:
    assert site.run("retention").figures[0][1] == 0
    years = site.settings.retention.years[site.settings.retention.unknown]
    year = in_vietnam(now()).year
    with site.catalog.transaction() as connection:
        for then, number in ((year - years - 1, NUMBER), (year - years, None)):
            own = dossiers.c.number == number if number else dossiers.c.number != NUMBER
            at = datetime(then, 6, 1, tzinfo=UTC)
            connection.execute(update(dossiers).where(own).values(created_at=at))
        for each in connection.execute(dossiers.select()).all():
            own = documents.c.dossier_id == each.id
            connection.execute(update(documents).where(own).values(created_at=each.created_at))
    before = len(site.catalog.objects())
    found = site.run("retention")
    assert found.ok
    rows = [row for table in found.tables for row in table.rows]
    assert [(row[0], row[-1]) for row in rows] == [(NUMBER, f"01/01/{year}")]
    assert len(site.catalog.objects()) == before


def test_free_space_and_how_long_it_lasts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site = site.with_nightly(store_bytes=10**12)
    first = site.run("space")
    assert first.ok
    grown = {name.en: value for name, value in first.figures}["Grows a week"]
    assert grown != "0 B"

    def later() -> datetime:
        return now() + timedelta(days=7)

    def nearly_full(_folder: Path) -> object:
        usage = real(site.settings.home)
        return usage._replace(free=usage.free // 2)

    real = shutil.disk_usage
    monkeypatch.setattr(outlook, "now", later)
    monkeypatch.setattr(shutil, "disk_usage", nearly_full)
    second = site.run("space")
    assert not second.ok  # half of it was used up within a week
    assert len(second.next["history"]) == 2


def test_reports_stay_in_the_home_until_they_are_too_many(site: Site) -> None:
    site = site.with_nightly(keep_reports=1)
    report = site.report("space")
    content = json.loads(report.files[0].read_text(encoding="utf-8"))
    assert content["job"] == "space"
    assert content["ok"] is True
    assert "Dự báo dung lượng" in report.files[1].read_text(encoding="utf-8")
    (report.files[0].parent / "space-20200101-000000.json").write_text("{}")
    site.report("space")
    assert len(list(report.files[0].parent.glob("space-*.json"))) == 1
    last = next(each for each in last_results(site.catalog) if each.job.name == "space")
    assert last.ok
    assert last.at is not None


def test_they_work_as_commands(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "backups").mkdir()
    settings = Settings(home=home, nightly=NightlySettings(backups=tmp_path / "backups"))
    home.mkdir()
    store = open_store(settings)
    store.check()
    with open_catalog(settings) as catalog:
        fill(store, catalog)
        write_backup(catalog, tmp_path / "backups")
    env = {"SCANFLOW_NIGHTLY__BACKUPS": str(tmp_path / "backups")}
    done = scanflow(home, "nightly", "run", "--json", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [each["job"] for each in json.loads(done.stdout)] == [job.name for job in jobs_named([])]
    done = scanflow(home, "verify", "--sample", "100%")
    assert done.returncode == 0, done.stderr
    listed = scanflow(home, "nightly", "list")
    assert listed.returncode == 0, listed.stderr
    assert len(listed.stdout.splitlines()) == len(jobs_named([]))
    assert scanflow(home, "nightly", "run", "nothing").returncode == 2
    assert scanflow(home, "verify", "--sample", "some").returncode == 2
    with open_catalog(settings) as catalog:
        catalog.record_object(StoredObject("dossiers/gone/01-khac/v1.pdf", "0" * 64, 4, None))
    done = scanflow(home, "verify", "--sample", "100%")
    assert done.returncode == 9
    assert "dossiers/gone/01-khac/v1.pdf" in done.stdout

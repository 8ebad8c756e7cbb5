"""The install guide's other systems: several machines with one archive, and an upgrade of an older one."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy.engine import make_url

from scanflow.archive.catalog import Catalog, open_catalog
from scanflow.archive.database import backends
from scanflow.archive.database.migrations import configuration
from scanflow.settings import CatalogSettings, Settings, StoreSettings
from tests.e2e.conftest import DOSSIERS, ROOT, scanflow
from tests.patience import PATIENCE, wait_until
from tests.servers import variables_of

GUIDES = ["docs/install.md", "docs/vi/cai-dat.md"]
NUMBER = "H13.57-260818-0108"
OLDER = "0010"
"""The catalog of an archive from before clerks had roles, search its index, and fields their sources."""
_TOML = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def settings_of_several_machines(guide: str) -> str:
    """What the guide says is in each machine's scanflow.toml."""
    found = [
        each for each in _TOML.findall((ROOT / guide).read_text(encoding="utf-8")) if "[catalog]" in each
    ]
    assert len(found) == 1
    return str(found[0])


def has_papers(catalog: Catalog) -> bool:
    """Whether the dossier is filed."""
    dossier = catalog.dossier(NUMBER)
    return dossier is not None and bool(dossier.documents)


@pytest.mark.postgresql
@pytest.mark.parametrize("guide", GUIDES[:1])
def test_two_machines_have_one_archive_by_the_settings_of_the_guide(
    guide: str,
    tmp_path: Path,
    s3_settings: StoreSettings,
    new_postgresql: Callable[[bool], CatalogSettings],
) -> None:
    """The one watches an inbox, the other works; each finds what was filed."""
    catalog = new_postgresql(False)
    assert catalog.url is not None
    url = make_url(catalog.url.get_secret_value())
    text = settings_of_several_machines(guide)
    for before, after in (
        ("s3.example.internal:8333", s3_settings.endpoint),
        ('bucket = "scanflow"', f'bucket = "{s3_settings.bucket}"'),
        ("postgresql://scanflow@db.example.internal/scanflow", url.render_as_string(hide_password=False)),
    ):
        assert before in text
        text = text.replace(before, after)
    # As /etc/scanflow/environment has them; on loopback there is no TLS.
    keys = {
        name: value
        for name, value in variables_of(s3_settings).items()
        if name.endswith(("_KEY", "__SECURE"))
    }
    keys |= {"SCANFLOW_JOBS": "1", "SCANFLOW_WORK__HEARTBEAT": "0.5", "SCANFLOW_INBOX__SETTLE": "0.2"}
    homes = [tmp_path / name for name in ("first", "second")]
    for home in homes:
        home.mkdir(mode=0o700)
        (home / "scanflow.toml").write_text(text, encoding="utf-8")
    first, second = homes
    made = scanflow(first, "health", env=keys)
    assert made.stdout.startswith("ok: s3 store"), made.stderr
    inbox = tmp_path / "inbox" / "stack"
    inbox.mkdir(parents=True)
    shutil.copy(DOSSIERS / "quay-2" / "0_phieu.png", inbox)
    watched = scanflow(first, "watch", "--no-work", "--once", inbox.parent, env=keys)
    assert watched.returncode == 0, watched.stderr
    assert "taken" in scanflow(second, "batches", "--json", env=keys).stdout
    worker = subprocess.Popen(
        [sys.executable, "-m", "scanflow.cli", "--home", str(second), "--quiet", "worker"],
        env={**os.environ, **keys},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        with open_catalog(Settings(home=first, catalog=catalog)) as looked_at:
            filed = wait_until(lambda: has_papers(looked_at), 120, pause=0.1)
    finally:
        worker.terminate()
        assert worker.wait(PATIENCE) == 0
    assert filed
    for home in homes:
        assert "Giấy tiếp nhận" in scanflow(home, "show", NUMBER, env=keys).stdout
    assert not list(second.glob("catalog.db*")) and not (second / "objects").exists()


def older(catalog: Path, folder: Path) -> None:
    """Put an archive's catalog into the state of an older release, with what that could know."""
    old = Settings(home=folder)
    old.home.mkdir()
    url = backends.database_url(old)
    engine = backends._BACKENDS[url.get_backend_name()].connect(url)
    config = configuration()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLDER)
    engine.dispose()
    with sqlite3.connect(old.home / "catalog.db") as target:
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("ATTACH ? AS new", (str(catalog),))
        for table in ("dossiers", "documents", "versions", "batches", "files", "pages", "objects", "log",
                      "archive", "sources", "page_texts"):  # fmt: skip
            columns = [
                {row[1] for row in target.execute(f"PRAGMA {schema}.table_info({table})")}
                for schema in ("main", "new")
            ]
            shared = ", ".join(sorted(columns[0] & columns[1]))
            if shared:
                target.execute(f"DELETE FROM main.{table}")  # noqa: S608 - our own tables
                target.execute(f"INSERT INTO main.{table} ({shared}) SELECT {shared} FROM new.{table}")  # noqa: S608
    target.close()
    for leftover in catalog.parent.glob("catalog.db*"):
        leftover.unlink()
    shutil.copy(old.home / "catalog.db", catalog)


def filed(home: Path) -> list[tuple[object, ...]]:
    """A dossier's documents as far as an older release knew them, with their objects' checksums."""
    documents = json.loads(scanflow(home, "show", NUMBER, "--json").stdout)["dossier"]["documents"]
    assert documents
    return [
        (each["no"], each["type"], each["title"], each["versions"][-1]["pdf"]["sha256"]) for each in documents
    ]


def test_an_older_archive_is_upgraded_by_the_steps_of_the_guide(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = scanflow(home, "ingest", DOSSIERS / "quay-2" / "0_phieu.png")
    assert done.returncode == 0, done.stderr
    before = filed(home)
    older(home / "catalog.db", tmp_path / "old")
    shutil.rmtree(home / "search", ignore_errors=True)
    guide = (ROOT / "docs/install.md").read_text(encoding="utf-8").partition("## Upgrading")[2]
    (step,) = (line for line in guide.splitlines() if line.startswith("sudo -u scanflow "))
    assert step.split()[-1] == "health"
    upgraded = scanflow(home, step.split()[-1])
    assert upgraded.returncode == 0, upgraded.stderr
    assert filed(home) == before
    assert NUMBER in scanflow(home, "search", "tiep nhan ho so").stdout
    # The manifest in this bucket says more than an older release would have: of that, repair writes another.
    assert scanflow(home, "repair").returncode == 0
    assert scanflow(home, "verify").returncode == 0
    again = scanflow(home, "ingest", DOSSIERS / "quay-2" / "5_bienlai.jpg", "--dossier", NUMBER)
    assert again.returncode == 0, again.stderr

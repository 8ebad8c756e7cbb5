"""A process that files without end is killed: what it reported as filed is there, complete and found."""

import subprocess
import sys
import time

import pytest

from scanflow.archive.catalog import open_catalog
from scanflow.archive.manifest import write_manifest
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.folder import FolderStore
from tests.archive.filing import NUMBER, environment_of
from tests.archive.searching import search
from tests.conftest import NewSettings

_FILING = """
import sys
from pathlib import Path
from scanflow.archive.catalog import open_catalog
from scanflow.archive.store.folder import FolderStore
from scanflow.archive.manifest import write_manifest
from scanflow.settings import load_settings
from tests.archive.filing import NUMBER, file_paper
home = Path(sys.argv[1])
store, catalog = FolderStore(home / "objects"), open_catalog(load_settings(home))
for n in range(1, 10_000):
    file_paper(store, catalog, [f"tờ khai thứ{n}"], batch_id=f"b{n}")
    write_manifest(store, catalog, NUMBER)
    print(n, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.013, 0.04])
def test_killed_while_filing(new_settings: NewSettings, delay: float) -> None:
    settings = new_settings("home")
    with subprocess.Popen(
        [sys.executable, "-c", _FILING, str(settings.home)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment_of(settings),
    ) as filing:
        assert filing.stdout is not None
        filing.stdout.readline()
        time.sleep(delay)
        filing.kill()
        said = 1 + len(filing.stdout.read().split())
    store = FolderStore(settings.home / "objects")
    with open_catalog(settings) as catalog:
        report = verify(store, catalog)
        assert (report.missing, report.damaged) == ((), ())
        for n in range(1, said + 1):
            assert len(search(catalog, f"thứ{n}")) == 1
        write_manifest(store, catalog, NUMBER)
        dossier = catalog.dossier(NUMBER)
        with open_catalog(new_settings("anew")) as anew:
            rebuild(store, anew)
            assert anew.dossier(NUMBER) == dossier

"""The counter of `make demo`: a scan is ordered, and the pages of a dossier come."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from scanflow.archive.people.counter_accounts import make_counter
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.ledger.desk_work.orders import OrderRecord, newest_scan
from tests.e2e.conftest import ROOT
from tests.patience import wait_until
from tests.scanner.sane import find_airscan
from tests.tools import missing
from tests.web.serving import serving_agents, staffed_desk


def test_the_virtual_scanner_of_the_demo_scans_a_dossier(tmp_path: Path) -> None:
    if shutil.which("scanimage") is None or find_airscan() is None:
        missing("no SANE or no driver for AirScan here: apt-get install sane-utils sane-airscan")
    folder = tmp_path / "counter"
    folder.mkdir()
    with staffed_desk(tmp_path / "home") as desk, serving_agents(desk) as address:
        token = make_counter(desk.services.catalog, "Quầy thử")
        variables = {"SCANFLOW_STATION__SERVER": address, "SCANFLOW_STATION__TOKEN": token}
        program = Path(sys.prefix) / "bin" / "scanflow"
        command = [sys.executable, "-m", "tests.scanner.demo", str(folder), str(program)]
        with subprocess.Popen(command, env={**os.environ, **variables}, cwd=ROOT) as demo:
            try:

                def scanners() -> list[str]:
                    return [each.name for each in orders.counter_state(desk, "Quầy thử").scanners]

                assert wait_until(lambda: bool(scanners()))
                stack = stacks.open_stack(desk, clerk="lan", counter="Quầy thử", number=None, procedure=None)
                orders.scan(desk, stack, "lan", device=scanners()[0], profile="papers")

                def scanned() -> OrderRecord | None:
                    with desk.services.catalog.reading() as connection:
                        return newest_scan(connection, stack)

                assert wait_until(lambda: (found := scanned()) is not None and found.pages > 1)
            finally:
                demo.terminate()
    assert demo.returncode == 0

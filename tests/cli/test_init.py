"""`scanflow init` and the files in `deploy/`."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scanflow.cli.init import UNITS, unit
from scanflow.disk import is_private
from scanflow.settings import Settings
from tests.e2e.conftest import ROOT, scanflow

DEPLOY = ROOT / "deploy"


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd here")
    for other in UNITS:  # a timer needs its service
        made = unit(other, home=tmp_path, program=Path(sys.executable), user="root")
        (tmp_path / other).write_text(made, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert name not in done.stderr


def test_units_name_this_home_program_and_user() -> None:
    made = unit("scanflow-web.service", home=Path("/srv/kho"), program=Path("/usr/bin/scanflow"), user="quay")
    assert "ExecStart=/usr/bin/scanflow --quiet web\n" in made
    assert "Environment=SCANFLOW_HOME=/srv/kho\n" in made
    assert "ReadWritePaths=/srv/kho\n" in made
    assert "User=quay\n" in made
    assert "ProtectHome=true\n" in made
    own = unit("scanflow-web.service", home=Path("/home/lan/kho"), program=Path("/usr/bin/scanflow"))
    assert "ProtectHome" not in own


def test_each_example_of_the_settings_is_one() -> None:
    """Taken out of their comments, all of them are valid together."""
    text = (DEPLOY / "scanflow.toml").read_text(encoding="utf-8")
    stated = re.sub(r"^# (\w+ = )", r"\1", text, flags=re.MULTILINE)
    values = tomllib.loads(stated)
    assert len(values) > 5
    assert Settings.model_validate(values).web.hosts == ("scanflow.example.vn",)
    assert tomllib.loads(text) == {name: {} for name in values if name != "jobs"}


def test_init_makes_settings_user_counter_and_units_once(tmp_path: Path) -> None:
    home, units = tmp_path / "home", tmp_path / "new" / "units"
    call = ["init", "--user", "lan", "--counter", "Quầy 1", "--units", str(units)]
    password = "mat khau rat dai"
    made = subprocess.run(
        [sys.executable, "-m", "scanflow.cli", "--home", str(home), *call],
        input=f"{password}\n",
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert made.returncode == 0, made.stderr
    (token,) = made.stdout.splitlines()
    assert len(token) > 30
    assert sorted(path.name for path in units.iterdir()) == sorted(UNITS)
    assert is_private(home)
    assert is_private(home / "scanflow.toml")
    assert "lan" in scanflow(home, "user", "list").stdout
    assert "Quầy 1" in scanflow(home, "counter", "list").stdout
    (home / "scanflow.toml").write_text("jobs = 1\n", encoding="utf-8")
    again = scanflow(home, "init")
    assert again.returncode == 0, again.stderr
    assert "is there already and stays" in again.stderr
    assert (home / "scanflow.toml").read_text(encoding="utf-8") == "jobs = 1\n"
    for name in UNITS:
        assert f"/etc/systemd/system/{name}" in again.stdout

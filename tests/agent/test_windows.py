"""What the agent needs exists on Windows too, as far as that can be tested without Windows."""

import ast
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

import scanflow
from scanflow.capture.scanner import open_backend
from scanflow.capture.scanner.naps2 import Naps2Adapter
from scanflow.errors import FeederEmptyError, MissingToolError, PaperJamError, SettingsError
from scanflow.settings import ScannerSettings, ScanProfile

ROOT = Path(scanflow.__file__).parent
ABSENT = ("fcntl", "grp", "pwd", "resource", "termios", "pty", "syslog")
"""Modules of Python that Windows lacks."""
POSIX_ONLY = re.compile(
    r"\bos\.(?:fork|killpg|setsid|getuid|geteuid|getpgid|uname|sysconf|O_DIRECTORY|O_NOFOLLOW)\b"
    r"|\bsignal\.(?:SIGKILL|SIGHUP|SIGUSR1|pthread_kill|sigwait)\b|\bsocket\.AF_UNIX\b"
)
ASIDE = {"file_locks", "process_groups"}
"""Modules with a branch for each system."""

LOADED = """
import sys
# The libraries themselves are those of Linux here; what is looked at are our modules.
import email.message, getpass, logging.handlers, shutil, ssl, subprocess, tempfile
import httpx, msgspec, numpy, PIL.Image, pydantic, rich.console, structlog, typer, typer.core, zoneinfo
zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh"), pydantic.BaseModel
for name in {absent!r}:
    sys.modules[name] = None
sys.platform = "win32"
import types
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
import scanflow.agent.agent, scanflow.capture.scanner.child_process, scanflow.capture.scanner.naps2
import scanflow.cli.early, scanflow.cli.stopping, scanflow.cli.output, scanflow.cli.station
print(*(name for name in sys.modules if name.startswith("scanflow")))
"""


@pytest.fixture(scope="module")
def modules() -> set[str]:
    """Our modules that `scanflow station` loads, where Python has no module that Windows lacks."""
    program = LOADED.format(absent=ABSENT)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_agent_loads_without_modules_that_windows_lacks(modules: set[str]) -> None:
    assert {"scanflow.agent.sender", "scanflow.capture.scanner.spool", "scanflow.file_locks"} <= modules


def test_its_modules_call_nothing_that_windows_lacks(modules: set[str]) -> None:
    found = {}
    for name in sorted(modules):
        path = ROOT.joinpath(*name.split(".")[1:])
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name.split(".")[-1] in ASIDE:
            continue
        code = ast.unparse(ast.parse(file.read_text(encoding="utf-8")))
        if calls := POSIX_ONLY.findall(code):
            found[name] = calls
    # Guarded there: only ever reached on other systems.
    assert found == {"scanflow.disk": ["os.O_DIRECTORY"]}


STAND_IN = """#!{python}
import sys
from PIL import Image
given = sys.argv[1:]
open({record!r}, "w").write("\\n".join(given))
if "--listdevices" in given:
    print("Canon DR-C225\\nBrother ADS-2200")
elif given[given.index("--device") + 1] == "stuck":
    print("A paper jam occurred.")
elif given[given.index("--device") + 1] == "empty":
    print("No scanned pages to export.")
else:
    pages = [Image.new("RGB", (1654, 2339), (250, 250, shade)) for shade in (10, 20, 30)]
    target = given[given.index("--output") + 1]
    pages[0].save(target, save_all=True, append_images=pages[1:], dpi=(200, 200))
"""


@pytest.fixture
def naps2(tmp_path: Path) -> ScannerSettings:
    """A stand-in for NAPS2.Console with its documented options: the program itself needs Windows."""
    program = tmp_path / "NAPS2.Console"
    program.write_text(STAND_IN.format(python=sys.executable, record=str(tmp_path / "given")))
    program.chmod(0o755)
    options = {"program": str(program), "driver": "twain"}
    return ScannerSettings(backend="naps2", backend_options=options)


def test_naps2_lists_and_scans_a_stack(naps2: ScannerSettings, tmp_path: Path) -> None:
    backend = open_backend(naps2)
    assert [device.name for device in backend.devices()] == ["Canon DR-C225", "Brother ADS-2200"]
    scanner = backend.open("Canon DR-C225")
    assert scanner.capabilities().duplex
    folder = tmp_path / "stack"
    folder.mkdir()
    profile = ScanProfile(duplex=True, colour="grey")
    pages = list(scanner.scan(profile, folder))
    assert [(page.no, page.side, page.dpi) for page in pages] == [
        (1, "front", 200.0),
        (2, "back", 200.0),
        (3, "front", 200.0),
    ]
    with Image.open(pages[2].path) as image:
        assert image.size == (1654, 2339)
    given = (tmp_path / "given").read_text().split("\n")
    stated = dict(pairwise(given))
    wanted = {
        "--driver": "twain",
        "--device": "Canon DR-C225",
        "--source": "duplex",
        "--bitdepth": "gray",
        "--dpi": "200",
        "--pagesize": "210x297mm",
    }
    assert {name: stated[name] for name in wanted} == wanted


@pytest.mark.parametrize(("device", "error"), [("stuck", PaperJamError), ("empty", FeederEmptyError)])
def test_errors_of_naps2_are_reported(
    naps2: ScannerSettings, tmp_path: Path, device: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        list(open_backend(naps2).open(device).scan(ScanProfile(), tmp_path))


def test_a_missing_naps2_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PROGRAMFILES", str(tmp_path))
    with pytest.raises(MissingToolError):
        Naps2Adapter({})
    with pytest.raises(SettingsError):
        Naps2Adapter({"driver": "parallel port"})
    program = tmp_path / "NAPS2" / "NAPS2.Console.exe"
    program.parent.mkdir()
    program.touch(mode=0o755)
    assert Naps2Adapter({})._program == os.fspath(program)

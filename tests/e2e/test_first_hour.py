"""The commands of README and of the install guides, run as they are written.

Left out is what changes the system itself or loads from the network (`_NOT_HERE`); tests/wheel installs a
wheel. Places such as /var/lib/scanflow are under a folder of the test.
"""

import os
import re
import shutil
import ssl
import subprocess
import sys
import time
import tomllib
import urllib.request
from email.message import Message
from pathlib import Path

import pytest

from scanflow.settings import Settings
from tests.agent.tls import make_certificate
from tests.e2e.conftest import DOSSIERS, ROOT
from tests.patience import PATIENCE
from tests.ports import free_port
from tests.tools import missing

_BLOCK = re.compile(r"^```(sh|toml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NOT_HERE = ("apt-get ", "useradd ", "systemctl ", "nginx ", "python3 -m venv ", "/opt/scanflow/bin/pip ")
_PLACES = ("/opt/scanflow", "/var/lib/scanflow", "/var/backups/scanflow", "/srv/scanflow", "/etc/", "/tmp")


def blocks(document: str) -> list[tuple[str, str]]:
    return _BLOCK.findall((ROOT / document).read_text(encoding="utf-8"))


def lines_of(block: str) -> list[str]:
    return [line for line in block.splitlines() if line.strip() and not line.startswith(_NOT_HERE)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout after `make demo`, of which two papers of the dossier are enough here."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "fixtures").symlink_to(ROOT / "fixtures")
    (folder / ".venv").symlink_to(sys.prefix)
    home = folder / "var" / "demo"
    papers = [str(DOSSIERS / "quay-2" / name) for name in ("0_phieu.png", "3_trichdo.pdf")]
    command = [sys.executable, "-m", "scanflow.cli", "--home", str(home), "ingest", *papers]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return folder


def test_each_line_of_the_readme_works_right_after_the_demo(demo: Path) -> None:
    (block,) = (text for kind, text in blocks("README.md") if kind == "sh")
    first, *lines = lines_of(block)
    assert first.startswith("export ")
    assert len(lines) >= 12
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", f"{first}\n{line}"], capture_output=True, text=True, check=False, cwd=demo
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout or line.split()[1] in ("pdf", "batches"), line
    assert (demo / "var" / "3_trichdo.pdf").is_file()
    assert (demo / "var" / "export" / "H13.57-260818-0108.01.pdf").is_file()


def placed(text: str, root: Path) -> str:
    """The same with its places under `root`, and for the user who runs the test."""
    text = re.sub(rf"(?<![\w/])(?:{'|'.join(_PLACES)})", lambda found: f"{root}{found[0]}", text)
    text = text.replace("sudo -u scanflow ", "env ").replace("-o scanflow -g scanflow ", "")
    return text.replace("/usr/src/scanflow", str(ROOT))


@pytest.mark.parametrize("document", ["docs/install.md", "docs/vi/cai-dat.md"])
def test_each_command_of_the_guide_works(document: str, tmp_path: Path) -> None:
    program = tmp_path / "opt/scanflow/bin/scanflow"
    for folder in (program.parent, tmp_path / "tmp", tmp_path / "etc/systemd/system"):
        folder.mkdir(parents=True)
    for name in ("sites-available", "sites-enabled"):
        (tmp_path / "etc/nginx" / name).mkdir(parents=True)
    program.symlink_to(Path(sys.prefix) / "bin" / "scanflow")
    home = tmp_path / "var/lib/scanflow"
    settings: list[str] = []
    ran = 0
    for kind, block in blocks(document):
        if kind == "toml":
            settings.append(placed(block, tmp_path))
            Settings.model_validate(tomllib.loads(settings[-1]))
            if len(settings) == 1:  # what the guide says is to be set
                (home / "scanflow.toml").write_text(settings[0], encoding="utf-8")
            continue
        for line in lines_of(block):
            done = subprocess.run(
                ["sh", "-c", placed(line, tmp_path)],
                input="mat khau rat dai\n",
                capture_output=True,
                text=True,
                check=False,
                env={**os.environ, "HOME": str(tmp_path)},  # `doctor` looks into the user's own archive
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            ran += 1
    assert ran >= 8
    assert "lan" in _said(program, home, "user", "list")
    unit = (tmp_path / "etc/systemd/system/scanflow-web.service").read_text(encoding="utf-8")
    assert f"SCANFLOW_HOME={home}\n" in unit
    if document == "docs/install.md":
        assert list((tmp_path / "var/backups/scanflow").glob("*.backup"))


def _said(program: Path, home: Path, *arguments: str) -> str:
    command = [str(program), "--home", str(home), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_nginx_as_the_guide_has_it_serves_the_pages_over_tls(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        missing("no nginx here: apt-get install nginx")
    web, plain, secure = free_port(), free_port(), free_port()
    certificate, key = make_certificate(tmp_path)
    site = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("scanflow.example.vn", "127.0.0.1"),
        ("/etc/ssl/scanflow/fullchain.pem", str(certificate)),
        ("/etc/ssl/scanflow/privkey.pem", str(key)),
        ("127.0.0.1:8080", f"127.0.0.1:{web}"),
    ):
        assert before in site
        site = site.replace(before, after)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in kinds)
    conf = tmp_path / "nginx.conf"
    conf.write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temporary}{site}\n}}\n",
        encoding="utf-8",
    )
    environment = {
        **os.environ,
        "SCANFLOW_HOME": str(tmp_path / "home"),
        "SCANFLOW_WEB__SECURE_COOKIES": "true",
        "SCANFLOW_JOBS": "1",
    }
    serving = [sys.executable, "-m", "scanflow.cli", "web", "--port", str(web)]
    with (
        subprocess.Popen(serving, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL) as server,
        subprocess.Popen([nginx, "-c", str(conf), "-g", "daemon off;"], stderr=subprocess.DEVNULL) as proxy,
    ):
        try:
            trusted = ssl.create_default_context(cafile=str(certificate))
            page, headers = _page(f"https://127.0.0.1:{secure}/", trusted)
        finally:
            proxy.terminate()
            server.terminate()
    assert "Đăng nhập" in page
    assert headers["Strict-Transport-Security"]


def _page(address: str, trusted: ssl.SSLContext) -> tuple[str, Message]:
    """A page and its headers, once the server is up."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(address, context=trusted) as answer:  # noqa: S310 - our own server's
                return answer.read().decode(), answer.headers
        except OSError:  # not yet: refused, or nginx finds nobody behind it (502)
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.2)

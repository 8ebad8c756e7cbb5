"""The wheel is enough: built, installed where the checkout is not to be seen, and run there."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
import venv
import zipfile
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageDraw

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_SERVING = re.compile(r"serving (http://127\.0\.0\.1:\d+)")
_BUILT_FROM = ("pyproject.toml", "README.md", "LICENSE", "NOTICE")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of what setuptools looks at, so that nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in _BUILT_FROM:
        shutil.copy(ROOT / name, source)
    for name in ("scanflow", "profiles", "deploy"):
        shutil.copytree(
            ROOT / name, source / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__")
        )
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, source)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment with the wheel in it; libraries are those of the tests."""
    folder = tmp_path_factory.mktemp("installed") / "env"
    venv.create(folder, symlinks=True)
    _pip("--python", folder / "bin/python", "install", "--no-deps", "--no-index", wheel)
    (own,) = folder.glob("lib/python*/site-packages")
    # Named in a .pth file, a folder's own .pth files are not followed: those of the editable checkout.
    libraries = [place for place in sys.path if place.endswith("site-packages")]
    (own / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    return folder / "bin"


def _pip(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def _environment(home: Path) -> dict[str, str]:
    """Without what leads to the checkout."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "SCANFLOW"))}
    return {**kept, "SCANFLOW_HOME": str(home), "SCANFLOW_JOBS": "1", "OMP_THREAD_LIMIT": "1"}


def _run(installed: Path, program: str, *arguments: str, folder: Path) -> str:
    command = [str(installed / program), *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=_environment(folder / "home")
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    there = {
        str(path.relative_to(ROOT))
        for top in (ROOT / "scanflow", *(ROOT / "scanflow" / link for link in ("profiles", "deploy")))
        for path in top.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("scanflow/")}
        metadata = {name.partition("/")[2] for name in archive.namelist() if ".dist-info/" in name}
    assert sorted(there - held) == [], "name them in pyproject.toml, [tool.setuptools.package-data]"
    assert sorted(held - there) == []
    assert {"licenses/LICENSE", "licenses/NOTICE", "entry_points.txt"} <= metadata


def test_what_is_run_is_the_wheels(installed: Path, tmp_path: Path) -> None:
    where = _run(installed, "python", "-c", "import scanflow; print(scanflow.__file__)", folder=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    assert re.fullmatch(
        r"scanflow \d+\.\d+\.\d+\n", _run(installed, "scanflow", "--version", folder=tmp_path)
    )


def test_it_makes_a_searchable_pdf_of_a_page(installed: Path, tmp_path: Path) -> None:
    """This needs the model, the counts of syllables, the font and the colour profile."""
    page = Image.new("L", (800, 300), 255)
    ImageDraw.Draw(page).text((60, 100), "Giay khai sinh 2026", fill=0, font_size=48)
    page.save(tmp_path / "page.png", dpi=(200, 200))
    _run(installed, "scanflow", "-q", "pdf", "page.png", "out.pdf", "--sidecar", "text.txt", folder=tmp_path)
    assert "2026" in (tmp_path / "text.txt").read_text(encoding="utf-8")
    with pikepdf.open(tmp_path / "out.pdf") as pdf:
        assert pdf.open_metadata().pdfa_status == "2B"


def test_its_profiles_are_whole(installed: Path, tmp_path: Path) -> None:
    assert _run(installed, "scanflow", "profiles", "check", folder=tmp_path).strip()


def test_it_makes_an_archive_and_serves_pages(installed: Path, tmp_path: Path) -> None:
    """This needs migrations, templates, translations and static files."""
    log = tmp_path / "web.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [str(installed / "scanflow"), "web", "--port", "0"],
            stdout=output, stderr=output, cwd=tmp_path, env=_environment(tmp_path / "home"),
        )  # fmt: skip
    try:
        address = _address(server, log)
        with urllib.request.urlopen(f"{address}/") as answer:  # noqa: S310 - our own server's
            page = answer.read().decode()
        assert "Đăng nhập" in page
        styles = re.findall(r'href="(/static/[^"]+\.css[^"]*)"', page)
        scripts = re.findall(r'src="(/static/[^"]+\.js[^"]*)"', page)
        assert styles
        assert scripts
        for path in (*styles, *scripts):
            with urllib.request.urlopen(address + path) as answer:  # noqa: S310 - as above
                assert answer.status == 200
                assert answer.read()
    finally:
        server.terminate()
        server.wait(PATIENCE)
    assert server.returncode == 0, log.read_text("utf-8")


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + PATIENCE
    while not (found := _SERVING.search(log.read_text("utf-8"))):
        assert server.poll() is None, log.read_text("utf-8")
        assert time.monotonic() < until, log.read_text("utf-8")
        time.sleep(0.05)
    return found[1]

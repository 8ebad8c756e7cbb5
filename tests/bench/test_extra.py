"""Benches and `make hostile` work without the extra files, and print what they do instead."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHOOSE = """
import sys
from pathlib import Path
from bench.rendered import chosen_sets
for name, samples in chosen_sets(Path(sys.argv[1]), "", None, "150 dpi"):
    print(name, len(samples), all(sample.path.exists() for sample in samples))
"""


def run(*arguments: str, extra: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "EXTRA_DATA": str(extra)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)


def test_pages_are_rendered_in_place_of_real_ones(tmp_path: Path) -> None:
    done = run("-c", CHOOSE, str(tmp_path), extra=tmp_path / "absent")
    assert done.stdout == "150 dpi 2 True\n"
    assert f"{tmp_path / 'absent'} is not there: 2 rendered pages of each kind" in done.stderr


def test_real_pages_are_taken_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "synthetic").mkdir()
    (tmp_path / "synthetic" / "one.txt").write_text("một", encoding="utf-8")
    (tmp_path / "synthetic" / "one.png").write_bytes(b"")
    done = run("-c", CHOOSE, str(tmp_path), extra=tmp_path)
    assert (done.stdout, done.stderr) == ("", "")


def test_hostile_files_are_those_of_the_fixtures_and_damaged_ones(tmp_path: Path) -> None:
    command = (
        "-m",
        "tests.hostile",
        "--only",
        "rong.tif",
        "--damaged",
        "0",
        "--home",
        str(tmp_path / "home"),
    )
    done = run(*command, extra=tmp_path / "absent")
    assert "| rong.tif |" in done.stdout
    assert "the broken files of the fixtures" in done.stderr

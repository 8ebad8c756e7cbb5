"""`make hostile`: each hostile file and some hundred damaged ones through `ingest`; 0 only if all held."""

import argparse
import secrets
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from fixtures.extra import EXTRA, ROOT, say_what_is_missing
from scanflow.settings import LimitSettings
from tests.fuzz.corpus import written_seeds
from tests.fuzz.passage import damaged_file
from tests.hostile.observed import observe
from tests.hostile.page import COLUMNS, Run, page, row
from tests.hostile.trial import put_to_trial

FOLDER = EXTRA / "hostile"
BROKEN = ROOT / "fixtures" / "dossiers" / "H13.42-260902-0003"
_VERIFY_SECONDS = 600.0
BY_HAND = "## Looked at by hand"


def main() -> int:
    """Try every file; the exit code is 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        help=f"default: {FOLDER}",
    )
    parser.add_argument("--only", default="*", help="only files whose names fit this pattern")
    parser.add_argument("--damaged", type=int, default=300, help="files damaged at random; default: 300")
    parser.add_argument("--seed", type=int, default=None, help="seed of the damage; default: a new one")
    parser.add_argument("--home", type=Path, default=None, help="keep the archive here, to look at it")
    parser.add_argument("--write", type=Path, default=None, help="where the result goes, as Markdown")
    asked = parser.parse_args()
    seed = asked.seed if asked.seed is not None else secrets.randbelow(10**8)
    if asked.folder == FOLDER and not FOLDER.is_dir():
        say_what_is_missing(FOLDER, "the broken files of the fixtures and files damaged at random are tried")
        asked.folder = BROKEN
    files = sorted(path for path in asked.folder.glob(asked.only) if path.is_file())
    if not files:
        parser.error(f"no such files in {asked.folder}")
    with tempfile.TemporaryDirectory(prefix="scanflow-hostile-") as folder:
        command = f"make hostile SEED={seed}"
        damaged = _damaged(Path(folder), seed, asked.damaged)
        run = _try_all(command, asked.home or Path(folder) / "home", files, damaged)
        if asked.write:
            asked.write.write_text(page(run) + _by_hand(asked.write), encoding="utf-8")
    for problem in run.problems:
        _say(f"PROBLEM: {problem}")
    return int(bool(run.problems))


def _by_hand(path: Path) -> str:
    """What a person wrote at the end of the last report, to be kept."""
    _, mark, rest = path.read_text(encoding="utf-8").partition(BY_HAND) if path.exists() else ("", "", "")
    return f"\n{mark}{rest}" if mark else ""


_AT_ONCE = 100


def _damaged(folder: Path, seed: int, count: int) -> list[list[Path]]:
    """Batches of damaged files; the same seed gives the same."""
    batches: list[list[Path]] = []
    for no in range(count):
        if no % _AT_ONCE == 0:
            batches.append([])
        name, data = damaged_file(seed + no, written_seeds())
        path = folder / f"damaged-{len(batches)}" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        batches[-1].append(path)
    _say(f"seed {seed}")
    return batches


def _try_all(command: str, home: Path, files: list[Path], damaged: list[list[Path]]) -> Run:
    started, trials = time.monotonic(), []
    _say(f"| {' | '.join(COLUMNS)} |")
    for no, batch in enumerate([*([path] for path in files), *damaged], start=1):
        # A dossier each, or pages that several files share would be set aside as duplicates.
        trials.append(put_to_trial(home, batch, f"H57.132-260804-{no:04}", LimitSettings()))
        _say(row(trials[-1]))
    problems = [problem for trial in trials for problem in trial.problems] + _of_the_archive(home)
    return Run(
        command,
        datetime.now(UTC).date(),
        time.monotonic() - started,
        trials[: len(files)],
        trials[len(files) :],
        problems,
    )


def _of_the_archive(home: Path) -> list[str]:
    verified = observe(home, "verify", within=_VERIFY_SECONDS, env={})
    if verified.code == 0:
        return []
    return [f"verify: exit code {verified.code}: {line}" for line in verified.stdout.splitlines()]


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""The checks of `scanflow doctor`: programs, models, store and database, and remedies."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scanflow.errors import NotFoundError, ScanflowError
from scanflow.settings import Settings

Verdict = Literal["ok", "missing", "optional"]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `optional`: missing, but not always needed."""

    what: str
    verdict: Verdict
    detail: str
    remedy: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Check everything that intake, reading and filing need; gives one finding at a time."""
    yield _program("pdftoppm", ["-v"], "rendering PDF pages", "apt-get install poppler-utils")
    yield _program("pdftotext", ["-v"], "text layers of PDFs", "apt-get install poppler-utils")
    yield _asked("reader", lambda: _reader(settings), "apt-get install tesseract-ocr-vie")
    yield _program(
        "tesseract",
        ["--version"],
        "reading with engine = pytesseract",
        "apt-get install tesseract-ocr",
        needed=settings.ocr.engine == "pytesseract",
    )
    yield _program("scanimage", ["--version"], "scanners (SANE)", "apt-get install sane-utils", needed=False)
    yield _airscan()
    yield _package("pyinsane2", "a second scanner adapter", "pip install 'scanflow[scanner]'")
    yield _asked("profiles", lambda: _profiles(settings), "scanflow profiles check")
    yield from _archive_findings(settings)
    yield from _web(settings)
    yield from _confinement(settings)
    yield _home(settings)
    if settings.store.kind == "s3":
        yield _keys(settings)


def _airscan() -> Finding:
    """SANE's driver for driverless network scanners, wherever this Debian keeps its libraries."""
    found = next(Path("/usr/lib").glob("*/sane/libsane-airscan.so*"), None)
    remedy = "" if found else "apt-get install sane-airscan"
    detail = str(found) if found else "not found; for network scanners without a driver (eSCL, AirScan)"
    return Finding("sane-airscan", "ok" if found else "optional", detail, remedy)


def _program(
    name: str, version_call: list[str], purpose: str, remedy: str, *, needed: bool = True
) -> Finding:
    path = shutil.which(name)
    if path is None:
        return Finding(name, "missing" if needed else "optional", f"not found; for {purpose}", remedy)
    said = subprocess.run([path, *version_call], capture_output=True, text=True, timeout=20, check=False)
    first = (said.stdout or said.stderr).strip().splitlines()
    return Finding(name, "ok", first[0] if first else path)


def _package(name: str, purpose: str, remedy: str) -> Finding:
    if importlib.util.find_spec(name) is None:
        return Finding(name, "optional", f"not installed; for {purpose}", remedy)
    return Finding(name, "ok", f"installed; for {purpose}")


def _asked(what: str, ask: Callable[[], str], remedy: str) -> Finding:
    """The finding of a trial: what `ask` returns, or the error that it raises."""
    try:
        return Finding(what, "ok", ask())
    except ScanflowError as error:
        return Finding(what, "missing", error.message, remedy)


def _reader(settings: Settings) -> str:
    from scanflow.ocr.engines.base import open_engine
    from scanflow.recognition.state import Run
    from scanflow.recognition.step_names import skipped
    from scanflow.recognition.steps import left_out

    engine = open_engine(settings.ocr)
    without = [*sorted(skipped(settings)), *left_out(Run(engine, settings, skipped(settings)))]
    return f"{engine.name}, without {', '.join(without)}" if without else engine.name


def _profiles(settings: Settings) -> str:
    from scanflow.archive.site_profiles import profiles_of

    profiles = profiles_of(settings.classify, settings.home)
    return f"{len(profiles.procedures)} procedures, {len(profiles.types)} document types"


def _archive_findings(settings: Settings) -> Iterator[Finding]:
    """Check store and database. If there is no archive yet, none is made, only the possibility is checked."""
    from scanflow.archive.presence import require_archive

    try:
        require_archive(settings)
    except NotFoundError:
        yield _place_of_home(settings.home)
        if settings.store.kind == "folder":
            return
    yield _asked("object store", lambda: _store(settings), "see [store] in scanflow.toml")
    yield _retention(settings)
    if settings.catalog.url is not None or (settings.home / "catalog.db").is_file():
        yield _asked("database", lambda: _catalog(settings), "see [catalog] in scanflow.toml")
        yield _asked("archive", lambda: _archive(settings), "see docs/operating.md, Store and catalog")


def _place_of_home(home: Path) -> Finding:
    """Whether an archive could be made here."""
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        detail = f"none yet at {home}"
        return Finding("archive", "optional", detail, "scanflow init, or the first scanflow ingest")
    detail = f"none at {home}, and {there} may not be written to"
    return Finding("archive", "missing", detail, "another --home or SCANFLOW_HOME, or the right to write")


def _store(settings: Settings) -> str:
    from scanflow.archive.store.base import open_store

    open_store(settings).check()
    if settings.store.kind == "s3":
        return f"S3 at {settings.store.endpoint}, bucket {settings.store.bucket}"
    if settings.store.kind != "folder":
        return f"{settings.store.kind}, of another package"
    return f"folder {settings.store.folder or settings.home / 'objects'}"


def _retention(settings: Settings) -> Finding:
    from scanflow.archive.store.base import open_store

    remedy = "see docs/decisions/0008-retention.md"
    try:
        if open_store(settings).retains():
            by = "by scanflow itself" if settings.store.kind == "folder" else settings.store.lock_mode
            return Finding("retention", "ok", f"filed objects are locked ({by})")
    except ScanflowError as error:
        return Finding("retention", "missing", error.message, remedy)
    return Finding("retention", "optional", "no object lock: what was filed can be deleted", remedy)


def _catalog(settings: Settings) -> str:
    from scanflow.archive.catalog import open_catalog

    return open_catalog(settings).describe()


def _archive(settings: Settings) -> str:
    from scanflow.archive.identity import open_archive, read_identity

    with open_archive(settings) as archive:
        identity = read_identity(archive.store)
    return f"store and catalog are those of archive {identity.id if identity else '?'}"


def _web(settings: Settings) -> Iterator[Finding]:
    from scanflow.web.exposure import exposures

    found = [warning for warning, _ in exposures(settings.web)]
    for warning in found:
        yield Finding("web pages", "optional", warning, "see [web] in scanflow.toml")
    if not found:
        yield Finding("web pages", "ok", f"for {settings.web.host}, port {settings.web.port}")


def _confinement(settings: Settings) -> Iterator[Finding]:
    """Which restrictions apply to a real child process that decodes untrusted files."""
    from scanflow.errors import InputError
    from scanflow.pipeline.sandbox.confinement import ALL, SECCOMP
    from scanflow.pipeline.sandbox.pool import ChildProcesses, outcome

    with ChildProcesses(settings.model_copy(update={"jobs": 1})) as children:
        standing = outcome(children.confinement(), "a child process")
    if isinstance(standing, InputError):
        yield Finding("child processes", "missing", standing.message, "see the log")
        return
    for layer in ALL:
        if layer in standing:
            yield Finding(f"children: {layer}", "ok", "restricts the processes that decode files")
        else:
            remedy = (
                "apt-get install libseccomp2" if layer == SECCOMP else "a kernel of 5.13 or newer with it"
            )
            detail = "does not restrict the processes that decode files"
            yield Finding(f"children: {layer}", "optional", detail, remedy)


def _home(settings: Settings) -> Finding:
    """Whether other users may read the home: older versions and other programs may have made it so."""
    from scanflow.disk import is_private

    places = [settings.home, *([settings.store.folder] if settings.store.folder else [])]
    for place in places:
        if not is_private(place):
            return Finding("home", "optional", f"{place}: other users may look into it", f"chmod 700 {place}")
    return Finding("home", "ok", "for its own user only")


def _keys(settings: Settings) -> Finding:
    """Whether these keys can delete locked objects."""
    from scanflow.archive.store.s3_rights import can_end_locks

    remedy = "see docs/operating.md, Keys that can't end a lock"
    try:
        ends = can_end_locks(settings.store)
    except ScanflowError as error:
        return Finding("store's keys", "missing", error.message, remedy)
    if ends is None:
        return Finding("store's keys", "optional", "nothing is locked, so any key can delete it", remedy)
    if ends:
        return Finding("store's keys", "optional", "they can end governance locks and delete", remedy)
    return Finding("store's keys", "ok", "they can't end a lock")

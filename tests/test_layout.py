"""The layout shows the architecture: no room imports a later one, faces only what they are for, SQL is in two
rooms.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

import scanflow

ROOT = Path(scanflow.__file__).parent
LINE = [
    "text",
    "capture",
    "imaging",
    "ocr",
    "recognition",
    "classify",
    "pdf",
    "archive",
    "ledger",
    "pipeline",
    "night",
    "desk",
    "review",
    "agent",
    "web",
    "cli",
]
SHARED = {
    "model",
    "membership",
    "errors",
    "sections",
    "settings",
    "web_settings",
    "logs",
    "disk",
    "backoff",
    "clock",
    "child_settings",
    "environment",
    "proof",
    "counter_messages",
    "names",
    "file_locks",
    "process_groups",
    "freed_memory",
    "units",
    "plugins",
    "__init__",
}
# What the faces, and the desk behind the clerks' pages, may import beside the shared modules and themselves:
# a module, or all that is in a room. Who needs something else asks the room for a function.
FACES = {
    "desk": {
        "archive.catalog",
        "archive.documents.held_documents",
        "archive.logbook",
        "archive.manifest",
        "archive.people.agencies",
        "archive.search.words",
        "archive.store.base",
        "capture.files.unpacked",
        "classify",
        "imaging.measures.fingerprint_distance",
        "ledger",
        "pipeline",
        "text",
    },
    "review": {
        "archive.catalog",
        "archive.documents",
        "archive.figures",
        "archive.filing_guard",
        "archive.log",
        "archive.logbook",
        "archive.manifest",
        "archive.people.accounts",
        "archive.people.review_claims",
        "archive.people.saved_searches",
        "archive.search",
        "archive.store.keys",
        "capture.files.unpacked",
        "classify",
        "ledger",
        "night",
        "pdf.document",
        "pipeline",
        "text",
    },
    "agent": {"capture.scanner"},
    "web": {
        "archive.catalog",
        "archive.figures",
        "archive.log.watching",
        "archive.logbook",
        "archive.people",
        "archive.programs",
        "archive.search",
        "classify.profiles",
        "desk",
        "ledger.records",
        "pipeline.batch_outcome",
        "pipeline.intake.uploads",
        "pipeline.periodic",
        "pipeline.webhook_delivery",
        "review",
    },
    "cli": {
        "agent.agent",
        "archive.catalog",
        "archive.figures",
        "archive.identity",
        "archive.log",
        "archive.logbook",
        "archive.people",
        "archive.presence",
        "archive.programs",
        "archive.repair",
        "archive.search",
        "archive.site_profiles",
        "archive.store",
        "capture.files.unpacked",
        "capture.inbox",
        "capture.scanner",
        "classify",
        "desk.changing.handover",
        "desk.opening",
        "ledger.batches",
        "ledger.nightly.night_items",
        "ledger.nightly.night_runs",
        "night",
        "ocr.engines",
        "pdf.document",
        "pipeline",
        "recognition",
        "text",
        "web.exposure",
        "web.serving",
    },
}
# Names of SQLAlchemy that may be used outside of `ledger/` and `archive/`: a connection is passed on.
ELSEWHERE = {"sqlalchemy": {"Connection"}}
# Drivers of databases, which `ledger/` and `archive/` alone import.
DRIVERS = {"sqlite3", "psycopg", "alembic", "asyncpg"}
STATEMENT = re.compile(
    r"\s*(?:SELECT\s.+\sFROM\s|SELECT\s+\S+\s*\(|INSERT\s(?:OR\s\w+\s)?INTO\s|UPDATE\s.+\sSET\s|DELETE\s+FROM\s"
    r"|(?:CREATE|DROP|ALTER)\s+(?:VIRTUAL\s+)?(?:TABLE|INDEX|VIEW)\s|PRAGMA\s|VACUUM\b|WITH\s+\w+\s+AS\s*\()",
    re.DOTALL,
)
EXCEPTIONS = {
    # A value that the database can't hold is a wrong call, which is found out as it is written.
    "web/app.py": {"sqlalchemy.exc": {"DataError"}},
    "web/api/problems.py": {"sqlalchemy.exc": {"DataError"}},
}
OWN_CLOCK = re.compile(r"datetime\.(now|today|utcnow)\(|date\.today\(|ZoneInfo\(|timezone\(timedelta")


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imports(path: Path, of: str = "scanflow") -> set[str]:
    """The modules that a file imports anywhere in it, also inside functions; those whose name begins so."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith(of)}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(of):
            if node.module == "scanflow":
                found |= {f"scanflow.{alias.name}" for alias in node.names if alias.name in [*LINE, *SHARED]}
            else:
                found.add(node.module)
    return found


def modules(path: Path) -> set[str]:
    """The modules of ours that a file imports, without `scanflow.`: `from scanflow.desk import view` imports
    `desk.stack_view.view`.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = [[*node.module.split("."), alias.name] for alias in node.names]
            names = [".".join(each if _is_module(each) else each[:-1]) for each in parts]
        else:
            continue
        found |= {name.removeprefix("scanflow.") for name in names if name.startswith("scanflow.")}
    return found


def _is_module(parts: list[str]) -> bool:
    path = ROOT.parent.joinpath(*parts)
    return path.is_dir() or path.with_suffix(".py").is_file()


def covers(allowed: str, module: str) -> bool:
    return module == allowed or module.startswith(f"{allowed}.")


@pytest.mark.parametrize("face", FACES)
def test_faces_import_what_they_are_for(face: str) -> None:
    imported: set[str] = set()
    for path in sorted((ROOT / face).rglob("*.py")):
        others = {each for each in modules(path) if each.split(".")[0] not in {face, *SHARED}}
        strange = {each for each in others if not any(covers(allowed, each) for allowed in FACES[face])}
        assert not strange, f"{path.relative_to(ROOT)} imports {sorted(strange)}"
        imported |= others
    unused = {each for each in FACES[face] if not any(covers(each, module) for module in imported)}
    assert not unused, f"{face} imports nothing of {sorted(unused)}: remove them from the list"


def test_sql_is_in_the_ledger_and_the_archive_only() -> None:
    """Outside of them no text is a statement, nothing imports the tables or the driver of a database, and of
    SQLAlchemy a connection only.
    """
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.split("/", maxsplit=1)[0] in {"ledger", "archive"}:
            continue
        assert "archive.database.tables" not in modules(path), f"{name} imports the tables"
        drivers = DRIVERS & {each.split(".")[0] for each in imports(path, of="")}
        assert not drivers, f"{name} imports {sorted(drivers)}"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not STATEMENT.match(node.value), f"{name}, line {node.lineno}: SQL"
            if isinstance(node, ast.Import):
                assert not [each for each in node.names if each.name.startswith("sqlalchemy")], name
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("sqlalchemy"):
                may = ELSEWHERE.get(node.module, set()) | EXCEPTIONS.get(name, {}).get(node.module, set())
                more = {each.name for each in node.names} - may
                assert not more, f"{name} imports {sorted(more)} of {node.module}"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT code FROM procedure WHERE place = 0",
        "\n    SELECT 1 FROM batch",
        "SELECT pg_advisory_lock(1)",
        "INSERT OR IGNORE INTO form VALUES (?, ?, ?)",
        "UPDATE page SET state = 'read'",
        "DELETE FROM page",
        "CREATE VIRTUAL TABLE named USING fts5(name)",
        "PRAGMA journal_mode=WAL",
    ],
)
def test_statements_are_known(text: str) -> None:
    assert STATEMENT.match(text)
    assert not STATEMENT.match(f"the text: {text}")


@pytest.mark.parametrize("room", LINE)
def test_no_room_imports_a_later_one(room: str) -> None:
    later = set(LINE[LINE.index(room) + 1 :])
    for path in sorted((ROOT / room).rglob("*.py")):
        backwards = {module for module in imports(path) if room_of(module) in later}
        assert not backwards, f"{path.relative_to(ROOT)} imports {sorted(backwards)}"


def test_shared_modules_import_no_room() -> None:
    for name in SHARED:
        files = sorted((ROOT / name).rglob("*.py")) or [ROOT / f"{name}.py"]
        rooms = {room_of(module) for path in files for module in imports(path)}
        assert not rooms & set(LINE), f"{name} imports {sorted(rooms & set(LINE))}"


def test_each_module_is_of_a_room_or_shared() -> None:
    there = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert there == {*LINE, *SHARED}


def test_no_test_module_is_imported() -> None:
    """What several test modules need stands in a module of its own, named by what is in it."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    assert len(files) > 400
    imported = {
        str(path.relative_to(ROOT.parent))
        for path in files
        for module in imports(path, of="tests.")
        if module.rpartition(".")[2].startswith("test_")
    }
    assert not imported, f"these modules import test modules: {sorted(imported)}"


def test_one_clock_and_one_time_zone() -> None:
    """Code that reads the wall clock elsewhere may get the date of another zone."""
    of_their_own = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path.name != "clock.py" and OWN_CLOCK.search(path.read_text(encoding="utf-8"))
    }
    assert not of_their_own, f"these modules have their own clock or time zone: {sorted(of_their_own)}"
    # A test that takes the machine's date fails in the hours in which Vietnam has another.
    ours = re.compile(r"date\.today\(|datetime\.now\(\)")
    here = Path(__file__)
    tests = [
        path for path in here.parent.rglob("*.py") if path != here and ours.search(path.read_text("utf-8"))
    ]
    assert not tests, f"these tests take the machine's date: {tests}"


def test_the_picture_names_every_room_and_shared_module() -> None:
    text = (ROOT.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_]+)(?:/|\.py)", text))
    assert (SHARED | set(LINE)) - {"__init__"} <= named


SAME_MEANING = {"Line"}
"""Names of classes that two rooms use for the same thing."""


def test_no_class_has_the_name_of_another_rooms() -> None:
    """But for the answers of the API, whose names stand in its schema."""
    rooms = defaultdict[str, set[str]](set)
    for path in ROOT.rglob("*.py"):
        room = path.relative_to(ROOT).parent.as_posix()
        if room != "web/api":
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    rooms[node.name].add(room)
    assert len(rooms) > 500
    assert {name: found for name, found in rooms.items() if len(found) > 1 and name not in SAME_MEANING} == {}

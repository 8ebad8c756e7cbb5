"""The layout shows the architecture: no room imports a later one."""

import ast
import re
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
    "desk",
    "agent",
    "web",
    "cli",
]
SHARED = {
    "model",
    "errors",
    "settings",
    "logs",
    "disk",
    "backoff",
    "clock",
    "environment",
    "proof",
    "counter_messages",
    "names",
    "units",
    "plugins",
    "__init__",
}
OWN_CLOCK = re.compile(r"datetime\.(now|today|utcnow)\(|date\.today\(|ZoneInfo\(|timezone\(timedelta")


def room_of(module: str) -> str:
    return module.split(".")[1] if "." in module else "__init__"


def imports(path: Path) -> set[str]:
    """The scanflow modules that a file imports anywhere in it, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("scanflow")}
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("scanflow"):
            if node.module == "scanflow":
                found |= {f"scanflow.{alias.name}" for alias in node.names if alias.name in [*LINE, *SHARED]}
            else:
                found.add(node.module)
    return found


@pytest.mark.parametrize("room", LINE)
def test_no_room_imports_a_later_one(room: str) -> None:
    later = set(LINE[LINE.index(room) + 1 :])
    for path in sorted((ROOT / room).rglob("*.py")):
        backwards = {module for module in imports(path) if room_of(module) in later}
        assert not backwards, f"{path.relative_to(ROOT)} imports {sorted(backwards)}"


def test_shared_modules_import_no_room() -> None:
    for name in SHARED - {"__init__"}:
        rooms = {room_of(module) for module in imports(ROOT / f"{name}.py")}
        assert not rooms & set(LINE), f"{name}.py imports {sorted(rooms & set(LINE))}"


def test_one_clock_and_one_time_zone() -> None:
    """Whoever reads the wall clock elsewhere takes a date of another zone sooner or later."""
    of_their_own = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if path.name != "clock.py"
        and re.search(
            r"datetime\.(now|today|utcnow)\(|date\.today\(|ZoneInfo\(|timezone\(timedelta",
            path.read_text(encoding="utf-8"),
        )
    }
    assert not of_their_own, f"they have a clock or a time zone of their own: {sorted(of_their_own)}"

"""Nothing changes a batch without a lock on its row: checked in the source, as in `tests/test_layout.py`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import scanflow

ROOT = Path(scanflow.__file__).parent
TABLES = {"batches", "files", "pages", "readings", "file_attempts"}
CHANGES = {"insert", "update", "delete"}

# Of these functions each says in one statement which state, turn or job it changes, or makes what is new.
WITHOUT_A_HELD = {
    ("ledger/batches.py", "begin_batch"),
    ("ledger/document_pages.py", "place_pages"),  # of closed batches, which no worker works on
    ("ledger/files.py", "expect_files"),
    ("ledger/scheduling.py", "jobs_ended"),
    ("ledger/scheduling.py", "job_enqueued"),
    ("ledger/scheduling.py", "job_replaced"),
}
# Repair and rebuild keep all other writers out meanwhile.
ANEW = {
    "archive/repair/rebuild.py",
    "archive/repair/repair.py",
    "archive/repair/merging.py",
    "archive/repair/merging_batches.py",
    "archive/repair/merging_dossiers.py",
    "archive/repair/reopening.py",
    "archive/repair/unplaced.py",
}
# Where something is decided and done in one transaction, or belongs to no turn.
MAY_LOCK = {
    "pipeline/waiting_batches.py",  # a person's decision
    "pipeline/intake/arriving.py",  # a page comes
    "pipeline/intake/known_files.py",  # sources of batches that have long been closed
    "ledger/scheduling.py",  # batches whose taker is gone
    "pipeline/filing/file.py",  # `release_intake`: of closed batches
    "desk",  # a clerk's decision
}


def functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted(ROOT.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name not in ANEW and "migrations" not in path.parts:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef):
                    yield name, node


def changed_tables(function: ast.FunctionDef) -> set[str]:
    """The tables that a function changes itself, as `update(t)`, `t.update()` or the like."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and called.id in CHANGES and node.args:
                found |= {node.args[0].id} if isinstance(node.args[0], ast.Name) else set()
            if isinstance(called, ast.Attribute) and called.attr in CHANGES:
                found |= {called.value.id} if isinstance(called.value, ast.Name) else set()
    return found & TABLES


def takes_a_held(function: ast.FunctionDef) -> bool:
    arguments = [*function.args.args, *function.args.kwonlyargs]
    return any(isinstance(each.annotation, ast.Name) and each.annotation.id == "Held" for each in arguments)


def importers(name: str) -> set[str]:
    """The modules that import a name from `scanflow.ledger.lease`."""
    return {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "scanflow.ledger.lease"
        if name in {alias.name for alias in node.names}
    }


def calls(name: str) -> set[str]:
    return {
        where
        for where, function in functions()
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


def test_every_function_that_changes_a_batch_takes_a_held() -> None:
    changing = [(where, function) for where, function in functions() if changed_tables(function)]
    assert len(changing) > 15, "the test no longer finds what it looks for"
    without = {(where, function.name) for where, function in changing if not takes_a_held(function)}
    assert without == WITHOUT_A_HELD


def test_only_a_lease_or_a_lock_gives_a_held() -> None:
    assert calls("Held") == {"ledger/lease.py"}


def test_work_in_several_steps_has_a_lease() -> None:
    """`lock` asks for no turn: a worker that used it could change a batch that another has taken over."""
    elsewhere = {where for where in importers("lock") if not {where, where.partition("/")[0]} & MAY_LOCK}
    assert not elsewhere

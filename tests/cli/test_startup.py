"""What isn't loaded: a command's start is as long as what it imports."""

import subprocess
import sys

import pytest

LISTED = "; import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"


def loaded_by(statement: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded after a statement."""
    command = [sys.executable, "-c", statement + LISTED]
    said = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(said.stdout.split())


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import scanflow.cli.early", {"typer", "pydantic", "multiprocessing", "subprocess"}),
        ("import scanflow.pipeline.sandbox.fork_server", {"pydantic", "msgspec", "numpy", "typer"}),
        ("import scanflow.cli.commands", {"pydantic", "structlog", "rich", "numpy", "sqlalchemy", "socket"}),
        (
            "import scanflow.pipeline.sandbox.tasks",
            {"pydantic", "structlog", "sqlalchemy", "img2pdf", "typer"},
        ),
        ("import scanflow.pipeline.standalone, scanflow.pipeline.sandbox.pool", {"cv2", "PIL", "sqlalchemy"}),
    ],
)
def test_a_part_loads_no_library_that_it_can_do_without(statement: str, absent: set[str]) -> None:
    assert loaded_by(statement).isdisjoint(absent)

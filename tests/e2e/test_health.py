"""`scanflow health`, as a container's health check calls it."""

import socket
from pathlib import Path

from tests.e2e.conftest import scanflow


def test_health_is_good_with_store_and_database(tmp_path: Path) -> None:
    result = scanflow(tmp_path, "health")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("ok: folder store, SQLite")


def test_a_store_that_does_not_answer(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        endpoint = f"127.0.0.1:{taken.getsockname()[1]}"
        store = {"KIND": "s3", "ENDPOINT": endpoint, "SECURE": "false", "TIMEOUT": "1"}
        env = {f"SCANFLOW_STORE__{name}": value for name, value in store.items()}
        result = scanflow(tmp_path, "health", env=env)
    assert result.returncode == 7
    assert "cannot reach the S3 server" in result.stderr


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"not a database" * 100)
    result = scanflow(tmp_path, "health")
    assert result.returncode == 8
    assert result.stdout == ""

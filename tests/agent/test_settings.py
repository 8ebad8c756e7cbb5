"""The agent refuses wrong settings at its start."""

from pathlib import Path

import pytest

from scanflow.agent.agent import only_agent
from scanflow.errors import SettingsError, UsageError
from tests.e2e.conftest import scanflow

ADDRESS = {"SCANFLOW_STATION__SERVER": "http://127.0.0.1:9"}
TOKEN = {"SCANFLOW_STATION__TOKEN": "secret-token"}


def require_refused(home: Path, env: dict[str, str], names: str, *arguments: str) -> None:
    result = scanflow(home, "station", *arguments, env=env)
    assert result.returncode == SettingsError.exit_code, result.stderr
    assert names in result.stderr
    assert "Traceback" not in result.stderr
    assert "secret-token" not in result.stderr


@pytest.mark.parametrize(
    "address", ["", "scanflow.example", "ftp://scanflow.example", "http://", "http://a:b"]
)
def test_an_invalid_address_is_refused(tmp_path: Path, address: str) -> None:
    require_refused(tmp_path, TOKEN, "[station] server", "--server", address)


def test_a_missing_token_is_refused(tmp_path: Path) -> None:
    require_refused(tmp_path, ADDRESS, "token_file")


@pytest.mark.parametrize("content", [None, b"", b"two\nlines", "mã".encode()])
def test_a_token_file_without_a_token_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "token"
    if content is not None:
        path.write_bytes(content)
    require_refused(tmp_path, {**ADDRESS, "SCANFLOW_STATION__TOKEN_FILE": str(path)}, "token_file")


def test_an_invalid_ca_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text("nothing")
    require_refused(tmp_path, {**ADDRESS, **TOKEN, "SCANFLOW_STATION__CA": str(path)}, str(path))


def test_a_second_agent_with_the_same_home_is_refused(tmp_path: Path) -> None:
    with only_agent(tmp_path):
        result = scanflow(tmp_path, "station", env={**ADDRESS, **TOKEN})
    assert result.returncode == UsageError.exit_code
    assert "another" in result.stderr

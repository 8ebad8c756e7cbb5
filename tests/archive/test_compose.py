"""docker/compose.yaml: the object store that it describes, run with its identities."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ADMINISTRATORS = ("S3_ADMIN_KEY", "S3_ADMIN_SECRET")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_the_store_gives_workers_the_rights_of_the_example(compose: dict[str, Any]) -> None:
    """Those are tried against a real server in test_s3_rights.py."""
    stated = json.loads(compose["configs"]["s3"]["content"])["identities"]
    example = json.loads((ROOT / "docker" / "s3.json.example").read_text(encoding="utf-8"))["identities"]
    assert [(each["name"], each["actions"]) for each in stated] == [
        (each["name"], each["actions"]) for each in example
    ]
    command = compose["services"]["seaweedfs"]["command"]
    (given,) = compose["services"]["seaweedfs"]["configs"]
    assert f"-s3.config={given['target']}" in command and given["source"] == "s3"


def test_only_what_makes_the_bucket_has_the_administrators_keys(compose: dict[str, Any]) -> None:
    having = {
        name
        for name, service in compose["services"].items()
        if any(key in json.dumps(service.get("environment", {})) for key in ADMINISTRATORS)
    }
    assert having == {"bucket"}
    for name in ("watcher", "worker", "web"):
        assert compose["services"][name]["depends_on"]["bucket"] == {
            "condition": "service_completed_successfully"
        }


def test_every_variable_is_offered_to_be_filled_in() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"\$\{([A-Z0-9_]+)", text))
    example = (ROOT / "docker" / ".env.example").read_text(encoding="utf-8")
    assert used == set(re.findall(r"^([A-Z0-9_]+)=", example, re.MULTILINE))

"""The API against its own description: schemathesis calls all of it with right and wrong values.

On the real application; it finds failures of ours, answers that are not described, and wrong calls that are
taken. Each call is made once more with a forged token.
"""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from examples.api_client import Scanflow
from scanflow.desk.context import Desk
from scanflow.ledger.batches import get_batch
from scanflow.membership import Scope
from tests.web.calling import new_token
from tests.web.reviewing import OURS
from tests.web.serving import serving_agents

CASES = 2
"""Of each call and kind: all of them together take some ten seconds of a core."""
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/offset+octet-stream")
def _as_it_is(_context: Any, value: Any) -> bytes:
    """How a piece of a file is sent."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_is_as_described(app: FastAPI, desk: Desk, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 18
    token = new_token(desk, *Scope, rate=1_000_000)
    called: set[str] = set()
    refused: set[str] = set()

    for operation in operations:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=CASES,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
            deadline=None,
            derandomize=True,
            database=None,
        )
        def call(case: Case[Any]) -> None:
            called.add(f"{case.method} {case.path}")
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            case.validate_response(answer, checks=CHECKS)
            if case.operation.label not in refused:
                refused.add(case.operation.label)
                assert case.call(headers={"Authorization": "Bearer sft_forged"}).status_code == 401

        call()
    assert len(called) > 15


def test_the_example_of_a_client_works(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "scan.pdf"
    file.write_bytes(b"%PDF-1.7 not a real one")
    with serving_agents(desk) as address:
        client = Scanflow(address, new_token(desk))
        (first, *_) = client.search("nguyen thi hoa")
        assert first.dossier == OURS and "Nguyễn" in first.snippet
        assert client.pdf(first.key, first.document).startswith(b"%PDF-")
        batch = client.upload(file, dossier=OURS)
        with desk.services.catalog.reading() as connection:
            assert get_batch(connection, batch).clerk_number == OURS

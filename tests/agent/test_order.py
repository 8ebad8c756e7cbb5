"""Which answers of the server the agent accepts as an order."""

import json

import pytest

from scanflow.counter_messages import Order, decode
from scanflow.model.order_states import OrderKind


def test_what_an_order_does_not_say_the_counters_settings_decide() -> None:
    said = {"id": 1, "kind": "scan", "device": None, "profile": None, "later": "unknown here"}
    order = decode(Order, json.dumps(said).encode())
    assert order == Order(1, OrderKind.SCAN, device="", profile="", single=False, stop=False)


@pytest.mark.parametrize(
    "said", [{}, {"id": 1}, {"id": 1, "kind": "shred"}, {"kind": "scan"}, {"id": "1", "kind": "scan"}]
)
def test_an_invalid_order_starts_no_scan(said: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        decode(Order, json.dumps(said).encode())

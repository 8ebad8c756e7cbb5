"""What the agent takes for an order."""

import pytest

from scanflow.agent.client import Order


def test_what_an_order_leaves_open_is_the_counters_own_choice() -> None:
    order = Order.of({"id": 1, "kind": "scan", "device": None, "profile": None, "later": "unknown here"})
    assert order == Order(1, "scan", device="", profile="", single=False, stop=False)


@pytest.mark.parametrize("said", [{}, {"id": 1}, {"id": 1, "kind": "shred"}, {"kind": "scan"}])
def test_what_is_no_order_moves_no_paper(said: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        Order.of(said)

"""Kinds and states of orders to counters' agents."""

from enum import StrEnum
from typing import Literal


class OrderKind(StrEnum):
    """What an agent is to do: scan, or list the scanners that are there now."""

    SCAN = "scan"
    LIST = "list"


class OrderState(StrEnum):
    """How far an order is. It waits until its agent says that it is running, and ends once.

    waiting ──► running ──► done | failed | stopped      (waiting ──► done | failed | stopped)
    """

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


UNDER_WAY = (OrderState.WAITING, OrderState.RUNNING)
"""The states of an order that has not ended."""

ReportedState = Literal[OrderState.RUNNING, OrderState.DONE, OrderState.FAILED, OrderState.STOPPED]
"""The states that an agent may report: `waiting` is only the server's."""

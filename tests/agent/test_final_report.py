"""The last report on a stack: derived from the spool when its scan has ended."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanflow.agent.sender import final_report_of
from scanflow.capture.scanner.spool import Spool, Stack, StackRecord, StackState
from scanflow.errors import (
    OversizedInputError,
    PaperJamError,
    ScanCancelledError,
    ScanflowError,
    ScanInterruptedError,
)
from scanflow.model.order_states import OrderState

RECORD = StackRecord(None, None, "test:0", "papers", False, "", "2026-08-04T08:00:00+07:00", order=3)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "station")


def stack_of(
    spool: Spool,
    pages: int,
    state: StackState,
    why: ScanflowError | None = None,
    *,
    duplex: bool = False,
) -> Stack:
    with spool.new(replace(RECORD, duplex=duplex)) as held:
        for no in range(1, pages + 1):
            (held.folder / f"{no:04}.jpg").write_bytes(b"page")
        held.mark(state, why)
    (stack,) = spool.stacks()
    return stack


def test_a_complete_stack_is_done(spool: Spool) -> None:
    told = final_report_of(stack_of(spool, 3, "complete"))
    assert (told.state, told.pages, told.code) == ("done", 3, "")


def test_a_failure_is_reported_with_its_own_message(spool: Spool) -> None:
    jam = PaperJamError("stuck (scanimage)", "Kẹt ở khay 2.")
    told = final_report_of(stack_of(spool, 2, "interrupted", jam))
    assert (told.state, told.pages) == ("failed", 2)
    assert (told.code, told.message, told.message_vi) == ("paper-jam", "stuck (scanimage)", "Kẹt ở khay 2.")


def test_a_stack_that_a_clerk_stopped_has_not_failed(spool: Spool) -> None:
    assert (
        final_report_of(stack_of(spool, 1, "interrupted", ScanCancelledError("stopped"))).state
        is OrderState.STOPPED
    )


def test_a_stack_whose_program_went_away_was_interrupted(spool: Spool) -> None:
    told = final_report_of(stack_of(spool, 2, "scanning"))
    assert (told.state, told.code) == ("failed", ScanInterruptedError.code)
    assert told.message_vi == ScanInterruptedError.default_vi


@pytest.mark.parametrize(("pages", "said"), [(3, True), (2, False), (0, False)])
def test_a_front_without_its_back_is_reported_in_duplex(spool: Spool, pages: int, said: bool) -> None:
    told = final_report_of(stack_of(spool, pages, "interrupted", PaperJamError("stuck"), duplex=True))
    assert ("mặt trước" in told.message_vi) is said
    assert ("front" in told.message) is said


def test_a_last_sheet_with_one_side_is_not_reported_when_all_went_well(spool: Spool) -> None:
    assert final_report_of(stack_of(spool, 3, "complete", duplex=True)).message_vi == ""


def test_a_page_that_the_server_refuses_makes_a_failure_of_a_complete_stack(spool: Spool) -> None:
    told = final_report_of(stack_of(spool, 3, "complete"), OversizedInputError("too large"))
    assert (told.state, told.code, told.message_vi) == (
        "failed",
        "oversized",
        OversizedInputError.default_vi,
    )

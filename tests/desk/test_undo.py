"""A clerk's changes to a stack are undone step by step, and pages that were arranged as papers stay so."""

import pytest

from scanflow.desk import stacks
from scanflow.desk.changing import changes
from scanflow.desk.stack_view.view_model import StackView
from scanflow.errors import ChangedError, UsageError
from scanflow.ledger.desk_work.undo_steps import newest_step
from tests.desk.conftest import CLERK, Counter
from tests.desk.sheets import blank, upper_halves

BIRTH, MARRIAGE = upper_halves("H13.42-260804-0017"), upper_halves("quay-1")


def nos(seen: StackView) -> list[list[int]]:
    return [[page.no for page in paper.pages] for dossier in seen.dossiers for paper in dossier.papers]


def undo(counter: Counter) -> str:
    """Undo the newest step; what it was."""
    step = counter.seen.undoable
    assert step is not None
    changes.undo(counter.desk, counter.stack, CLERK, step.id)
    return step.action


def test_each_step_is_undone_the_newest_first(counter: Counter) -> None:
    desk, stack = counter.desk, counter.begin(counter.number)
    counter.scan(BIRTH[2], BIRTH[0], blank())
    before = counter.read()
    assert nos(before) == [[1], [2]] and before.undoable is None
    changes.rotate(desk, stack, CLERK, 1, 90, also=[2])
    changes.remove(desk, stack, CLERK, 1, also=[2])
    changes.restore(desk, stack, CLERK, 3)
    changes.choose_type(desk, stack, CLERK, 3, "ban-ve")
    changes.attest_all(desk, stack, CLERK)
    stacks.describe(desk, stack, CLERK, counter.number, "1.001193")
    assert nos(counter.seen) == [[3]]
    newest = counter.seen.undoable
    assert [undo(counter) for _ in range(6)] == [
        "described", "attested-all", "typed", "restored", "removed", "turned",
    ]  # fmt: skip
    after = counter.read()
    assert nos(after) == nos(before) and after.undoable is None
    assert [page.state for page in after.aside] == ["blank"]
    pages = [paper.pages[0].picture for paper in after.dossiers[0].papers]
    assert pages == [paper.pages[0].picture for paper in before.dossiers[0].papers]
    assert (after.number, after.procedure) == (counter.number, None)
    assert newest is not None
    with pytest.raises(ChangedError):
        changes.undo(desk, stack, CLERK, newest.id)


def test_a_page_that_was_scanned_again_comes_back_and_nothing_is_undone_after_filing(
    counter: Counter,
) -> None:
    desk, stack = counter.desk, counter.begin(counter.number)
    counter.scan(BIRTH[2], BIRTH[0])
    counter.read()
    counter.scan(MARRIAGE[4], replaces=1)
    assert nos(counter.read()) == [[3], [2]]
    assert undo(counter) == "rescanned"
    assert nos(counter.seen) == [[1], [2]]
    changes.remove(desk, stack, CLERK, 1)
    counter.file()
    with desk.services.catalog.reading() as connection:
        assert newest_step(connection, stack) is None


def test_a_result_goes_into_a_dossier_that_is_there(counter: Counter) -> None:
    with pytest.raises(UsageError):
        stacks.open_stack(
            counter.desk, clerk=CLERK, counter=None, number=counter.number, procedure=None, existing=True
        )


def test_pages_stay_in_the_papers_in_which_they_were_laid(counter: Counter) -> None:
    """A paper keeps its type and where it begins; it was compared only if each page of it was."""
    desk, stack = counter.desk, counter.begin(counter.number)
    counter.scan(BIRTH[2], BIRTH[0], MARRIAGE[4])
    assert nos(counter.read()) == [[1], [2], [3]]
    changes.choose_type(desk, stack, CLERK, 1, "giay-uy-quyen")
    changes.attest(desk, stack, CLERK, 1, on=True)
    changes.arrange(desk, stack, CLERK, [[2, 1], [3]])  # dropped before the first page of that paper
    first = counter.seen.dossiers[0].papers[0]
    assert nos(counter.seen) == [[2, 1], [3]]
    changes.arrange(desk, stack, CLERK, [[1], [2, 3]])
    assert nos(counter.seen) == [[1], [2, 3]]
    changes.arrange(desk, stack, CLERK, [[1, 3], [2]])
    joined = counter.seen.dossiers[0].papers[0]
    assert nos(counter.seen) == [[1, 3], [2]] and joined.attested is None
    assert first.attested is None

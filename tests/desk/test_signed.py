"""A signed file at the desk: what would change a part of it is refused, the whole may be removed."""

from collections.abc import Callable

import pytest

from scanflow.archive.manifest import read_manifest
from scanflow.archive.repair.verify import verify
from scanflow.archive.store.keys import intake_prefix
from scanflow.desk import stacks
from scanflow.desk.arriving import orders
from scanflow.desk.changing import changes
from scanflow.desk.context import Desk
from scanflow.desk.stack_view.view_model import StackView
from scanflow.errors import SignedFileError, UsageError
from scanflow.ledger.batches import Intake
from scanflow.pipeline.batch_outcome import Outcome, load_outcome
from scanflow.pipeline.intake.take import take
from tests.desk.conftest import CLERK, COUNTER, Counter
from tests.desk.patience import wait_for
from tests.pipeline.signedfiles import require_whole, sheet, signed_pdf


def signed_file() -> bytes:
    """A file of three pages."""
    return signed_pdf(sheet("1"), sheet(""), sheet("2"))


def unreadable_file() -> bytes:
    """One whose second page is too large to be read."""
    return signed_pdf(sheet("1"), sheet("2"), stated=(90_000, 90_000))


def claimed(counter: Counter, data: bytes) -> StackView:
    """A stack at the desk: a page, a signed file, another page."""
    folder = counter.desk.services.settings.home / f"in-{counter.number}"
    folder.mkdir()
    for name, content in (("1.jpg", sheet("A")), ("2.pdf", data), ("3.jpg", sheet("B"))):
        (folder / name).write_bytes(content)
    (counter.stack,) = take(
        counter.desk.services, sorted(folder.iterdir()), lambda path: path.read_bytes(), Intake("inbox")
    ).batches
    counter.desk.submit(counter.stack)
    comes_to(counter, "unassigned")
    stacks.claim(counter.desk, counter.stack, CLERK, COUNTER)
    stacks.describe(counter.desk, counter.stack, CLERK, counter.number, None)
    return counter.read()


def comes_to(counter: Counter, state: str) -> Outcome:
    return wait_for(
        lambda: load_outcome(counter.desk.services, counter.stack), lambda outcome: outcome.state == state
    )


def require_kept(counter: Counter, data: bytes) -> None:
    """The file is whole, once what follows the end of the batch is done."""
    wait_for(lambda: tidied_up(counter), bool)
    require_whole(counter.desk.services, counter.stack, [data])


def tidied_up(counter: Counter) -> bool:
    """Whether the batch's last manifest is written, and what intake needs no more is gone."""
    services = counter.desk.services
    manifests = services.catalog.objects(f"{intake_prefix(counter.stack)}manifest/")
    newest = read_manifest(services.store.get(manifests[-1].key))
    return newest["batch"]["state"] == "closed" and not verify(services.store, services.catalog).unknown


def papers(seen: StackView) -> list[list[int]]:
    return [[page.no for page in paper.pages] for dossier in seen.dossiers for paper in dossier.papers]


Act = Callable[[Desk, str], object]

REFUSED: dict[str, Act] = {
    "remove": lambda desk, stack: changes.remove(desk, stack, CLERK, 3),
    "turn": lambda desk, stack: changes.rotate(desk, stack, CLERK, 2, 90),
    "split": lambda desk, stack: changes.split(desk, stack, CLERK, 4),
    "join to what is before": lambda desk, stack: changes.join(desk, stack, CLERK, 2),
    "join what follows": lambda desk, stack: changes.join(desk, stack, CLERK, 5),
    "a type within": lambda desk, stack: changes.choose_type(desk, stack, CLERK, 3, "can-cuoc"),
    "move a page out": lambda desk, stack: changes.arrange(desk, stack, CLERK, [[3], [1], [2, 4], [5]]),
    "move a page in": lambda desk, stack: changes.arrange(desk, stack, CLERK, [[2], [1], [3, 4], [5]]),
    "turn its order round": lambda desk, stack: changes.arrange(desk, stack, CLERK, [[1], [4, 3, 2], [5]]),
    "name a part of it only": lambda desk, stack: changes.arrange(desk, stack, CLERK, [[4]]),
    "lay a page beside it": lambda desk, stack: changes.arrange(desk, stack, CLERK, [[1, 2, 3, 4], [5]]),
    "scan a page again": lambda desk, stack: orders.scan(
        desk, stack, CLERK, device="test:0", profile="papers", replaces=3
    ),
}


def test_what_would_change_a_part_of_it_is_refused_and_it_is_filed_whole(counter: Counter) -> None:
    seen = claimed(counter, signed_file())
    assert papers(seen) == [[1], [2, 3, 4], [5]]
    signed = seen.dossiers[0].papers[1]
    assert "signed" in {verdict.code for verdict in signed.verdicts}
    assert [page.state for page in signed.pages] == ["read"] * 3
    for name, act in REFUSED.items():
        with pytest.raises(SignedFileError) as refused:
            act(counter.desk, counter.stack)
        assert "signature" in refused.value.message and "chữ ký" in refused.value.message_vi, name
    assert papers(counter.seen) == papers(seen)
    changes.arrange(counter.desk, counter.stack, CLERK, [[2, 3, 4], [5, 1]])
    changes.choose_type(counter.desk, counter.stack, CLERK, 2, "can-cuoc")
    assert papers(counter.read()) == [[2, 3, 4], [5, 1]]
    outcome = counter.file()
    assert {each.pages: each.type for each in outcome.filed}[3] == "can-cuoc"
    require_kept(counter, signed_file())


def test_the_whole_file_can_be_taken_out_put_back_and_is_kept(counter: Counter) -> None:
    claimed(counter, signed_file())
    changes.remove_file(counter.desk, counter.stack, CLERK, 3)
    seen = counter.seen
    assert papers(seen) == [[1, 5]] and [page.no for page in seen.aside] == [2, 3, 4]
    changes.restore(counter.desk, counter.stack, CLERK, 4)
    assert papers(counter.seen) == [[1], [2, 3, 4], [5]]
    changes.remove_file(counter.desk, counter.stack, CLERK, 2)
    with pytest.raises(UsageError):
        changes.remove_file(counter.desk, counter.stack, CLERK, 1)
    outcome = counter.file()
    assert (outcome.count.filed, outcome.count.set_aside) == (2, 3)
    assert {laid.code for laid in outcome.laid} == {"removed-file"}
    assert all("kept" in laid.reason and "giữ" in laid.reason_vi for laid in outcome.laid)
    require_kept(counter, signed_file())


def test_a_stack_given_up_keeps_it_whole(counter: Counter) -> None:
    claimed(counter, signed_file())
    stacks.give_up(counter.desk, counter.stack, CLERK)
    outcome = comes_to(counter, "closed")
    assert outcome.count.set_aside == 5
    require_kept(counter, signed_file())


def test_an_unreadable_page_of_it_is_reported_and_filed_with_it(counter: Counter) -> None:
    seen = claimed(counter, unreadable_file())
    assert papers(seen) == [[1], [2, 3], [4]] and not seen.aside
    (unread,) = [page for page in seen.dossiers[0].papers[1].pages if page.no == 3]
    assert [(verdict.code, verdict.severity) for verdict in unread.verdicts] == [("unread", "warning")]
    assert unread.verdicts[0].text_vi
    outcome = counter.file()
    assert (outcome.count.filed, [laid.where for laid in outcome.laid]) == (4, ["unread"])
    require_kept(counter, unreadable_file())

"""A stack that is separated again gives the same papers, and only changed pages are worked out again."""

from collections.abc import Callable
from functools import partial

import pytest

from scanflow.classify import separation
from scanflow.classify.borders.page_facts import PageFacts
from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.classify.stack_memory import StackMemory
from scanflow.model import PageReading, Paper
from tests.classify.paper import continuation, form, official

STACK = (
    form("TỜ KHAI ĐĂNG KÝ KHAI SINH"),
    official("QUYẾT ĐỊNH", number="12/QĐ-UBND"),
    continuation(2),
    form("BIÊN BẢN HỌP GIA ĐÌNH"),
)


def papers(stack: list[PageReading], profiles: Profiles, memory: StackMemory | None) -> list[Paper]:
    found = separate(stack, {}, profiles, memory=memory)
    return [with_fields(paper, stack, profiles.types, memory=memory) for paper in found]


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[PageReading]:
    """The pages of which the facts are worked out, in order."""
    seen: list[PageReading] = []
    make: Callable[..., PageFacts] = separation.page_facts

    def noted(index: int, reading: PageReading, profiles: Profiles, likely: frozenset[str]) -> PageFacts:
        seen.append(reading)
        return make(index, reading, profiles, likely)

    monkeypatch.setattr(separation, "page_facts", noted)
    return seen


def test_a_page_taken_out_changes_nothing_else(profiles: Profiles, worked_out: list[PageReading]) -> None:
    memory, whole = StackMemory(), list(STACK)
    assert papers(whole, profiles, memory) == papers(whole, profiles, None)
    for stack in (whole[1:], whole, [whole[3], *whole[:3]]):
        before = len(worked_out)
        remembered = papers(stack, profiles, memory)
        assert len(worked_out) == before
        # The evidence names the pages where they lie now.
        assert remembered == papers(stack, profiles, None)


def test_a_page_that_was_read_again_is_worked_out_again(
    profiles: Profiles, worked_out: list[PageReading]
) -> None:
    memory, stack = StackMemory(), list(STACK)
    papers(stack, profiles, memory)
    stack[1] = official("THÔNG BÁO", number="13/TB-UBND")
    before = len(worked_out)
    remembered = papers(stack, profiles, memory)
    assert worked_out[before:] == [stack[1]]
    assert remembered == papers(stack, profiles, None)


def test_the_latest_used_are_kept() -> None:
    memory, made = StackMemory(most=2), list[str]()

    def make(name: str) -> str:
        made.append(name)
        return name

    for name in ("a", "b", "a", "c", "a", "b"):
        assert memory.recall("name", (), partial(make, name), name) == name
    assert made == ["a", "b", "c", "b"]

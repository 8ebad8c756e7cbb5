"""Measurements go into their own sections of docs/benchmarks.md."""

from bench.__main__ import DOCUMENT, PARTS, with_sections

OLD = "# Benchmarks\n\nHead.\n\n## Speed\n\nold\n\n### Within\n\nold too\n\n## Notes\n\nby a person\n"


def test_a_section_is_exchanged_and_the_others_stay() -> None:
    new = with_sections(OLD, {"Speed": "| new |\n"})
    assert new == "# Benchmarks\n\nHead.\n\n## Speed\n\n| new |\n\n## Notes\n\nby a person\n"


def test_a_section_that_is_new_comes_last() -> None:
    assert with_sections(OLD, {"Size": "12"}) == OLD + "\n## Size\n\n12\n"


def test_the_document_has_a_section_for_each_part() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [part.title for part in PARTS.values() if f"\n## {part.title}\n" not in text] == []
    assert with_sections(text, {}) == text

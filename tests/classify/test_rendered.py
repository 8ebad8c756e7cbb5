"""Whole rendered dossiers: papers, types, fields and procedures against the truth."""

import pytest

from fixtures import dossiers
from fixtures.words import read
from scanflow.classify.checklist import infer_procedure
from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.model import Paper
from tests.classify.rendered import batch

pytestmark = pytest.mark.parametrize("code", sorted(dossiers.MAKERS))

# An address runs over lines that carry other things too: not read yet.
NOT_READ = {"address"}
SEEDS = (1, 2, 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_papers_types_and_fields(code: str, seed: int, profiles: Profiles) -> None:
    truth = batch(code, seed)
    pages = [read(sheet) for paper in truth for sheet in paper.sheets]
    papers = [with_fields(paper, pages, profiles.types) for paper in separate(pages, {}, profiles)]
    assert [(p.type, len(p.pages)) for p in papers] == [(t.type, len(t.sheets)) for t in truth]
    assert min(p.confidence for p in papers) >= 0.85
    for paper, expected in zip(papers, truth, strict=True):
        wrong = {k: (paper.fields.get(k), v) for k, v in expected.fields.items() if not same(paper, k, v)}
        assert wrong == {}, paper.type
        assert set(paper.title.split()) >= set(expected.title.split()) or paper.type == "ban-ve"


def same(paper: Paper, field: str, value: str) -> bool:
    """As in the truth, but for capitals: names are given as they stand."""
    return field in NOT_READ or paper.fields.get(field, "").casefold() == value.casefold()


def test_the_receipt_names_the_procedure(code: str, profiles: Profiles) -> None:
    pages = [read(sheet) for paper in batch(code, 4) for sheet in paper.sheets]
    papers = [with_fields(paper, pages, profiles.types) for paper in separate(pages, {}, profiles)]
    found = infer_procedure(papers, profiles)
    assert found is not None and found[0] == code
    assert [paper.type in profiles.receipts for paper in papers] == [True, *[False] * (len(papers) - 1)]

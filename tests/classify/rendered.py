"""The project's own rendered papers of one dossier."""

import random
from datetime import date

from fixtures import dossiers
from fixtures.papers.case import Case
from fixtures.sheet import Paper


def batch(code: str, seed: int) -> list[Paper]:
    """A receipt and the papers of an invented dossier of this procedure."""
    case = Case("H13.132-260804-0583", code, date(2026, 8, 4), "phường Vị Tân", random.Random(seed))  # noqa: S311 - a seeded generator is wanted here
    contents = dossiers.MAKERS[code](case, hand=False)
    return [dossiers.receipt(case, contents, "QRCode"), *contents[1]]

"""The desk on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from scanflow.archive.database.tables import batches
from scanflow.desk import stacks
from scanflow.desk.changing import changes
from scanflow.errors import NotYoursError
from scanflow.settings import CatalogSettings
from tests.desk.conftest import CLERK, COUNTER, OTHER, Counter, opened
from tests.desk.sheets import blank, upper_halves

BIRTH = upper_halves("H13.42-260804-0017")


def test_a_stack_from_scan_to_archive_and_one_claim_of_two(
    tmp_path: Path, new_postgresql: Callable[[bool], CatalogSettings]
) -> None:
    url = new_postgresql(True).url
    assert url is not None
    with opened(tmp_path, SCANFLOW_CATALOG__URL=url.get_secret_value()) as desk:
        counter = Counter(desk, "H13.42-260804-0017")
        counter.begin()
        counter.scan(BIRTH[0], blank(), BIRTH[2])
        counter.read()
        with desk.services.catalog.transaction() as connection:
            waits = batches.update().where(batches.c.id == counter.stack)
            connection.execute(waits.values(state="unassigned", reason="no-number"))

        def claim(clerk: str) -> bool:
            try:
                stacks.claim(desk, counter.stack, clerk, COUNTER)
            except NotYoursError:
                return False
            return True

        with ThreadPoolExecutor(2) as clerks:
            claimed = dict(zip((CLERK, OTHER), clerks.map(claim, (CLERK, OTHER)), strict=True))
        assert sorted(claimed.values()) == [False, True]
        winner = CLERK if claimed[CLERK] else OTHER
        stacks.describe(desk, counter.stack, winner, counter.number, "1.001193")
        changes.arrange(desk, counter.stack, winner, [[3], [1]])
        changes.attest(desk, counter.stack, winner, 3, on=True)
        outcome = counter.file(winner)
        assert (outcome.state, outcome.count.filed, outcome.count.set_aside) == ("closed", 2, 1)
        dossier = desk.services.catalog.dossier(counter.number)
        assert dossier is not None
        assert [(each.type, each.attested is not None) for each in dossier.documents] == [
            ("giay-chung-sinh", True),
            ("to-khai-dang-ky-khai-sinh", False),
        ]

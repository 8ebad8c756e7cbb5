"""Forms propose a procedure where none is known.

A module of its own: its desk is not the one that other tests share, and the jobs' engine is one a process.
"""

from datetime import date
from pathlib import Path

from pypdfium2 import PdfDocument

from fixtures.digital import born_digital
from fixtures.writer import Writer
from scanflow.classify.procedures.importing import plan_import
from scanflow.classify.procedures.published_files import read_source
from scanflow.classify.profile_files import own_profiles
from scanflow.desk import stacks
from scanflow.desk.proposing import proposed_procedures
from tests.classify.procedures.lists import KITE, write_list
from tests.desk.conftest import CLERK, Counter, opened
from tests.desk.sheets import DPI, jpeg


def test_forms_propose_procedures_where_none_is_known(tmp_path: Path) -> None:
    read = [each for _, each in read_source(write_list(tmp_path / "list.jsonl")).procedures]
    plan_import(read, own_profiles(tmp_path), date(2026, 1, 1)).write()
    with opened(tmp_path) as desk:
        counter = Counter(desk, "H13.42-260804-0017")
        counter.begin()
        counter.scan(kite_form())
        (dossier,) = counter.read().dossiers
        assert dossier.procedure is None
        proposed = proposed_procedures(desk, counter.stack, CLERK)
        assert proposed[0].value == KITE and proposed[0].hint.endswith("%")
        stacks.describe(desk, counter.stack, CLERK, number=counter.number, procedure=KITE)
        assert proposed_procedures(desk, counter.stack, CLERK) == []


def kite_form() -> bytes:
    """A sheet with the form of an invented procedure, which says nothing of a dossier."""
    writer = Writer()
    writer.form_head("Mẫu số 01/TD")
    writer.title("ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP THẢ DIỀU")
    writer.paragraph("Tôi đề nghị cơ quan cho phép thả diều tại bãi đất trống vào ngày nghỉ cuối tuần.")
    with PdfDocument(born_digital(writer.sheets)) as pdf:
        return jpeg(pdf[0].render(scale=DPI / 72).to_pil())

"""Extra real pages that the engine reads, classified; tests/e2e has the committed fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.extra import EXTRA
from scanflow.capture.files.unpack import unpack
from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.errors import MissingToolError
from scanflow.model import UNKNOWN_TYPE, PageReading, Paper
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings, load_settings
from tests.tools import missing


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def engine(settings: Settings) -> Iterator[Engine]:
    try:
        yield open_engine(settings.ocr)
    except MissingToolError as error:
        missing(error.message)


def read_file(path: Path, engine: Engine, settings: Settings) -> dict[int, PageReading]:
    """The pages of a file that are not blank, by number."""
    unpacked = unpack(path.read_bytes(), path.name, settings.limits, settings.ocr.min_layer_quality)
    readings = {page.no: read_page(page, engine, settings) for page in unpacked.pages}
    return {no: reading for no, reading in readings.items() if not reading.blank}


def classify(name: str, engine: Engine, settings: Settings, profiles: Profiles) -> Paper:
    path = EXTRA / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    pages = list(read_file(path, engine, settings).values())
    return with_fields(separate(pages, {}, profiles)[0], pages, profiles.types)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("real-pages/real_qd_707_ttg_p1.png", ("quyet-dinh", None)),
        ("real-pages/real_nq_115_ba_vi_p1.png", (UNKNOWN_TYPE, None)),
        ("synthetic/v1_govt_quyet_dinh_p1.png", ("quyet-dinh", "789/QĐ-UBND")),
        ("synthetic/v1_govt_cong_van_p1.png", ("cong-van", "1234/UBND-VX")),
        ("synthetic/v1_govt_thong_bao_p1.png", ("thong-bao", "567/TB-SGD")),
        ("synthetic/v1_receipt_bien_lai_p1.png", ("bien-lai", "0345/BL/2026")),
        ("synthetic/v1_contract_lao_dong_p1.png", (UNKNOWN_TYPE, "042/HĐLĐ/2026")),
        ("synthetic/v1_form_xac_nhan_cu_tru_p1.png", (UNKNOWN_TYPE, None)),
    ],
)
def test_a_shared_page(
    name: str, expected: tuple[str, str | None], engine: Engine, settings: Settings, profiles: Profiles
) -> None:
    paper = classify(name, engine, settings, profiles)
    assert (paper.type, paper.fields.get("number")) == expected

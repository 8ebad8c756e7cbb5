"""Scans that the engine reads, classified: the committed fixtures, and extra real pages."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.extra import EXTRA
from scanflow.capture.files.unpack import unpack
from scanflow.classify.checklist import build_checklist
from scanflow.classify.fields import with_fields
from scanflow.classify.profiles import Profiles
from scanflow.classify.separation import separate
from scanflow.errors import MissingToolError
from scanflow.model import UNKNOWN_TYPE, PageReading, Paper
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.recognition.page import read_page
from scanflow.settings import Settings, load_settings
from tests.tools import missing

FIXTURES = Path(__file__).parents[2] / "fixtures"


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


# One batch of single pages with a receipt, one scan of several papers with blank backs.
@pytest.mark.parametrize("batch", ["quay-1", "H13.42-260804-0017"])
def test_a_committed_batch(batch: str, engine: Engine, settings: Settings, profiles: Profiles) -> None:
    truth = json.loads((FIXTURES / "truth" / f"{batch}.json").read_text(encoding="utf-8"))
    readings: list[PageReading] = []
    places: list[list[object]] = []
    starts: list[int] = []
    for file in truth["files"]:
        pages = read_file(FIXTURES / "dossiers" / batch / file["name"], engine, settings)
        if len(file["pages"]) > 1:
            starts.append(len(readings))
        places += [[file["name"], no] for no in pages]
        readings += pages.values()
    papers = separate(readings, dict.fromkeys(starts, True), profiles)
    assert [(p.type, [places[i] for i in p.pages]) for p in papers] == [
        (paper["type"], paper["pages"]) for paper in truth["papers"]
    ]
    checklist = build_checklist(
        profiles.procedures[truth["procedure"]], [(n, paper.type) for n, paper in enumerate(papers)]
    )
    missing = [item for item in checklist.items if item.missing]
    assert len(missing) == len(truth["missing"])
    assert all(set(item.types) & set(truth["missing"]) for item in missing)


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

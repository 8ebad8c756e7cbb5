"""Each step has a name and can be left out; what an engine can't do is said."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.cli.doctor import examine
from scanflow.errors import SettingsError
from scanflow.ocr.engines.base import Engine, open_engine
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.services import open_services
from scanflow.recognition import steps as all_steps
from scanflow.recognition.page import open_page, read_page
from scanflow.recognition.state import Run
from scanflow.recognition.step_names import AROUND, OPTIONAL, SLOW, skipped
from scanflow.recognition.steps import FINISH, PREPARE, READ, left_out, run_steps
from scanflow.settings import ImagingSettings, OcrSettings, Settings
from tests.ocr.pages import as_captured, official_page


@pytest.fixture(scope="module")
def engine() -> Engine:
    return open_engine(OcrSettings())


@pytest.fixture(scope="module")
def page() -> NDArray[np.uint8]:
    return official_page()


def without(*names: str) -> Settings:
    return Settings(ocr=OcrSettings(skip=names))


def test_each_step_has_a_name_of_its_own() -> None:
    names = [*AROUND, *(step.name for step in (*PREPARE, *READ, *FINISH))]
    assert len(set(names)) == len(names)
    assert set(SLOW) < set(OPTIONAL) < set(names)
    steps = (*PREPARE, *READ, *FINISH)
    assert (*AROUND, *(step.name for step in steps if not step.required)) == OPTIONAL


def test_the_documents_have_all_steps() -> None:
    listed = re.findall(r"\w+", (all_steps.__doc__ or "").partition("\n    prepare")[2])
    wanted = [*(step.name for step in PREPARE), "read", *(step.name for step in READ)]
    assert listed == [*wanted, "finish", *(step.name for step in FINISH)]
    guide = (Path(__file__).parents[2] / "docs/reading.md").read_text(encoding="utf-8")
    table = guide.partition("| step | what it does |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"`(\w+)`", table)) == sorted(OPTIONAL)


def test_an_unknown_name_of_a_step_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no such step: deskw; there are .*deskew.*repair_tokens"):
        skipped(Settings(ocr=OcrSettings(skip=("deskew", "deskw"))))
    with pytest.raises(SettingsError, match="no such step: recognize"):
        skipped(Settings(ocr=OcrSettings(skip=("recognize",))))


def test_steps_that_other_settings_switch_off_are_named_too() -> None:
    settings = Settings(ocr=OcrSettings(fast=True), imaging=ImagingSettings(deskew=False))
    assert skipped(settings) == {"deskew", "rerecognize_uncertain_lines"}
    (reader,) = [found for found in examine(settings) if found.what == "reader"]
    assert "without deskew, rerecognize_uncertain_lines" in reader.detail


def test_a_misspelt_name_is_found_when_the_program_starts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, ocr=OcrSettings(skip=("deskw",)))
    with pytest.raises(SettingsError, match="no such step: deskw"), open_services(settings):
        pass
    with pytest.raises(SettingsError, match="no such step: deskw"), ChildProcesses(settings):
        pass


def test_the_time_of_each_step_is_noted(engine: Engine, page: NDArray[np.uint8]) -> None:
    reading = read_page(as_captured(page), engine, Settings())
    assert set(reading.step_seconds) == {
        *(step.name for step in (*PREPARE, *READ, *FINISH)),
        "rotate_pages",
        "deskew",
        "open_page",
        "describe_page",
    }
    assert min(reading.step_seconds.values()) >= 0 and reading.step_seconds["read_in_batch"] > 0


@pytest.mark.parametrize(
    "name", [name for name in OPTIONAL if name not in ("read_unprepared", "try_other_orientations")]
)
def test_a_step_that_is_left_out_is_not_run(name: str, engine: Engine) -> None:
    small = np.ascontiguousarray(official_page()[:700])
    reading = read_page(as_captured(small), engine, without(name))
    assert name not in reading.step_seconds
    assert len(reading.words) > 10


def test_leaving_out_calibration_keeps_the_engines_confidence(
    engine: Engine, page: NDArray[np.uint8]
) -> None:
    plain = read_page(as_captured(page), engine, without("calibrate_confidence"))
    chances = read_page(as_captured(page), engine, Settings())
    assert [word.text for word in plain.words] == [word.text for word in chances.words]
    assert max(word.confidence for word in plain.words) < max(word.confidence for word in chances.words)


def test_steps_hand_on_what_the_next_ones_need(engine: Engine, page: NDArray[np.uint8]) -> None:
    run = Run(engine, Settings())
    prepared = run_steps(PREPARE, open_page(as_captured(page), run.settings.limits), run)
    assert prepared.copy.ndim == 2
    assert prepared.with_leaders is not None
    read = run_steps(READ, prepared, run)
    assert read.score_per_letter > engine.scale.poor_page
    assert max(word.box.bottom for word in read.words) <= read.size[1]


def test_an_engine_that_reads_no_lines_keeps_all_other_steps(page: NDArray[np.uint8]) -> None:
    settings = Settings(ocr=OcrSettings(engine="pytesseract"))
    engine = open_engine(settings.ocr)
    reading = read_page(as_captured(page), engine, settings)
    missing = left_out(Run(engine, settings))
    assert missing == (
        "read_digit_boxes",
        "read_in_batch",
        "rerecognize_uncertain_lines",
        "recover_missed_lines",
        "read_cell_numbers",
        "read_page_number",
    )
    assert {step.name for step in (*PREPARE, *READ, *FINISH)} - set(missing) <= set(reading.step_seconds)
    (shown,) = [finding.detail for finding in examine(settings) if finding.what == "reader"]
    assert all(name in shown for name in missing)


def test_an_engine_can_come_from_another_package(page: NDArray[np.uint8], plugin: None) -> None:
    settings = Settings(ocr=OcrSettings(engine="example"))
    engine = open_engine(settings.ocr)
    reading = read_page(as_captured(page), engine, settings)
    assert reading.engine == "example engine 1.0"
    assert [word.text for word in reading.words] == ["Cộng", "hòa"]
    assert {word.confidence for word in reading.words} == {0.9}, "no chances were fitted to this engine"
    assert set(left_out(Run(engine, settings))) == {
        "read_digit_boxes",
        "read_in_batch",
        "rerecognize_uncertain_lines",
        "recover_missed_lines",
        "read_cell_numbers",
        "read_page_number",
    }


def test_an_unknown_engine_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match=r"no 'tesserokr'; there are tesserocr, pytesseract"):
        open_engine(replace_engine("tesserokr"))


def replace_engine(name: str) -> OcrSettings:
    return OcrSettings().model_copy(update={"engine": name})

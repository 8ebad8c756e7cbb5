"""`scanflow profiles learn`, `learned` and `test`, as an operator types them."""

import json
import sys
from pathlib import Path
from shutil import copy

import pytest

from scanflow.archive.documents.page_words import PageWords, encode_words
from scanflow.archive.identity import Archive, open_archive
from scanflow.archive.store.keys import words_key
from scanflow.classify.learned.learned_types import FILE
from scanflow.clock import now
from scanflow.errors import InputError, MissingToolError, SettingsError, UsageError
from scanflow.model import DocumentVersion, Evidence, Paper
from scanflow.pipeline.filing.papers import CHOSEN
from scanflow.pipeline.profiles_in_use import load_profiles_in_use
from scanflow.settings import Settings
from tests.classify.invented_site import FORMS, local_form, people
from tests.cli.calling import call
from tests.fixtures.committed_set import ROOT

SCANS = ROOT / "dossiers"


def file_confirmed(archive: Archive) -> None:
    """File the invented site's papers, with the type that a person chose."""
    applicants = people(12, 1)
    for no, person in enumerate(applicants):
        number = f"H13.132-260804-{no:04}"
        archive.catalog.ensure_dossier(number, "1.001193")
        for place, type in enumerate(FORMS, start=1):
            paper = Paper((0,), type, 1.0, (Evidence(CHOSEN, type, 1.0, 0),))
            ref = archive.catalog.allocate_document(number, paper, f"b{no}", place)
            reading = local_form(type, person, no)
            pages = [PageWords(reading.size, reading.words, "test")]
            key = words_key(number, ref.no, type, 1)
            stored = archive.store.put(key, encode_words(pages), content_type="application/zstd")
            made = DocumentVersion(1, stored, stored, 1, 0.9, {}, now())
            archive.catalog.record_version(ref.id, made, pages)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with confirmed papers."""
    path = tmp_path_factory.mktemp("home")
    with open_archive(Settings(home=path)) as archive:
        file_confirmed(archive)
    return path


def test_learn_show_and_forget(home: Path) -> None:
    assert json.loads(call(home, "profiles", "learned", "--json").stdout) == {"in_use": False}
    done = call(home, "profiles", "learn", "--json")
    assert done.exit_code == 0, done.output
    numbers = json.loads(done.stdout)
    assert numbers["in_use"] and numbers["gained"] > 30 and numbers["lost"] == 0
    assert (numbers["papers"], numbers["dossiers"], numbers["types"]) == (36, 12, 3)
    assert numbers["both"]["precision"] > numbers["rules_at_same_coverage"]
    assert (home / FILE).is_file()
    assert load_profiles_in_use(Settings(home=home)).learned is not None

    shown = json.loads(call(home, "profiles", "learned", "--json").stdout)
    assert shown["in_use"] and shown["papers"] == 36 and shown["made_at"]
    assert "36" in call(home, "profiles", "learned").stdout

    assert call(home, "profiles", "learned", "--forget").exit_code == 0
    assert not (home / FILE).exists()
    assert "nothing" in call(home, "profiles", "learned").stdout
    assert load_profiles_in_use(Settings(home=home)).learned is None


def test_what_is_not_better_is_not_kept_and_the_old_one_goes(home: Path) -> None:
    (home / FILE).write_bytes(b"an older one")
    done = call(home, "profiles", "learn", "--most", "9")  # of three dossiers
    assert done.exit_code == 0, done.output
    assert "not kept" in done.stdout and "too few papers" in done.stdout
    assert not (home / FILE).exists()


def test_learning_is_entered_in_the_log(home: Path) -> None:
    call(home, "profiles", "learn", "--most", "1")
    assert "confirmed papers" in call(home, "log", "--all").output + call(home, "log").output


def test_without_scikit_learn(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    done = call(home, "profiles", "learn")
    assert isinstance(done.exception, MissingToolError)
    assert "scanflow[learn]" in done.exception.message


def test_a_model_that_cant_be_used_stops_no_work(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no model")
    assert load_profiles_in_use(Settings(home=tmp_path)).learned is None
    assert isinstance(call(tmp_path, "profiles", "learned").exception, SettingsError)
    assert call(tmp_path, "profiles", "learned", "--forget").exit_code == 0


# ---- labelled scans


def test_labelled_scans(tmp_path: Path) -> None:
    """One right scan, one labelled as another type, and one that can't be read: the others go on."""
    folder = tmp_path / "labelled"
    sources = {
        "giay-uy-quyen": "H13.42-260901-0105/c.pdf",
        "quyet-dinh": "H13.07-260618-0204/ket-qua.pdf",
        "cong-van": "H13.42-260902-0003/co-mat-khau.pdf",
    }
    for label, source in sources.items():
        (folder / label).mkdir(parents=True)
        copy(SCANS / source, folder / label)
    (folder / "cong-van" / ".hidden").write_bytes(b"")
    done = call(tmp_path / "home", "profiles", "test", str(folder), "-j", "1", "--json")
    assert done.exit_code == InputError.exit_code, done.output
    said = json.loads(done.stdout)
    found = "giay-chung-nhan-dang-ky-ho-kinh-doanh"
    assert said["confusion"] == {"giay-uy-quyen": {"giay-uy-quyen": 1}, "quyet-dinh": {found: 1}}
    assert said["all"] == {
        "type": "all", "papers": 2, "right": 1, "wrong": 1, "unknown": 0, "precision": 0.5, "coverage": 1.0,
    }  # fmt: skip
    [missed] = said["missed"]
    assert (missed["file"], missed["found"]) == (str(folder / "quyet-dinh" / "ket-qua.pdf"), found)
    assert missed["evidence"]
    assert [(Path(each["file"]).name, each["error"]) for each in said["unread"]] == [
        ("co-mat-khau.pdf", "encrypted")
    ]
    assert not (tmp_path / "home").exists()  # no archive


@pytest.mark.parametrize("inside", ["nothing", "no-such-type/a.pdf", "giay-uy-quyen/.b"])
def test_a_folder_that_names_no_type(inside: str, tmp_path: Path) -> None:
    folder = tmp_path / "labelled"
    (folder / inside).parent.mkdir(parents=True)
    (folder / inside).write_bytes(b"x")
    done = call(tmp_path / "home", "profiles", "test", str(folder))
    assert isinstance(done.exception, UsageError)
    assert "type" in done.exception.message
    missing = call(tmp_path / "home", "profiles", "test", str(tmp_path / "nowhere"))
    assert isinstance(missing.exception, UsageError)

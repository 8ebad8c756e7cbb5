"""The compiled index: procedures by name, form and type; built once for each state of the files; shared
safely.
"""

import os
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from scanflow.archive.procedure_index import StoredProcedures
from scanflow.archive.site_profiles import index_in, profiles_of
from scanflow.classify.checklist import infer_procedure
from scanflow.classify.procedures.finding import (
    procedure_names,
    procedures_asking_for,
    procedures_named,
    procedures_of_form,
    procedures_of_title,
    search_procedures,
)
from scanflow.classify.procedures.importing import plan_import
from scanflow.classify.procedures.published_files import read_source
from scanflow.classify.profile_files import load_profiles
from scanflow.classify.profile_yaml import SHIPPED
from scanflow.classify.profiles import Profiles
from scanflow.model import Paper
from scanflow.settings import ClassifySettings
from tests.classify.procedures.lists import KITE, KITE_AGAIN, TREE, procedures, write_list


def import_into(folder: Path, list_file: Path, day: date = date(2026, 1, 1)) -> None:
    plan_import((each for _, each in read_source(list_file).procedures), folder, day).write()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    import_into(home / "profiles", write_list(home / "list.jsonl"))
    return home


@pytest.fixture(scope="module", params=["index", "no index"])
def profiles(home: Path, request: pytest.FixtureRequest) -> Profiles:
    indexed = request.param == "index"
    found = load_profiles((SHIPPED, home / "profiles"), index_in(home) if indexed else None)
    assert (found.index is not None) == indexed
    return found


def test_an_index_holds_what_the_files_say(home: Path) -> None:
    indexed = profiles_of(ClassifySettings(), home)
    held = load_profiles((SHIPPED, home / "profiles"))
    assert dict(indexed.procedures) == held.procedures
    assert dict(indexed.earlier) == held.earlier


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("thả diều", [KITE, KITE_AGAIN]),
        ("tha dieu", [KITE, KITE_AGAIN]),
        ("cap lai tha di", [KITE_AGAIN]),
        ("xay dung cay", [TREE]),
        ("1.9000", [KITE, KITE_AGAIN, TREE]),
        (KITE, [KITE]),
        ("chặt hạ cây dừa", [TREE]),
        ("zzz", []),
        ('"; OR *', []),
    ],
)
def test_procedures_are_found_by_words(profiles: Profiles, text: str, codes: list[str]) -> None:
    assert [each.code for each in search_procedures(profiles, text)][: len(codes) or 1] == codes


def test_names_are_all_there(profiles: Profiles) -> None:
    assert len(procedure_names(profiles)) == len(profiles.procedures)
    assert search_procedures(profiles, "", 3) == procedure_names(profiles)[:3]


def test_a_name_misread_is_still_the_name(profiles: Profiles) -> None:
    assert procedures_named(profiles, "Thủ tục cấp giây phép thả diếu") == [KITE]
    assert procedures_named(profiles, "Đăng ký khai sinh") == ["1.001193"]
    assert procedures_named(profiles, "Cấp giấy phép") == []


def test_forms_say_which_procedures_ask_for_them(profiles: Profiles) -> None:
    assert [each.code for each in procedures_of_form(profiles, "Mẫu số 1/td")] == [KITE, TREE]
    assert [each.code for each in procedures_of_form(profiles, "02/TD")] == []
    (exact,) = procedures_of_title(profiles, "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP THẢ DIỀU")
    assert (exact.code, exact.likeness) == (KITE, 1.0)
    misread = procedures_of_title(profiles, "ĐON ĐÊ NGHI CẤP LẠI GIÂY PHÉP THẢ DIỂU")
    assert [each.code for each in misread][:1] == [KITE_AGAIN]
    assert procedures_of_title(profiles, "Giấy phép thả diều") == [], "no form"


def test_types_say_which_procedures_ask_for_them(profiles: Profiles) -> None:
    assert KITE in procedures_asking_for(profiles, "giay-khai-sinh")
    assert procedures_asking_for(profiles, "zzz") == []
    form = Paper((0,), "to-khai-dang-ky-khai-sinh", 0.9)
    inferred = infer_procedure([form], profiles)
    assert inferred is not None
    assert inferred[0] == "1.001193"


def test_the_index_is_made_once_and_again_when_a_file_changes(home: Path, tmp_path: Path) -> None:
    folder, cache = tmp_path / "profiles", tmp_path / "cache" / "profiles"
    import_into(folder, home / "list.jsonl")
    load_profiles((SHIPPED, folder), index_in(tmp_path))
    (first,) = cache.glob("*.sqlite")
    made = first.stat().st_mtime_ns
    load_profiles((SHIPPED, folder), index_in(tmp_path))
    assert [(path, path.stat().st_mtime_ns) for path in cache.iterdir()] == [(first, made)]
    for number in range(5):
        raw = procedures()
        raw[0]["name"] = f"Cấp phép thả diều {number}"
        import_into(folder, write_list(tmp_path / "list.jsonl", raw))
        assert load_profiles((SHIPPED, folder), index_in(tmp_path)).procedures[KITE].name == raw[0]["name"]
    assert len(list(cache.iterdir())) == 3, "old states are removed"


def test_an_index_may_be_removed_while_it_is_read(home: Path, tmp_path: Path) -> None:
    profiles = load_profiles((SHIPPED, home / "profiles"), index_in(tmp_path))
    assert isinstance(profiles.index, StoredProcedures)
    assert len(profiles.procedures) > 3
    profiles.index.path.unlink()
    assert profiles.procedures[KITE].code == KITE


def test_a_home_that_cannot_be_written_does_no_harm(home: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("no folder", encoding="utf-8")
    assert KITE in load_profiles((SHIPPED, home / "profiles"), index_in(tmp_path)).procedures


def test_threads_and_processes_share_an_index(home: Path) -> None:
    profiles = profiles_of(ClassifySettings(), home)
    assert profiles.index is not None
    gate = threading.Barrier(4)

    def look(code: str) -> str:
        gate.wait()
        return profiles.procedures[code].code

    with ThreadPoolExecutor(4) as pool:
        codes = [KITE, KITE_AGAIN, TREE, "1.001193"]
        assert list(pool.map(look, codes)) == codes
    again = pickle.loads(pickle.dumps(profiles.index))  # noqa: S301 - our own bytes
    assert again.versions(KITE) == profiles.index.versions(KITE)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, profiles.procedures[TREE].name.encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() == "Chặt hạ cây xanh"
    os.close(read)
    os.close(write)

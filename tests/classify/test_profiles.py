"""The shipped profiles are valid, and faults in others are reported with file and place."""

import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanflow.classify.profile_files import check_profiles, layers_of, load_profiles
from scanflow.classify.profile_yaml import CHECKED, SHIPPED, checked_anew
from scanflow.classify.profiles import Profiles, in_force, root_code
from scanflow.errors import SettingsError
from scanflow.settings import ClassifySettings

BIRTH = "procedures/1.001193.yaml"
TYPES = "types.yaml"

DOMAIN_CODES = [
    "1.001193",
    "1.000894",
    "1.000656",
    "1.004873",
    "2.000635",
    "2.000815",
    "1.004222",
    "1.004194",
    "3.000347",
    "1.001612",
    "2.001610",
    "1.013225",
    "1.013978",
    "1.012783",
    "1.001776",
    "1.002759",
]

TYPE_IDS = """
can-cuoc cmnd ho-chieu giay-khai-sinh giay-chung-sinh giay-chung-nhan-ket-hon trich-luc-khai-tu giay-bao-tu
giay-xac-nhan-tinh-trang-hon-nhan trich-luc-ho-tich to-khai-dang-ky-khai-sinh to-khai-dang-ky-ket-hon
to-khai-dang-ky-khai-tu to-khai-xac-nhan-tinh-trang-hon-nhan to-khai-ban-sao-trich-luc to-khai-ct01
to-khai-tro-giup-xa-hoi giay-uy-quyen to-khai-tk1-ts to-khai-d02-ts giay-de-nghi-dang-ky-ho-kinh-doanh
giay-de-nghi-dang-ky-doanh-nghiep don-de-nghi-cap-giay-phep-xay-dung don-de-nghi-doi-giay-phep-lai-xe
xac-nhan-cu-tru so-ho-khau thong-bao-cu-tru hop-dong-thue-nha giay-chung-nhan-qsdd don-dang-ky-dat-dai
don-dang-ky-bien-dong trich-do-dia-chinh hop-dong-chuyen-nhuong hop-dong-tang-cho van-ban-phan-chia-di-san
giay-chung-nhan-dang-ky-doanh-nghiep giay-chung-nhan-dang-ky-ho-kinh-doanh dieu-le danh-sach-thanh-vien
giay-phep-xay-dung ban-ve giay-phep-lai-xe giay-kham-suc-khoe quyet-dinh thong-bao bien-ban cong-van
phieu-ly-lich-tu-phap bien-lai ban-an so-bhxh the-bhyt giay-tiep-nhan phieu-yeu-cau-bo-sung
""".split()  # noqa: SIM905 - fifty quoted ids would be a page of their own


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "profiles"
    shutil.copytree(SHIPPED, copy)
    return copy


def edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before, "the test's edit must change the file"
    path.write_text(after, encoding="utf-8")


def test_shipped_profiles_have_no_fault() -> None:
    assert check_profiles() == []


def test_all_procedures_and_types_of_the_domain_are_there(profiles: Profiles) -> None:
    assert sorted(profiles.procedures) == sorted(DOMAIN_CODES)
    assert sorted(profiles.types) == sorted(TYPE_IDS)


def test_every_file_is_named_after_its_code(profiles: Profiles) -> None:
    assert {path.stem for path in (SHIPPED / "procedures").glob("*.yaml")} == set(profiles.procedures)


def test_a_type_says_how_to_know_and_read_it(profiles: Profiles) -> None:
    letter = profiles.types["cong-van"]
    assert letter.heads
    card = profiles.types["can-cuoc"]
    assert (card.layout, card.role, card.max_pages) == ("card", "identity", 2)
    assert {rule.name for rule in card.fields} >= {"identity_number", "name", "birth_date"}


def test_parents_bring_two_cards(profiles: Profiles) -> None:
    rows = {row.id: row for row in profiles.procedures["1.001193"].required}
    assert rows["can-cuoc-cha-me"].count == 2
    assert not rows["uy-quyen"].required


@pytest.mark.parametrize(
    ("code", "root"),
    [
        ("1.001193", "1.001193"),
        ("1.012783.000.00.00.H61", "1.012783"),
        ("1.012783.H61", "1.012783"),
        ("1.012783.02", "1.012783"),
        (" 2.000635 ", "2.000635"),
    ],
)
def test_root_code(code: str, root: str) -> None:
    assert root_code(code) == root


@pytest.mark.parametrize(
    ("file", "change", "place"),
    [
        (BIRTH, lambda t: t.replace("[giay-chung-sinh]", "[giay-chung-sin]"), "giay-chung-sin"),
        (BIRTH, lambda t: t.replace("count: 2", "count: none"), "required[2].count"),
        (BIRTH, lambda t: t + "effective_to: 2020-01-01\n", "before effective_from"),
        (BIRTH, lambda t: t + "effective_to: 2026-02-30\n", "no day of the calendar"),
        (BIRTH, lambda t: t.replace("id: uy-quyen", "id: to-khai"), "id to-khai stands twice"),
        (BIRTH, lambda t: t.replace("1.001193", "1.000894"), "1.000894 from"),
        (BIRTH, lambda t: t.replace('"1.001193"', "1.001193"), "code: 1.001193 is not of type"),
        (BIRTH, lambda t: t + "name: Hai lần\n", "the key name stands twice"),
        (BIRTH, lambda t: t.replace("[giay-khai-sinh]", "[khai-sinh]"), "results"),
        (TYPES, lambda t: t.replace("[Giấy chứng sinh]", "[Giấy khai sinh]"), "is a title of"),
        (TYPES, lambda t: t.replace("id: giay-chung-sinh", "id: giay-khai-sinh"), "stands twice"),
        (TYPES, lambda t: t.replace("'p<vnm'", "'p<vnm('"), "types.ho-chieu.heads[0].pattern"),
        (TYPES, lambda t: t.replace("fields: [number, date]", "fields: [numbre]", 1), "no rule named numbre"),
        (TYPES, lambda t: t.replace("weight: 0.8", "weight: 8", 1), "weight"),
        (TYPES, lambda t: t + "  - [\n", "types.yaml: while parsing"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(
    folder: Path, file: str, change: Callable[[str], str], place: str
) -> None:
    edit(folder / file, change)
    problems = check_profiles([folder])
    assert any(Path(file).name in problem and place in problem for problem in problems), problems
    with pytest.raises(SettingsError) as error:
        load_profiles([folder])
    assert problems[0] in error.value.message


def test_a_folder_without_profiles_is_a_fault(tmp_path: Path) -> None:
    assert "types.yaml" in check_profiles([tmp_path])[0]
    assert "types.yaml" in check_profiles([])[0]


def test_a_layer_adds_and_replaces_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    (tmp_path / "types.yaml").write_text(
        "rules: {}\n"
        "types:\n"
        "  - { id: don-xin-cay-xanh, name: Đơn xin cây xanh, group: form, role: form, "
        "titles: [Đơn xin cây xanh], fields: [number] }\n"
        "  - { id: giay-chung-sinh, name: Chứng sinh của tỉnh, group: civil-status, role: proof, "
        "titles: [Giấy chứng sinh] }\n",
        encoding="utf-8",
    )
    birth = (SHIPPED / BIRTH).read_text(encoding="utf-8")
    (tmp_path / "procedures" / "tree.yaml").write_text(
        birth.replace("1.001193", "9.000001").replace("[giay-chung-sinh]", "[don-xin-cay-xanh]"),
        encoding="utf-8",
    )
    profiles = load_profiles([SHIPPED, tmp_path])
    assert profiles.types["giay-chung-sinh"].name == "Chứng sinh của tỉnh"
    assert [rule.name for rule in profiles.types["don-xin-cay-xanh"].fields] == ["number"], (
        "a rule of the lower layer"
    )
    assert set(profiles.procedures) == {*DOMAIN_CODES, "9.000001"}
    assert load_profiles(layers_of(ClassifySettings(profiles=(tmp_path,)))) == profiles
    alone = ClassifySettings(profiles=(tmp_path,), built_in_profiles=False)
    with pytest.raises(SettingsError, match=r"types.*no rule named number|no document type"):
        load_profiles(layers_of(alone))


def test_versions_of_a_procedure_go_by_the_day(tmp_path: Path) -> None:
    (tmp_path / "procedures").mkdir()
    birth = (SHIPPED / BIRTH).read_text(encoding="utf-8")
    (tmp_path / "procedures" / "1.001193-2027.yaml").write_text(
        re.sub(r"effective_from: .*", "effective_from: 2027-01-01", birth).replace("count: 2", "count: 1"),
        encoding="utf-8",
    )
    profiles = load_profiles([SHIPPED, tmp_path])

    def cards(day: date) -> int:
        procedure = profiles.procedure("1.001193", day)
        assert procedure is not None
        return next(row.count for row in procedure.required if row.id == "can-cuoc-cha-me")

    assert [cards(date(2026, 12, 31)), cards(date(2027, 1, 1)), cards(date(1999, 1, 1))] == [2, 1, 2]
    assert profiles.procedure("9.999999", date(2026, 1, 1)) is None
    assert profiles.procedure(None, date(2026, 1, 1)) is None


def test_a_version_that_stands_twice_in_one_folder_is_a_fault(folder: Path) -> None:
    shutil.copy(folder / BIRTH, folder / "procedures" / "again.yaml")
    assert any("is also in" in problem for problem in check_profiles([folder]))


def test_a_receipt_is_known_by_its_role(profiles: Profiles) -> None:
    assert profiles.receipts == {"giay-tiep-nhan"}


def test_rows_have_dates_of_force(folder: Path) -> None:
    edit(
        folder / BIRTH,
        lambda t: t.replace("[giay-chung-sinh] }", "[giay-chung-sinh], effective_to: 2026-06-30 }"),
    )  # fmt: skip
    procedure = load_profiles([folder]).procedures["1.001193"]
    last, after = date(2026, 6, 30), date(2026, 7, 1)
    assert "chung-sinh" in {row.id for row in in_force(procedure, last).required}
    assert "chung-sinh" not in {row.id for row in in_force(procedure, after).required}


def test_the_compiled_profiles_are_those_of_the_files() -> None:
    """After a change in profiles/: `python -m scanflow.classify.profile_yaml`."""
    assert CHECKED.read_text(encoding="utf-8") == checked_anew()


def test_the_examples_of_the_guide_are_valid(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs/profiles.md").read_text(encoding="utf-8")
    kinds, types, procedure = re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "procedures").mkdir()
    for name, text in (("kinds.yaml", kinds), (TYPES, types), (BIRTH, procedure)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert check_profiles((SHIPPED, tmp_path)) == []

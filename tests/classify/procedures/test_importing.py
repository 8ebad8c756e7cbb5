"""Importing published lists into a folder: versions, repeated imports without duplicates, lasting
corrections.
"""

import gzip
import resource
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import zstandard

from scanflow.classify.procedures.importing import Import, plan_import
from scanflow.classify.procedures.listed import CORRECTIONS, Correction, encode_correction
from scanflow.classify.procedures.published_files import LONGEST_LINE, column_map, read_source
from scanflow.classify.profile_files import check_profiles, load_profiles
from scanflow.classify.profile_yaml import SHIPPED
from scanflow.errors import InputError, SettingsError, UsageError
from tests.classify.procedures.lists import KITE, KITE_AGAIN, TREE, procedures, write_list

FIRST, LATER = date(2026, 1, 1), date(2026, 7, 1)


def take(list_file: Path, folder: Path, day: date = FIRST) -> Import:
    source = read_source(list_file)
    plan = plan_import((each for _, each in source.procedures), folder, day)
    plan.write()
    return plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    take(write_list(tmp_path / "list.jsonl"), folder)
    return folder


def test_a_list_becomes_procedures(folder: Path) -> None:
    assert check_profiles((SHIPPED, folder)) == []
    profiles = load_profiles((SHIPPED, folder))
    kite = profiles.procedures[KITE]
    assert (kite.name, kite.field, kite.agency) == (
        "Cấp giấy phép thả diều",
        "Vui chơi",
        "Ủy ban nhân dân cấp xã",
    )
    form, birth, photos = kite.required
    assert form.titles == ("Đơn đề nghị cấp giấy phép thả diều",)
    assert (form.form_numbers, form.kinds) == (("01/TD",), ("don",))
    assert (birth.types, birth.required, birth.condition) == (("giay-khai-sinh",), False, "nếu có")
    assert (photos.originals, photos.count) == (2, 1)
    assert kite.result_titles == ("Giấy phép thả diều",)
    assert TREE in profiles.procedures, "by its root code"
    assert len(profiles.procedures) == len(load_profiles().procedures) + 3


def test_again_is_the_same(folder: Path, tmp_path: Path) -> None:
    file = folder / "procedures" / "imported.jsonl"
    before = file.read_bytes()
    plan = take(tmp_path / "list.jsonl", folder, LATER)
    assert {change.outcome for change in plan.changes} == {"unchanged"}
    assert file.read_bytes() == before


def test_a_change_is_a_new_version_and_the_old_one_ends(folder: Path, tmp_path: Path) -> None:
    raw = procedures()
    raw[0]["papers"].pop(1)
    raw[0]["papers"].append({"name": "Giấy khám sức khỏe", "original": 1, "copy": 0})
    plan = take(write_list(tmp_path / "later.jsonl", raw), folder, LATER)
    (change,) = [each for each in plan.changes if each.outcome == "changed"]
    said = [(row.before and row.before.name, row.after and row.after.name) for row in change.rows]
    assert said == [("- Bản sao giấy khai sinh (nếu có)", None), (None, "Giấy khám sức khỏe")]
    profiles = load_profiles((SHIPPED, folder))
    old, new = profiles.procedure(KITE, date(2026, 6, 30)), profiles.procedure(KITE, LATER)
    assert old is not None
    assert new is not None
    assert (old.effective_to, new.effective_to) == (date(2026, 6, 30), None)
    assert new.required[0].id == old.required[0].id, "a row keeps its id"
    assert [row.titles[0] for row in new.required][-1] == "Giấy khám sức khỏe"
    assert list(profiles.earlier) == [KITE]


def test_a_change_on_the_same_day_replaces_and_an_earlier_day_is_refused(
    folder: Path, tmp_path: Path
) -> None:
    raw = procedures()
    raw[1]["name"] = "Cấp lại, đổi giấy phép thả diều"
    changed = write_list(tmp_path / "changed.jsonl", raw)
    with pytest.raises(UsageError, match="--from"):
        take(changed, folder, date(2025, 12, 31))
    take(changed, folder)
    profiles = load_profiles((SHIPPED, folder))
    assert profiles.procedures[KITE_AGAIN].name == "Cấp lại, đổi giấy phép thả diều"
    assert not profiles.earlier


def test_planning_an_import_writes_nothing(tmp_path: Path) -> None:
    source = read_source(write_list(tmp_path / "list.jsonl"))
    plan = plan_import((each for _, each in source.procedures), tmp_path / "site", FIRST)
    assert {change.outcome for change in plan.changes} == {"added"}
    assert not (tmp_path / "site").exists()


def test_a_list_that_can_not_be_written_leaves_the_folder_as_it_was(folder: Path, tmp_path: Path) -> None:
    file = folder / "procedures" / "imported.jsonl"
    before = file.read_bytes()
    source = read_source(write_list(tmp_path / "list.jsonl", procedures()))
    plan = plan_import((each for _, each in source.procedures), folder, LATER)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            plan.write()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert file.read_bytes() == before


def test_corrections_survive_the_next_import(folder: Path, tmp_path: Path) -> None:
    row, note = "02 ảnh màu cỡ 4x6", "Lưu ý: không thả diều gần sân bay"
    at = datetime(2026, 2, 1, tzinfo=UTC)
    said = [
        Correction(KITE, row, "an", at, titles=("Ảnh chân dung",), types=("can-cuoc",), count=2),
        Correction(KITE, "- Bản sao giấy khai sinh (nếu có)", "an", at, paper=False),
        Correction(KITE, note, "an", at, paper=True, titles=("Bản cam kết",)),
        Correction(KITE, note, "binh", at, undone=True),
    ]
    (folder / "procedures" / CORRECTIONS).write_bytes(b"".join(map(encode_correction, said)))
    for _ in range(2):
        required = load_profiles((SHIPPED, folder)).procedures[KITE].required
        assert [r.titles[0] for r in required] == ["Đơn đề nghị cấp giấy phép thả diều", "Ảnh chân dung"]
        assert (required[1].types, required[1].count) == (("can-cuoc",), 2)
        take(write_list(tmp_path / "again.jsonl"), folder, LATER)
    assert check_profiles((SHIPPED, folder)) == []


def test_a_note_can_be_corrected_into_a_paper(folder: Path) -> None:
    note = "Lưu ý: không thả diều gần sân bay"
    said = Correction(KITE, note, "an", datetime(2026, 2, 1, tzinfo=UTC), paper=True, titles=("Bản cam kết",))
    (folder / "procedures" / CORRECTIONS).write_bytes(encode_correction(said))
    required = load_profiles((SHIPPED, folder)).procedures[KITE].required
    assert required[-1].titles == ("Bản cam kết",)
    assert required[-1].kinds == ("cam-ket",)


def test_what_is_described_by_hand_goes_first_unless_a_later_layer_says_otherwise(
    folder: Path, tmp_path: Path
) -> None:
    birth = (SHIPPED / "procedures" / "1.001193.yaml").read_text(encoding="utf-8")
    by_hand = folder / "procedures" / "kite.yaml"
    by_hand.write_text(birth.replace("1.001193", KITE), encoding="utf-8")
    assert load_profiles((SHIPPED, folder)).procedures[KITE].name == "Đăng ký khai sinh"
    take(write_list(tmp_path / "list.jsonl"), tmp_path / "later")
    later = load_profiles((SHIPPED, folder, tmp_path / "later"))
    assert later.procedures[KITE].name == "Cấp giấy phép thả diều"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'{"code": "1.900001"\n', "imported.jsonl:1:"),
        (b'{"code": "1.900001", "name": 3, "effective_from": "2026-01-01"}\n', "$.name"),
        (b'{"code": "1.900001", "name": "x", "effective_from": "2026-01-32"}\n', "$.effective_from"),
    ],
)
def test_a_broken_line_is_named(folder: Path, line: bytes, said: str) -> None:
    (folder / "procedures" / "imported.jsonl").write_bytes(line)
    assert any(said in problem for problem in check_profiles((SHIPPED, folder)))
    with pytest.raises(SettingsError, match=r"imported\.jsonl:1"):
        load_profiles((SHIPPED, folder))
    with pytest.raises(SettingsError, match=r"imported\.jsonl:1"):
        take(write_list(folder / "list.jsonl"), folder)


def test_packed_lists_are_read_too(tmp_path: Path) -> None:
    plain = write_list(tmp_path / "list.jsonl")
    (tmp_path / "list.jsonl.gz").write_bytes(gzip.compress(plain.read_bytes()))
    (tmp_path / "list.jsonl.zst").write_bytes(zstandard.compress(plain.read_bytes()))
    wanted = [each for _, each in read_source(plain).procedures]
    for packed in (".gz", ".zst"):
        assert [each for _, each in read_source(tmp_path / f"list.jsonl{packed}").procedures] == wanted


TABLE = [
    ["DANH MỤC THỦ TỤC", "", "", "", "", ""],
    ["Mã TTHC", "Tên thủ tục", "Lĩnh vực", "Thành phần hồ sơ", "Bản chính", "Của ai"],
    [KITE, "Cấp giấy phép thả diều", "Vui chơi", "Đơn đề nghị", "1", "Xã"],
    ["", "", "", "Giấy khai sinh", "hai", ""],
    [TREE, "Chặt hạ cây xanh", "Hạ tầng", "Ảnh chụp", "", "Sở"],
    ["", "", "", "", "", ""],
]


def write_table(path: Path) -> Path:
    if path.suffix == ".csv":
        path.write_text("".join(";".join(row) + "\n" for row in TABLE), encoding="utf-8-sig")
    else:
        book = openpyxl.Workbook()
        book.active.title = "Bìa"
        sheet = book.create_sheet("Danh mục")
        for row in TABLE:
            sheet.append(row)
        book.save(path)
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tables_have_one_paper_a_row(tmp_path: Path, kind: str) -> None:
    source = read_source(
        write_table(tmp_path / f"list.{kind}"),
        column_map(["Của ai=agency"]),
        "Danh mục" if kind == "xlsx" else None,
    )
    kite, tree = (each for _, each in source.procedures)
    assert (kite.code, kite.name, kite.field, kite.agency) == (
        KITE,
        "Cấp giấy phép thả diều",
        "Vui chơi",
        "Xã",
    )
    assert [(each.name, each.original) for each in kite.papers] == [
        ("Đơn đề nghị", 1),
        ("Giấy khai sinh", None),
    ]
    assert [each.name for each in tree.papers] == ["Ảnh chụp"]
    (fault,) = source.faults
    assert fault.place.endswith(":4")
    assert fault.column == "Bản chính"
    assert "'hai'" in str(fault)


def test_faults_of_a_list_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    raw = procedures()
    raw[1]["code"] = None
    raw[2]["papers"][0]["original"] = "1"
    path = write_list(tmp_path / "list.jsonl", [*raw, raw[0]])
    path.write_text(path.read_text(encoding="utf-8") + "[\n", encoding="utf-8")
    source = read_source(path)
    assert [each.code for _, each in source.procedures] == [KITE]
    assert [(fault.place[-2:], fault.column) for fault in source.faults] == [
        (":2", "code"),
        (":3", "original"),
        (":5", ""),
        (":4", "code"),
    ]


@pytest.mark.parametrize("odd", ["x", 3, ["x"], [[]], {"name": "x"}, [{"name": "x", "kind": []}], [None]])
@pytest.mark.parametrize("key", ["papers", "results", "level", "code", "name"])
def test_values_of_another_shape_are_named(tmp_path: Path, key: str, odd: object) -> None:
    raw = procedures()[:1]
    raw[0][key] = odd
    source = read_source(write_list(tmp_path / "list.jsonl", raw))
    is_fine = (isinstance(odd, str) and key == "name") or (odd == ["x"] and key in {"results", "level"})
    faults = [fault.place.rpartition("/")[2] for fault in source.faults]
    assert faults == ([] if is_fine else ["list.jsonl:1"])


def test_names_that_nobody_wrote_are_left_out(tmp_path: Path) -> None:
    raw = procedures()[:1]
    raw[0]["papers"] = [{"name": name} for name in ("Đơn " + "a" * 100_000, "Đơn " * 9000, "Đơn đề nghị")]
    source = read_source(write_list(tmp_path / "list.jsonl", raw))
    assert [[paper.name for paper in each.papers] for _, each in source.procedures] == [["Đơn đề nghị"]]
    assert ["paper 1" in str(fault) or "paper 2" in str(fault) for fault in source.faults] == [True, True]


def test_a_file_that_is_no_list_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.pdf").write_bytes(b"%PDF")
    (tmp_path / "bad.jsonl").write_bytes(b"\xff\xfe")
    (tmp_path / "bad.jsonl.zst").write_bytes(b"no archive")
    (tmp_path / "bad.xlsx").write_bytes(b"no workbook")
    for name in ("list.pdf", "bad.jsonl", "bad.jsonl.zst", "bad.xlsx"):
        with pytest.raises(InputError, match=name):
            read_source(tmp_path / name)
    (tmp_path / "empty.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"empty\.csv: the list is empty"):
        read_source(tmp_path / "empty.csv")
    (tmp_path / "long.jsonl").write_bytes(b'{"code": "' + b"1" * LONGEST_LINE)
    with pytest.raises(InputError, match=r"long\.jsonl:1: the line is longer"):
        read_source(tmp_path / "long.jsonl")
    (tmp_path / "long.csv.gz").write_bytes(gzip.compress(b"code,name,paper\n" + b"1" * LONGEST_LINE))
    with pytest.raises(InputError, match=r"long\.csv\.gz:2: the line is longer"):
        read_source(tmp_path / "long.csv.gz")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="--map"):
        read_source(tmp_path / "other.csv")
    with pytest.raises(UsageError, match="no sheet"):
        read_source(write_table(tmp_path / "list.xlsx"), sheet="Khác")
    with pytest.raises(UsageError, match="HEADING=FIELD"):
        column_map(["Tên=tên"])

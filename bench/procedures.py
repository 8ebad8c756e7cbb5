"""What thousands of procedures cost: import, index, start and memory, as a Markdown table.

    python -m bench.procedures [LIST]

LIST is a published list (`scanflow profiles import`); without one, 2,400 invented procedures are made. Each
measurement runs in a process of its own, and what counts is its CPU time: other programs may be at work.
Start and memory are compared with the same with the built-in procedures only.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from scanflow.archive.site_profiles import profiles_of
from scanflow.classify.procedures.finding import search_procedures
from scanflow.classify.procedures.importing import plan_import
from scanflow.classify.procedures.published_files import read_source
from scanflow.settings import ClassifySettings

PROCEDURES = 2400
_VERBS = ("cấp", "cấp lại", "gia hạn", "điều chỉnh", "thu hồi", "công nhận", "đăng ký", "xác nhận")
_THINGS = ("giấy phép", "giấy chứng nhận", "chứng chỉ", "quyết định", "thẻ", "văn bản chấp thuận")
_FIELDS = ("thả diều", "trồng rau", "nuôi ong", "chèo thuyền", "làm gốm", "đan lát", "thổi sáo", "in tranh")
_PLACES = ("trên sông", "trong chợ", "ngoài đảo", "ở trường học", "tại hội làng", "trên núi", "trong phố")
_PAPERS = (
    "Đơn đề nghị {what} theo Mẫu số {number:02}/{letters} ban hành kèm theo Nghị định số 1/2030/NĐ-CP",
    "- Bản sao hợp đồng ủy quyền cho tổ chức thực hiện thủ tục {what}, đối với trường hợp ủy quyền",
    "a) Bản chính hoặc bản sao có chứng thực Giấy chứng nhận {what} hoặc quyết định {what} (nếu có)",
    "Báo cáo kết quả {what} của tổ chức đề nghị, trong đó nêu rõ thời gian và địa điểm",
    "Danh sách người tham gia {what}; biên bản họp về việc {what}",
    "Lưu ý: người nộp {what} mang theo giấy tờ để đối chiếu",
    "02 ảnh màu cỡ 4x6 chụp trong thời gian 06 tháng",
)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("list", type=Path, nargs="?", help="default: invented procedures")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(json.dumps(_STEPS[options.step](options.list, options.folder)))
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = options.list or write_invented(folder / "list.jsonl")
        print(_table({step: _measured(step, source, folder) for step in _STEPS}))


def write_invented(path: Path, count: int = PROCEDURES) -> Path:
    """Write a list of invented procedures."""
    draw = random.Random(7)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            what = (
                " ".join(draw.choice(words) for words in (_VERBS, _THINGS, _FIELDS, _PLACES))
                + f" số {number}"
            )
            letters = "".join(draw.choices("ABCDĐGHKLMNT", k=2))
            papers = [
                {
                    "name": each.format(what=what, number=number % 99 + 1, letters=letters),
                    "original": 1,
                    "copy": 0,
                }
                for each in draw.sample(_PAPERS, draw.randint(3, len(_PAPERS)))
            ]
            file.write(
                json.dumps(
                    {
                        "code": f"9.{number:06}",
                        "name": what.capitalize(),
                        "field": draw.choice(_FIELDS).capitalize(),
                        "agency": "Ủy ban nhân dân cấp xã",
                        "papers": papers,
                        "results": [f"Giấy phép {what}"],
                    },
                    ensure_ascii=False,
                )
                + "\n"
            )
    return path


def _measured(step: str, source: Path, folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.procedures", "--step", step, "--folder", str(folder), str(source)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    values: dict[str, float] = json.loads(done.stdout)
    return values


def _import(source: Path, folder: Path) -> dict[str, float]:
    began = time.process_time()
    read = [each for _, each in read_source(source).procedures]
    plan_import(read, folder / "profiles", date(2026, 1, 1)).write()
    rows = sum(len(each.papers) for each in read)
    return {"seconds": time.process_time() - began, "procedures": len(read), "rows": rows}


def _start(_source: Path, folder: Path) -> dict[str, float]:
    """The first start makes the index; `with list` of a fresh home is that of any later start."""
    return _started(folder)


def _start_alone(_source: Path, folder: Path) -> dict[str, float]:
    return _started(folder / "empty")


def _started(home: Path) -> dict[str, float]:
    before = _resident()
    began = time.process_time()
    profiles = profiles_of(ClassifySettings(), home)
    started = time.process_time() - began
    codes = list(profiles.procedures)
    chosen = random.Random(1).sample(codes, min(200, len(codes)))
    began = time.process_time()
    for code in chosen:
        profiles.procedures[code]
    load = (time.process_time() - began) / len(chosen)
    began = time.process_time()
    for words in ("cap giay phep", "gia hạn", "nuoi ong tren nui", "dang ky khai sinh"):
        search_procedures(profiles, words)
    search = (time.process_time() - began) / 4
    return {"seconds": started, "load": load, "search": search, "memory": _resident() - before}


def _resident() -> float:
    """Megabytes of memory that this process holds."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20


_STEPS: dict[str, Callable[[Path, Path], dict[str, float]]] = {
    "import": _import,
    "again": _import,
    "first start": _start,
    "start": _start,
    "start alone": _start_alone,
}


def _table(found: dict[str, dict[str, float]]) -> str:
    first, again, alone, start = (found[each] for each in ("import", "again", "start alone", "start"))
    rows = [
        ("procedures, rows", f"{first['procedures']:,.0f}, {first['rows']:,.0f}"),
        ("import, rows a CPU second", f"{first['rows'] / first['seconds']:,.0f}"),
        ("the same list again, against the first time", f"{again['seconds'] / first['seconds']:.2f}"),
        ("making the index, against the import", f"{found['first start']['seconds'] / first['seconds']:.2f}"),
        ("start with the list, against without", f"{start['seconds'] / alone['seconds']:.2f}"),
        ("memory more than without, MB", f"{start['memory'] - alone['memory']:.0f}"),
        ("one procedure loaded, ms", f"{1000 * start['load']:.2f}"),
        ("one search, ms", f"{1000 * start['search']:.1f}"),
    ]
    return "\n".join(["| | |", "|---|--:|", *(f"| {name} | {value} |" for name, value in rows)])


if __name__ == "__main__":
    main()

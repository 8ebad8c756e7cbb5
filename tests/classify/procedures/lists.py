"""Invented lists of procedures, as agencies publish them."""

import json
from pathlib import Path
from typing import Any

KITE = "1.900001"
KITE_AGAIN = "1.900002"
TREE = "1.900003"


def paper(name: str, **columns: Any) -> dict[str, Any]:
    return {"name": name, "form": None, "form_no": None, "original": 1, "copy": 0, "group": None, **columns}


def procedures() -> list[dict[str, Any]]:
    return [
        {
            "code": KITE,
            "name": "Cấp giấy phép thả diều",
            "field": "Vui chơi",
            "agency": "Ủy ban nhân dân cấp xã",
            "papers": [
                paper("Đơn đề nghị cấp giấy phép thả diều theo Mẫu số 01/TD", form_no="01/TD"),
                paper("- Bản sao giấy khai sinh (nếu có)", original=0, copy=1),
                paper("02 ảnh màu cỡ 4x6", original=2),
                paper("Lưu ý: không thả diều gần sân bay", kind="note"),
            ],
            "results": ["Giấy phép thả diều (Mẫu số 03)"],
            "legal": ["12/2030/NĐ-CP"],
        },
        {
            "code": KITE_AGAIN,
            "name": "Cấp lại giấy phép thả diều",
            "field": "Vui chơi",
            "agency": "Ủy ban nhân dân cấp xã",
            "papers": [paper("Đơn đề nghị cấp lại giấy phép thả diều"), paper("Giấy phép thả diều đã cấp")],
            "results": [],
            "legal": [],
        },
        {
            "code": f"{TREE}.000.00.00.H61",
            "name": "Chặt hạ cây xanh",
            "field": "Hạ tầng",
            "agency": "Sở Xây dựng",
            "papers": [
                paper("Đơn đề nghị chặt hạ cây xanh, mẫu số 01/TD"),
                paper("Ảnh chụp hiện trạng cây", group="Trường hợp cây ngã đổ:"),
            ],
            "results": [],
            "legal": [],
        },
    ]


def write_list(path: Path, raw: list[dict[str, Any]] | None = None) -> Path:
    path.write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in raw or procedures()), encoding="utf-8"
    )
    return path

"""One thing has one word everywhere: no text of the program has a word that was replaced by another."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

OLD = (
    r"xấp",
    r"lô(?: giấy tờ)?(?= (?:nào|đang|chờ)|\))",
    r"thừa(?! (?:Thiên|lệnh|ủy|kế|nhận|phát|hành))",
    r"[Nn]ộp (?:khi còn thiếu|lưu|vào kho)",
    r"[Đđ]ã nộp(?! hồ sơ)",
    r"[Kk]ết quả nộp",
    r"[Bb]ỏ xấp",
    r"[Bb]ỏ trang",
    r"[Cc]ách quét",
    r"[Đđ]ọc chắc",
    r"[Đđ]ể phần mềm nhận(?! dạng)",
    r"[Đđ]ể riêng, không nộp",
    r"[Đđ]ã đối chiếu bản chính",
    r"cho người dân",
    r"[Đđ]ầu đọc(?! mã)",
    r"[Hh]ình lớn",
    r"[Vv]iệc với trang này",
    r"[Tt]rang đặt xoay",
    r"bị cụt",
    r"[Tt]ải lại trang(?! web)",
    r"chưa gán",
    r"[Ll]ệnh gọi chưa đúng",
    r"[Đđ]ang làm dở|đang dở",
)
"""Regular expressions; what may follow is a word of another meaning."""

_OLD = re.compile("|".join(rf"(?<!\w)(?:{each})(?!\w)" for each in OLD))
PLACES = (
    "scanflow/**/*.py", "scanflow/**/*.html", "scanflow/**/*.js", "scanflow/web/text/*.yaml",
    "scanflow/cli/*.yaml", "README*.md", "docs/*.md", "docs/vi/*.md", "deploy/*",
)  # fmt: skip
# Texts of papers and published lists keep their own words; benchmarks are a history.
LEFT_OUT = ("scanflow/classify/", "scanflow/text/", "static/vendor/", "docs/benchmarks.md", "scanflow/ocr/")


def test_no_text_has_a_former_word() -> None:
    files = [path for place in PLACES for path in sorted(ROOT.glob(place)) if path.is_file()]
    assert len(files) > 300
    found = [
        f"{name}:{no}: {line.strip()[:100]}"
        for path in files
        if not any(part in (name := path.relative_to(ROOT).as_posix()) for part in LEFT_OUT)
        for no, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _OLD.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "old"),
    [
        ("Xem lô nào chưa xong", True),
        ("có, thiếu, thừa.", True),
        ("tỉnh Thừa Thiên Huế, thừa lệnh", False),
        ("tải lại trang web (F5)", False),
        ("Hãy tải lại trang.", True),
        ("người nộp hồ sơ đã nộp hồ sơ", False),
        ("Đầu đọc mã vạch, mã QR", False),
    ],
)
def test_former_words_are_distinguished_from_similar_ones(text: str, old: bool) -> None:
    assert bool(_OLD.search(text)) is old

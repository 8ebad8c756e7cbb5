"""Formats, and whether a file is complete, by its first and last bytes."""

import io
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scanflow.capture.files.file_view import FileView
from scanflow.capture.files.formats import (
    Completeness,
    TiffDirectory,
    completeness,
    is_complete,
    sniff,
)
from tests.capture.samples import docx, heic, jpeg, jpeg_scan, picture, saved

HEADS = [
    b"",
    b"II*\0",
    b"MM\0+",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"RIFF\0\0\0\0WEBP",
    b"\0\0\0\x14ftypheic",
    b"PK\3\4[Content_Types].xml",
]
WHOLE = {
    "pdf": jpeg_scan(),
    "jpeg": jpeg(),
    "progressive": jpeg(progressive=True),
    "png": saved(picture(), "PNG"),
    "tiff": saved(picture(), "TIFF", save_all=True, append_images=[picture()], compression="tiff_lzw"),
    "bigtiff": saved(picture(), "TIFF", big_tiff=True),
    "webp": saved(picture(), "WEBP", lossless=True),
    "heif": heic(picture()),
    "docx": docx("đơn đề nghị"),
}
KINDS = {name: name for name in WHOLE} | {"progressive": "jpeg", "bigtiff": "tiff"}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files_are_complete(name: str, tmp_path: Path) -> None:
    assert sniff(WHOLE[name]) == KINDS[name]
    assert completeness(WHOLE[name]) is Completeness.COMPLETE
    path = tmp_path / "any name"
    path.write_bytes(WHOLE[name])
    assert is_complete(path)


@given(st.sampled_from(sorted(WHOLE)), st.floats(0, 1, exclude_max=True))
@settings(deadline=None)
def test_no_beginning_of_a_file_is_complete(name: str, share: float) -> None:
    data = WHOLE[name]
    # A PDF's or a TIFF's last bytes may be line ends or padding: so cut off a little more than those.
    kept = int((len(data) - 8) * share)
    assert completeness(data[:kept]) is not Completeness.COMPLETE


@given(st.binary(max_size=300), st.sampled_from(HEADS))
def test_any_bytes_behind_a_known_head_get_an_answer(noise: bytes, head: bytes) -> None:
    assert isinstance(completeness(head + noise), Completeness)


def test_a_preview_in_the_header_does_not_end_a_jpeg() -> None:
    preview, whole = jpeg(picture(16, 16)), jpeg()
    data = whole[:2] + b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview + whole[2:]
    assert completeness(data) is Completeness.COMPLETE
    assert completeness(data[:-2]) is Completeness.INCOMPLETE


def test_a_tiff_without_end_is_broken_and_soon_known() -> None:
    tags = b"II+\0\x08\0\0\0" + (16).to_bytes(8, "little") + (10**6).to_bytes(8, "little") + bytes(2 * 10**7)
    assert completeness(tags) is Completeness.BROKEN


def test_an_empty_file_is_not_complete(tmp_path: Path) -> None:
    path = tmp_path / "empty.pdf"
    path.touch()
    assert not is_complete(path)


def test_a_whole_file_still_ends_when_a_writer_pads_it() -> None:
    assert completeness(WHOLE["jpeg"] + b"\0" * 512) is Completeness.COMPLETE
    assert completeness(WHOLE["pdf"] + b"\r\n\0\0") is Completeness.COMPLETE
    assert Image.open(io.BytesIO(WHOLE["jpeg"] + b"\0" * 512)).size == picture().size


def test_tag_of_no_values_counts_as_absent() -> None:
    assert TiffDirectory({256: ()}).one(256, 7) == 7


@given(
    st.lists(st.sampled_from([b"ab", b"ba", b"a", b"x" * 65_534, b"x" * 3]), max_size=6),
    st.sampled_from([b"ab", b"aba", b"x", b"xxab"]),
    st.integers(0, 140_000),
)
def test_a_files_bytes_are_found_as_in_memory(parts: list[bytes], what: bytes, start: int) -> None:
    data = b"".join(parts)
    with TemporaryFile() as file:
        file.write(data)
        file.flush()
        view = FileView(file.fileno(), len(data))
        assert view.find(what, start) == data.find(what, start)
        assert view.rfind(what, start) == data.rfind(what, start)
        assert view[start : start + 9] == data[start : start + 9]


@pytest.mark.parametrize("data", WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_cut_while_it_is_looked_at_is_no_fault_of_the_program(data: bytes) -> None:
    with TemporaryFile() as file:
        file.write(data)
        file.flush()
        assert completeness(FileView(file.fileno(), len(data))) is Completeness.COMPLETE
        file.truncate(5)
        with pytest.raises(OSError, match="truncated"):
            completeness(FileView(file.fileno(), len(data)))

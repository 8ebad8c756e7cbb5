"""Names of objects."""

from hashlib import sha256
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanflow.archive.store import keys
from scanflow.errors import StoreError

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=25)


def test_keys_of_each_kind_of_object() -> None:
    number = "000.00.19.H47-260105-0001"
    assert keys.document_key(number, 1, "giay-khai-sinh", 2) == f"dossiers/{number}/01-giay-khai-sinh/v2.pdf"
    assert keys.words_key(number, 12, "unknown", 1) == f"dossiers/{number}/12-unknown/v1.words.json.zst"
    assert keys.source_key(number, "ab", "Quét 1.TIFF") == f"dossiers/{number}/sources/ab.tiff"
    assert keys.manifest_key(number, 3) == f"dossiers/{number}/manifest/000003.json"
    assert keys.intake_key("b1", 7, "ab", "image/jpeg") == "intake/b1/0007.ab.jpg"
    assert keys.intake_file_key("b1", 2, "ab", "Quét 1.TIFF") == "intake/b1/files/0002.ab.tiff"
    assert keys.intake_file_key("b1", 2, "ab", "không đuôi") == "intake/b1/files/0002.ab"
    assert keys.intake_manifest_key("b1", 1) == "intake/b1/manifest/000001.json"


def test_a_number_with_slashes_is_one_segment() -> None:
    assert keys.dossier_prefix("03706/2026/07906") == "dossiers/03706%2F2026%2F07906/"


@given(_TEXT)
def test_a_segment_comes_back_and_is_safe(text: str) -> None:
    segment = keys.encode_segment(text)
    assert keys.decode_segment(segment) == normalize("NFC", text)
    assert segment.isascii()
    assert "/" not in segment
    assert not segment.startswith(".")


@given(_TEXT, _TEXT, st.integers(1, 99), st.integers(1, 99))
def test_every_key_that_we_make_is_legal_unless_too_long(number: str, kind: str, no: int, k: int) -> None:
    for key in (keys.document_key(number, no, kind, k), keys.manifest_key(number, k)):
        try:
            assert keys.check_key(key) == key
        except StoreError:
            assert max(len(segment) for segment in key.split("/")) > keys.MAX_SEGMENT_BYTES


@given(_TEXT, st.integers(1, 9999), st.binary())
def test_an_intake_key_says_what_it_is(batch_id: str, no: int, data: bytes) -> None:
    digest = sha256(data).hexdigest()
    page = keys.parse_intake_key(keys.intake_key(batch_id, no, digest, "image/png"))
    assert page == keys.IntakeName(normalize("NFC", batch_id), no, digest, ".png", is_file=False)
    file = keys.parse_intake_key(keys.intake_file_key(batch_id, no, digest, "a.pdf"))
    assert file == keys.IntakeName(normalize("NFC", batch_id), no, digest, ".pdf", is_file=True)


@pytest.mark.parametrize(
    "key", ["intake/b1/manifest/000001.json", "intake/b1/1.zz.jpg", "dossiers/x/01-y/v1.pdf", "intake/x", ""]
)
def test_other_keys_are_no_captured_bytes(key: str) -> None:
    assert keys.parse_intake_key(key) is None


def test_manifest_numbers() -> None:
    assert keys.manifest_number(keys.manifest_key("03706/2026/07906", 12)) == 12
    assert keys.manifest_number(keys.intake_manifest_key("b1", 1_234_567)) == 1_234_567
    assert keys.manifest_number("dossiers/x/01-manifest/v1.pdf") is None


@given(st.text(max_size=30))
def test_any_key_is_taken_or_refused(key: str) -> None:
    try:
        keys.check_key(key)
    except StoreError:
        return
    assert not any(segment in ("", ".", "..") for segment in key.split("/"))
    assert "\x00" not in key

"""Real scans and hostile files, where the extra files are at hand (fixtures/extra.py)."""

import io
import resource
import unicodedata
from pathlib import Path

import pytest
from pikepdf import Dictionary, Name, Pdf, Stream

from fixtures.extra import EXTRA
from scanflow.capture.files.unpack import unpack
from scanflow.errors import InputError
from scanflow.settings import LimitSettings, OcrSettings
from tests.capture.layers import quality, without_marks
from tests.capture.samples import only_image

LIMITS = LimitSettings(seconds=30)
pytestmark = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not EXTRA.is_dir(), reason="no extra files here"),
]
REAL = sorted((EXTRA / "real-pdfs").glob("*.pdf"))
HOSTILE = sorted(path for path in (EXTRA / "hostile").glob("*") if path.is_file())
COMPOSED = {("10209648.pdf", 1)}  # a stencil over a photo of the seal: layers, not one plain scan

ANSWERS = {
    "docspell_bombs--20K-gray.png": "oversized",
    "docspell_bombs--20K-rgb.png": "oversized",
    "docspell_secured--encrypted-test123.pdf": "encrypted",
    "minimal-aes256.pdf": "encrypted",
    "minimal-rc4.pdf": "encrypted",
    "minimal-pubkey-aes256.pdf": "encrypted",
    "malformed-encrypt-dict1.pdf": "encrypted",
    "circular-page-tree.pdf": "damaged",
    "broken-objstream1.pdf": "damaged",
}
SIGNED = {"minimal-signed-twice-both-created.pdf", "minimal-two-fields-signed-twice.pdf"}


def largest_image(page: Dictionary) -> Stream:
    xobjects = page.Resources.XObject.values()
    images = [x for x in xobjects if isinstance(x, Stream) and x.get(Name.Subtype) == Name.Image]
    return max(images, key=lambda image: int(image.Width) * int(image.Height))


def jbig2_globals(image: Stream) -> bytes | None:
    parameters = image.get(Name.DecodeParms)
    shared = parameters.get(Name.JBIG2Globals) if isinstance(parameters, Dictionary) else None
    return shared.read_raw_bytes() if isinstance(shared, Stream) else None


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.stem)
def test_real_scans_keep_every_byte_of_their_image_streams(path: Path) -> None:
    unpacked = unpack(path.read_bytes(), path.name, LIMITS, 0.7)
    assert not unpacked.problems
    with Pdf.open(path) as source:
        assert len(unpacked.pages) == len(source.pages)
        for page, original in zip(unpacked.pages, source.pages, strict=True):
            if (path.name, page.no) in COMPOSED:
                assert page.kind == "render"
                continue
            assert page.kind == "scan", "the watermark's text is no text layer"
            image = largest_image(original.obj)
            with Pdf.open(io.BytesIO(page.data)) as taken:
                kept = only_image(taken)
                assert kept.read_raw_bytes() == image.read_raw_bytes()
                assert kept.Filter == image.Filter
                assert jbig2_globals(kept) == jbig2_globals(image)
            rotation = original.obj.get(Name.Rotate, 0)
            assert page.geometry.rotation == int(rotation) % 360


REAL_TEXTS = sorted(path for path in EXTRA.glob("real-p*/*.txt") if not path.name.endswith(".pen.txt"))


@pytest.mark.parametrize("path", REAL_TEXTS, ids=lambda path: path.stem)
def test_real_texts_score_high_and_low_once_their_marks_are_lost(path: Path) -> None:
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
    assert quality(text, scan=False) > 0.9
    assert quality(without_marks(text)) < 0.3


def test_nearly_all_real_texts_would_be_kept_as_a_scans_layer() -> None:
    """A page of foreign names and accounts may be read again for nothing; that costs time and no words."""
    texts = [unicodedata.normalize("NFC", path.read_text(encoding="utf-8")) for path in REAL_TEXTS]
    kept = sum(quality(text) > OcrSettings().min_layer_quality for text in texts)
    assert kept >= 0.9 * len(texts)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.name)
def test_hostile_files_give_pages_or_a_clear_error(path: Path) -> None:
    try:
        unpacked = unpack(path.read_bytes(), path.name, LIMITS, 0.7)
    except InputError as error:
        assert error.code == ANSWERS.get(path.name, error.code)
        assert error.message_vi
    else:
        assert path.name not in ANSWERS
        assert unpacked.pages or unpacked.problems
        assert unpacked.signed == (path.name in SIGNED)
        for page in unpacked.pages:
            assert page.width * page.height <= LIMITS.pixels
            assert page.data
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_000_000  # kB: no bomb went off

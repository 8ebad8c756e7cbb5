"""Parts of the training that could fail unnoticed: the network's format and the texts of the lines."""

import random
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from scanflow.ocr.engines.line_network.component import FormatError, Layer, Model, read_model
from scanflow.ocr.engines.traineddata import DEBIAN, read_letters
from scanflow.text.syllables import is_syllable
from training.faces import Family
from training.lstmf import write_lines
from training.network import write_float_model
from training.render import make_lines
from training.text import Sources, has_broken_case, load_sources, make_line

MODEL = DEBIAN / "vie.traineddata"
FONTS = Path("/usr/share/fonts/truetype/liberation")
STYLES = ("Regular", "Bold", "Italic", "BoldItalic")
SERIF = Family(FONTS, tuple(f"LiberationSerif-{style}.ttf" for style in STYLES), 1)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("model")
    subprocess.run(["combine_tessdata", "-u", MODEL, folder / "vie."], check=True, capture_output=True)
    return (folder / "vie.lstm").read_bytes()


@pytest.fixture
def sources() -> Sources:
    prose = ("Căn cứ Luật Tổ chức chính quyền địa phương – Điều 3",)
    letters = frozenset("".join(prose) + "0123456789/.,:;-ABCDEĐ") - {"–"}
    return Sources(
        prose=prose,
        weights=(1.0,),
        numbered=prose,
        heads=("QUYẾT ĐỊNH",),
        labels=("Số:",),
        words=("đổi", "bổ"),
        names=("Anh",),
        places=("Thành phố Hà Nội",),
        syllables=("khuỵu",),
        letters=letters,
    )


def flat(layer: Layer) -> list[NDArray[np.float64]]:
    return [m.weights for m in layer.matrices] + [w for child in layer.children for w in flat(child)]


def test_a_network_keeps_its_weights_when_written_as_float(network: bytes) -> None:
    integer = read_model(network)
    again = read_model(write_float_model(integer))
    weights = flat(integer.network)
    assert sum(matrix.size for matrix in weights) == integer.network.weights
    assert all(np.array_equal(a, b) for a, b in zip(weights, flat(again.network), strict=True))
    assert (integer.training_flags & 1, again.training_flags & 1) == (1, 0)
    assert again.tail == integer.tail
    assert write_float_model(again) == write_float_model(integer)


@pytest.mark.parametrize("length", [0, 1, 100, 5000])
def test_a_cut_network_is_refused(network: bytes, length: int) -> None:
    with pytest.raises(FormatError):
        read_model(network[:length])


def test_lines_say_only_what_the_model_can_write(sources: Sources) -> None:
    rng = random.Random(4)  # noqa: S311 - lots are drawn, not keys
    lines = {make_line(sources, rng) for _ in range(300)}
    assert set("".join(lines)) <= sources.letters | {" "}
    assert any("chính quyền địa phương - Điều" in line for line in lines)  # a long dash as a short one


def test_the_same_seed_renders_the_same_lines(sources: Sources, tmp_path: Path) -> None:
    first, second = (list(make_lines(sources, (SERIF,), 10, 7)) for _ in range(2))
    assert len(first) == 10
    assert all(a[1] == b[1] and np.array_equal(a[0], b[0]) for a, b in zip(first, second, strict=True))
    assert all(20 <= pixels.shape[0] <= 120 and pixels.min() < 128 < pixels.max() for pixels, _ in first)
    listing = write_lines(first, tmp_path, "some")
    data = Path(listing.read_text().strip()).read_bytes()
    assert struct.unpack_from("<I", data) == (10,)
    assert data.count(b"\x89PNG") == 10


def test_model_type_is_kept(network: bytes) -> None:
    model: Model = read_model(network)
    assert model.spec == "[1,36,0,1Ct3,3,16Mp3,3Lfys48Lfx96Lrx96Lfx192O1c1]"


@pytest.mark.parametrize("word", ["CHíNH", "PHủ", "ĐịNH"])
def test_capitals_broken_by_a_font_conversion_are_noticed(word: str) -> None:
    assert has_broken_case(word)


@pytest.mark.parametrize("word", ["Chính", "phủ", "TTg", "ĐƯỜNG", "Ủy", "12/QĐ-UBND", "đ)"])
def test_sound_words_are_not(word: str) -> None:
    assert not has_broken_case(word)


def test_lines_can_be_made_without_any_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    letters = read_letters(MODEL)
    trained, held_out = (
        load_sources(tmp_path / "absent", letters, held_out=which) for which in (False, True)
    )
    assert "is not there" in capsys.readouterr().err
    assert len(trained.prose) > 1000
    assert not set(trained.prose) & set(held_out.prose)
    rng = random.Random(4)  # noqa: S311 - lots are drawn, not keys
    lines = [make_line(trained, rng) for _ in range(50)]
    assert all(lines)
    words = [word for line in trained.prose[:50] for word in line.strip(".").split()]
    assert sum(map(is_syllable, (word.strip(",;.") for word in words))) > 0.9 * len(words)

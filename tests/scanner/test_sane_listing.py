"""How the options that `scanimage` lists are read, and what is chosen of devices with different names for
them.
"""

import pytest

from scanflow.capture.scanner.device import Option
from scanflow.capture.scanner.device_options import capabilities_of, choose_rest, choose_source
from scanflow.capture.scanner.sane_listing import read_options
from scanflow.errors import ScannerRefusedError
from scanflow.settings import ScanProfile

# Written after the documentation of SANE's backends (fujitsu, brother, canon_dr, genesys): no such device has
# been at hand.
SHEETFED = """
  Scan Mode:
    --source ADF Front|ADF Back|ADF Duplex [ADF Front]
        Selects the scan source (such as a document-feeder).
    --mode Lineart|Halftone|Gray|Color [Lineart]
    --resolution 50..600dpi (in steps of 1) [600]
  Geometry:
    --page-width 0..221.121mm (in steps of 0.0211639) [215.872]
    --page-height 0..876.695mm (in steps of 0.0211639) [279.364]
    -l 0..215.872mm (in steps of 0.0211639) [0]
    -t 0..279.364mm (in steps of 0.0211639) [0]
    -x 0..221.121mm (in steps of 0.0211639) [215.872]
    -y 0..876.695mm (in steps of 0.0211639) [279.364]
    --swdeskew[=(yes|no)] [no] [advanced]
    --ald[=(yes|no)] [inactive]
"""
SWITCHED = """
    --mode Black & White|Gray[Error Diffusion]|True Gray|24bit Color[Fast] [24bit Color[Fast]]
    --resolution 100|150|200|300|400|600dpi [200]
    --source FlatBed|Automatic Document Feeder(left aligned)|ADF(centered) [FlatBed]
    --adf-mode Simplex|Duplex [inactive]
    -x 0..2550pel [2550]
    -y 0..4200pel [4200]
"""
CHECKED = """
    --mode Color|Gray [Color]
    --duplex[=(yes|no)] [no]
    --resolution 200|300dpi [200]
"""
ONLY_GLASS = """
    --mode Color|Gray|Lineart [Gray]
    --source Flatbed|Transparency Adapter [Flatbed]
    --depth 16|8|1bit [8]
    --resolution 75|150|300|600|1200|2400dpi [75]
    -x 0..216.7mm [216.7]
    -y 0..295mm [295]
"""


def options(text: str) -> list[Option]:
    return list(read_options(text))


def test_options_are_read_with_range_unit_choices_and_state() -> None:
    by_name = {option.name: option for option in options(SHEETFED)}
    assert by_name["source"].values == ("ADF Front", "ADF Back", "ADF Duplex")
    assert by_name["source"].value == "ADF Front"
    assert by_name["resolution"] == Option("resolution", (), 50, 600, 1, "dpi", "600")
    assert (by_name["br-x"].high, by_name["br-x"].unit) == (221.121, "mm")
    assert by_name["swdeskew"] == Option("swdeskew", ("yes", "no"), value="no")
    assert not by_name["ald"].active
    assert {o.name: o for o in options(SWITCHED)}["resolution"].values[-1] == "600"


@pytest.mark.parametrize(
    ("text", "duplex", "chosen"),
    [
        (SHEETFED, False, {"source": "ADF Front"}),
        (SHEETFED, True, {"source": "ADF Duplex"}),
        (CHECKED, False, {"duplex": "no"}),
        (CHECKED, True, {"duplex": "yes"}),
        (SWITCHED, False, {"source": "Automatic Document Feeder(left aligned)"}),
        (SWITCHED.replace("[inactive]", "[Simplex]"), True,
         {"source": "Automatic Document Feeder(left aligned)", "adf-mode": "Duplex"}),
    ],
)  # fmt: skip
def test_the_feeder_by_its_many_names(text: str, duplex: bool, chosen: dict[str, str]) -> None:
    assert choose_source(options(text), ScanProfile(duplex=duplex)) == chosen


@pytest.mark.parametrize(
    ("text", "profile", "why"),
    [
        (ONLY_GLASS, ScanProfile(), "no feeder"),
        (SHEETFED, ScanProfile(source="flatbed"), "no flatbed"),
        (ONLY_GLASS, ScanProfile(source="flatbed", duplex=True), "no back side"),
    ],
)
def test_a_missing_source_is_refused(text: str, profile: ScanProfile, why: str) -> None:
    with pytest.raises(ScannerRefusedError, match=why):
        choose_source(options(text), profile)


def test_options_are_set_in_the_order_that_sane_needs() -> None:
    chosen = choose_rest(options(SHEETFED), ScanProfile(options={"swdeskew": "no"}))
    assert list(chosen.items()) == [
        ("mode", "Color"), ("resolution", "200"), ("swdeskew", "no"),
        ("page-width", "210"), ("page-height", "297"),
        ("tl-x", "0"), ("tl-y", "0"), ("br-x", "210"), ("br-y", "297"),
    ]  # fmt: skip


def test_colour_modes_are_known_by_their_many_names() -> None:
    modes = {c: choose_rest(options(SWITCHED), ScanProfile(colour=c))["mode"] for c in ("colour", "lineart")}
    assert modes == {"colour": "24bit Color[Fast]", "lineart": "Black & White"}


def test_areas_may_be_in_pixels_or_a_little_too_short() -> None:
    assert choose_rest(options(SWITCHED), ScanProfile())["br-x"] == f"{210 / 25.4 * 200:g}"
    assert choose_rest(options(ONLY_GLASS), ScanProfile(source="flatbed"))["br-y"] == "295"
    with pytest.raises(ScannerRefusedError, match="A3"):
        choose_rest(options(ONLY_GLASS), ScanProfile(source="flatbed", paper="A3"))


def test_depth_follows_the_colour() -> None:
    assert choose_rest(options(ONLY_GLASS), ScanProfile(source="flatbed"))["depth"] == "8"


def test_capabilities_of_devices_with_and_without_glass() -> None:
    assert capabilities_of(options(SHEETFED)).sources == ("feeder",)
    assert capabilities_of(options(CHECKED)).sources == ("feeder",)
    assert capabilities_of(options(ONLY_GLASS)).sources == ("flatbed",)
    assert not capabilities_of(options(ONLY_GLASS)).duplex
    assert capabilities_of(options(SHEETFED)).any_between

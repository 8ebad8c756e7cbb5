"""`scanflow fields`, as a person calls it."""

import json
from pathlib import Path

from tests.e2e.conftest import scanflow

FILE = Path(__file__).parents[2] / "fixtures" / "dossiers" / "H13.07-260618-0204" / "giay-de-nghi.pdf"


def test_the_fields_of_a_file(tmp_path: Path) -> None:
    said = json.loads(scanflow(tmp_path / "home", "fields", FILE, "--json").stdout)
    (paper,) = said["papers"]
    assert (paper["type"], paper["pages"]) == ("giay-de-nghi-dang-ky-ho-kinh-doanh", [1])
    assert paper["kind"] == "giay-de-nghi"
    assert paper["fields"]["identity_number"] == "093086000527"
    number = next(value for value in paper["values"] if value["name"] == "identity_number")
    assert (number["page"], number["source"], number["doubtful"]) == (1, "print", False)
    assert len(number["box"]) == 4


def test_a_type_that_is_not_there(tmp_path: Path) -> None:
    result = scanflow(tmp_path / "home", "fields", FILE, "--type", "khong-co")
    assert result.returncode == 2
    assert "no such document type" in result.stderr

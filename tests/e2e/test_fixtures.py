"""The fixtures' dossiers are filed paper by paper with the right numbers and types, and are found."""

import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from tests.e2e.conftest import DOSSIERS, TRUTH, Archive, truth

BATCHES = sorted(path.stem for path in TRUTH.glob("*.json"))

NAMELESS = {
    "000.00.19.H30-260714-0032": "CT01 is the form of permanent and of temporary residence alike",
    "H13.42-260902-0003": "only a request for more papers came",
}
"""Batches whose papers do not say which procedure they are for, so that none is guessed."""


def filed(archive: Archive, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = archive.outcomes[batch]["filed"]
    return found


@pytest.mark.parametrize("batch", BATCHES)
def test_dossier_number_and_its_source(archive: Archive, batch: str) -> None:
    wanted, outcome = truth(batch), archive.outcomes[batch]
    assert outcome["number_source"] == wanted["number_source"]
    assert {document["dossier"] for document in outcome["filed"]} == (
        {wanted["dossier"]} if wanted["dossier"] else set()
    )
    assert outcome["state"] == ("closed" if wanted["dossier"] else "unassigned")


@pytest.mark.parametrize("batch", [b for b in BATCHES if truth(b)["dossier"]])
def test_every_page_is_accounted_for(archive: Archive, batch: str) -> None:
    count = archive.outcomes[batch]["count"]
    pages = [page for file in truth(batch)["files"] for page in file["pages"]]
    assert count["captured"] == len(pages)
    assert count["captured"] == count["filed"] + count["set_aside"] + count["quarantined"]
    assert count["set_aside"] == sum(page["blank"] for page in pages)
    assert count["quarantined"] == 0


@pytest.mark.parametrize("batch", [b for b in BATCHES if truth(b)["dossier"]])
def test_papers_have_their_pages_and_types(archive: Archive, batch: str) -> None:
    wanted = [(paper["type"], len(paper["pages"])) for paper in truth(batch)["papers"]]
    assert [(document["type"], document["pages"]) for document in filed(archive, batch)] == wanted


@pytest.mark.parametrize("batch", BATCHES)
def test_bad_files_are_in_quarantine_with_their_reason(archive: Archive, batch: str) -> None:
    wanted = {f["name"]: f["reason"] for f in truth(batch)["files"] if f["outcome"] == "quarantine"}
    laid = [each for each in archive.outcomes[batch]["laid"] if each["where"] == "quarantined"]
    assert {each["file"]: each["code"] for each in laid} == wanted
    assert all(each["reason_vi"] for each in laid)


@pytest.mark.parametrize("batch", [b for b in BATCHES if truth(b)["procedure"] and b not in NAMELESS])
def test_checklist_misses_what_was_left_out(archive: Archive, batch: str) -> None:
    wanted = truth(batch)
    shown = archive.json("show", wanted["dossier"])
    assert shown["dossier"]["procedure_code"] == wanted["procedure"]
    items = shown["checklist"]["items"]
    missing = {kind for item in items if is_missing(item) for kind in item["types"]}
    assert set(wanted["missing"]) <= missing
    left_out = [item for item in items if is_missing(item)]
    assert len(left_out) == len(wanted["missing"]), left_out


@pytest.mark.parametrize("batch", NAMELESS)
def test_no_procedure_is_guessed(archive: Archive, batch: str) -> None:
    shown = archive.json("show", batch)
    assert shown["dossier"]["procedure_code"] is None
    assert shown["checklist"] is None


def is_missing(item: dict[str, Any]) -> bool:
    return bool(item["required"]) and len(item["documents"]) < int(item["count"])


def test_every_written_pdf_is_pdfa_and_searchable(archive: Archive) -> None:
    documents = [document for batch in BATCHES for document in filed(archive, batch)]
    assert len(documents) >= 30
    claimed = 0
    for document in documents:
        path = archive.home / "objects" / document["object_key"]
        text = subprocess.run(["pdftotext", str(path), "-"], capture_output=True, text=True, check=True)
        assert len(text.stdout.split()) >= 20, document
        with pikepdf.open(path) as pdf, pdf.open_metadata() as metadata:
            assert len(pdf.pages) == document["pages"]
            claimed += metadata.pdfa_status == "2B"
    kept = 2  # born-digital files with a good text layer stay as they are
    assert claimed == len(documents) - kept


def test_signed_and_pristine_files_stand_byte_for_byte(archive: Archive) -> None:
    batch = "H13.07-260618-0204"
    by_type = {document["type"]: document for document in filed(archive, batch)}
    for name, kind in (
        ("giay-de-nghi.pdf", "giay-de-nghi-dang-ky-ho-kinh-doanh"),
        ("ket-qua.pdf", "giay-chung-nhan-dang-ky-ho-kinh-doanh"),
    ):
        original = (DOSSIERS / batch / name).read_bytes()
        assert (archive.home / "objects" / by_type[kind]["object_key"]).read_bytes() == original


def test_sources_stay_where_they_are(archive: Archive) -> None:
    for batch in BATCHES:
        for file in truth(batch)["files"]:
            assert (DOSSIERS / batch / file["name"]).exists()


def test_taken_again_nothing_is_doubled(archive: Archive) -> None:
    batch = "H13.42-260902-0003"
    again = archive.run("ingest", DOSSIERS / batch, "--json")
    assert again.returncode == 5
    documents = archive.json("show", batch)["dossier"]["documents"]
    assert len(documents) == len(truth(batch)["papers"])


def test_verify_finds_nothing_wrong(archive: Archive) -> None:
    report = archive.json("verify")
    assert report["ok"]
    assert report["checked"] > 60
    assert report["unknown"] == []


def test_objects_alone_rebuild_the_catalog(archive: Archive, tmp_path: Path) -> None:
    before = archive.json("show", "H13.42-260806-0031")
    (tmp_path / "objects").symlink_to(archive.home / "objects")
    rebuilt = Archive(tmp_path, {})
    assert rebuilt.json("rebuild")["problems"] == []
    assert rebuilt.json("show", "H13.42-260806-0031") == before
    assert rebuilt.json("verify")["ok"]
    found = rebuilt.json("search", "dang ky ket hon")
    assert {hit["dossier"] for hit in found} == {"H13.42-260806-0031"}


def test_words_without_accents_find_those_with(archive: Archive) -> None:
    hits = archive.json("search", "dang ky khai sinh")
    assert hits[0]["dossier"] == "H13.42-260804-0017"
    assert "KHAI SINH" in hits[0]["snippet"]
    assert {hit["type"] for hit in hits} >= {"to-khai-dang-ky-khai-sinh"}


def test_exactly_accented_comes_first(archive: Archive) -> None:
    hits = archive.json("search", "đăng ký kết hôn")
    exact = [hit["exact"] for hit in hits]
    assert exact == sorted(exact, reverse=True)
    assert exact[0]


def test_dossier_number_and_document_number_are_found(archive: Archive) -> None:
    assert archive.json("search", "H13.57-260818-0108")[0]["dossier"] == "H13.57-260818-0108"
    hits = archive.json("search", "1675/QĐ-UBND")
    assert [(hit["dossier"], hit["type"]) for hit in hits][:1] == [("H13.42-260901-0105", "quyet-dinh")]


def test_nothing_found_is_no_error(archive: Archive) -> None:
    assert archive.json("search", "xyzzy") == []


def test_export_has_the_names_that_the_rules_ask_for(archive: Archive, tmp_path: Path) -> None:
    number = "H13.42-260806-0031"
    exported = archive.json("export", number, tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"{number}.{no:02}.pdf" for no in range(1, len(truth("quay-1")["papers"]) + 1)]
    assert len(exported) == len(names)


def test_an_unknown_dossier_is_reported_in_both_languages(archive: Archive) -> None:
    result = archive.run("show", "H13.42-260806-9999")
    assert result.returncode == 10
    assert "no dossier" in result.stderr
    assert "Không có hồ sơ" in result.stderr

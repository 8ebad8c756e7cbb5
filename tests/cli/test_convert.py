"""`scanflow pdf` and `read` as users of OCRmyPDF expect them: pages, files, folders, stdin and stdout."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import img2pdf
import pikepdf
import pytest

from scanflow.capture.files.unpacked import TextLayers, Wanted
from scanflow.cli.converting import plan
from scanflow.cli.reading_options import ReadingOptions
from scanflow.clock import now
from scanflow.errors import UsageError
from scanflow.pipeline.sandbox.pool import ChildProcesses
from scanflow.pipeline.standalone import read_files
from scanflow.settings import OcrSettings, Settings
from tests.e2e.conftest import ROOT, scanflow
from tests.night.trees import images, jpeg

WRONG = "Mistaken words of an old reading"
DIGITAL = "Printed words of a digital page"


SCANNED, PLAIN = jpeg("Giay khai sinh 2026"), jpeg("Quyet dinh 2026")


def with_text(pdf: pikepdf.Pdf, page: pikepdf.Page, text: str, *, mode: int) -> None:
    """Put text on a page; `mode` 3 is invisible, 0 is printed."""
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.obj.Resources = page.obj.get("/Resources", pikepdf.Dictionary())
    page.obj.Resources.Font = pikepdf.Dictionary(F1=font)
    page.contents_add(f"BT {mode} Tr /F1 12 Tf 20 20 Td ({text}) Tj ET".encode())


@pytest.fixture(scope="module")
def mixed() -> bytes:
    """A scan with an old text layer, a digital page, a scan without text."""
    with pikepdf.open(io.BytesIO(img2pdf.convert([SCANNED, PLAIN]) or b"")) as pdf:
        with_text(pdf, pdf.pages[0], WRONG, mode=3)
        pdf.add_blank_page(page_size=(300, 200))
        with_text(pdf, pdf.pages[2], DIGITAL, mode=0)
        pdf.pages.insert(1, pdf.pages[2])
        del pdf.pages[3]
        target = io.BytesIO()
        pdf.save(target)
    return target.getvalue()


@pytest.fixture(scope="module")
def children() -> Iterator[ChildProcesses]:
    with ChildProcesses(Settings(jobs=1, ocr=OcrSettings(fast=True))) as opened:
        yield opened


def text(data: bytes) -> list[str]:
    done = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True)
    return done.stdout.decode().split("\f")[:-1]


@pytest.mark.parametrize(
    ("layers", "ranges", "kinds"),
    [
        ("any", (), ["text", "text", "scan"]),
        ("digital", (), ["scan", "text", "scan"]),
        ("none", (), ["scan", "render", "scan"]),
        ("none", ((3, None),), ["text", "text", "scan"]),
    ],
)
def test_which_pages_are_read(
    children: ChildProcesses,
    mixed: bytes,
    layers: TextLayers,
    ranges: tuple[tuple[int, int | None], ...],
    kinds: list[str],
) -> None:
    unpacked = children.unpack_wanted(mixed, "mixed.pdf", Wanted(layers, ranges)).result()
    assert [page.kind for page in unpacked.pages] == kinds


def test_redo_keeps_images_and_takes_the_old_layer_away(children: ChildProcesses, mixed: bytes) -> None:
    result = read_files.read_file(children, mixed, "mixed.pdf", wanted=Wanted("digital"))
    written = read_files.searchable_pdf(children, result, title="mixed", created=now())
    assert images(written.data) == [[SCANNED], [], [PLAIN]]
    first, second, third = text(written.data)
    assert "Mistaken" not in first
    assert "2026" in first
    assert DIGITAL in second
    assert "2026" in third


def test_unwanted_pages_stay_and_are_in_no_text(children: ChildProcesses, mixed: bytes) -> None:
    wanted = Wanted("good", ((3, 3),))
    result = read_files.read_file(children, mixed, "mixed.pdf", wanted=wanted)
    written = read_files.searchable_pdf(children, result, title="mixed", created=now())
    assert images(written.data) == [[SCANNED], [], [PLAIN]]
    assert WRONG in text(written.data)[0]
    assert read_files.text_of(result, wanted).count("\f") == 1
    assert "2026" in read_files.text_of(result, wanted)


@pytest.mark.parametrize(
    ("pages", "ranges"),
    [("1", ((1, 1),)), ("1, 3-5,8-", ((1, 1), (3, 5), (8, None))), ("2-2", ((2, 2),))],
)
def test_pages_are_understood(pages: str, ranges: tuple[tuple[int, int | None], ...]) -> None:
    assert ReadingOptions(pages=pages).wanted().ranges == ranges


@pytest.mark.parametrize("pages", ["", "0", "3-1", "a", "1,,2", "-3", "1--2"])
def test_invalid_ranges_of_pages_are_refused(pages: str) -> None:
    with pytest.raises(UsageError, match="--pages"):
        ReadingOptions(pages=pages).wanted()


def test_only_one_of_skip_redo_and_force() -> None:
    with pytest.raises(UsageError, match="--skip-text, --force-ocr"):
        ReadingOptions(skip_text=True, force_ocr=True).wanted()


def test_where_results_of_folders_go(tmp_path: Path) -> None:
    inside, out = tmp_path / "in", tmp_path / "in" / "out"
    for name in ("a.png", "a.jpg", "b.PDF", "sub/c.tif", "notes.docx", ".hidden.pdf", "out/old.pdf"):
        (inside / name).parent.mkdir(parents=True, exist_ok=True)
        (inside / name).touch()
    (tmp_path / "d.pdf").touch()
    planned = plan([inside, tmp_path / "d.pdf"], out, ".pdf")
    assert {
        str(each.source.relative_to(tmp_path)): str(each.target.relative_to(out)) for each in planned
    } == {
        "in/a.jpg": "a.jpg.pdf",
        "in/a.png": "a.png.pdf",
        "in/b.PDF": "b.pdf",
        "in/sub/c.tif": "sub/c.pdf",
        "d.pdf": "d.pdf",
    }
    with pytest.raises(UsageError, match="two results"):
        plan([inside, inside / "b.PDF"], out, ".pdf")
    with pytest.raises(UsageError, match="no PDF and no image"):
        plan([inside / "out"], out, ".pdf")


def test_from_stdin_to_stdout(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scanflow.cli", "-q", "pdf", "--fast", "-", "-"],
        input=SCANNED,
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "SCANFLOW_HOME": str(tmp_path / "home")},
    )
    assert done.returncode == 0, done.stderr
    assert images(done.stdout) == [[SCANNED]]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_converted_but_for_what_is_broken_or_signed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    (inside / "sub").mkdir(parents=True)
    (inside / "sub" / "a.jpg").write_bytes(SCANNED)
    (inside / "b.pdf").write_bytes(b"%PDF-1.4 no more")
    signed = pikepdf.new()
    signed.add_blank_page()
    signed.Root.Signed = signed.make_indirect(pikepdf.Dictionary(ByteRange=[0, 1, 2, 3], Contents=b"x"))
    signed.save(inside / "c.pdf")
    before = (inside / "c.pdf").read_bytes()
    out = tmp_path / "out"
    done = scanflow(tmp_path / "home", "pdf", "--fast", inside, "--output-folder", out)
    assert done.returncode == 5, done.stderr
    assert [path.relative_to(out) for path in out.rglob("*.pdf")] == [Path("sub/a.pdf")]
    assert "b.pdf: " in done.stderr
    assert "signed" in done.stderr
    assert "1 of 3 files converted" in done.stderr
    assert (inside / "c.pdf").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["pdf", "a.pdf"], "name a file to read and the PDF to write"),
        (["pdf", "a.pdf", "b.pdf", "c.pdf"], "name a file to read and the PDF to write"),
        (["read", "FOLDER"], "is a folder"),
        (["pdf", "FOLDER", "out.pdf"], "is a folder"),
        (["pdf", "FOLDER", "--output-folder", "o", "--title", "x"], "--title: not with --output-folder"),
        (["read", "-", "--output-folder", "o"], "stdin can't go into a folder"),
    ],
)
def test_wrong_calls_are_refused(arguments: list[str], said: str, tmp_path: Path) -> None:
    named = [str(tmp_path) if each == "FOLDER" else each for each in arguments]
    result = scanflow(tmp_path / "home", *named)
    assert result.returncode == 2, result.stderr
    assert said in result.stderr
    assert list(tmp_path.iterdir()) == []

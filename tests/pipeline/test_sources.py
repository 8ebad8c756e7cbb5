"""Of each kind of file either the image streams stand unchanged in the documents, or the captured file is
kept.
"""

import json
import struct
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from fpdf import FPDF
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from scanflow.archive.catalog import open_catalog
from scanflow.archive.repair.rebuild import rebuild
from scanflow.archive.repair.verify import verify
from scanflow.model import Document
from scanflow.pipeline.filing.export import export_dossier
from scanflow.pipeline.services import Services
from tests.capture import samples
from tests.capture.samples import docx, heic, interlaced_png, png_with_text
from tests.conftest import NewSettings
from tests.pipeline.archives import Archive, open_archive
from tests.pipeline.signedfiles import DPI, SIZE, sheet

JPEG = sheet("1")


def image(mode: str = "L") -> Image.Image:
    return Image.open(BytesIO(JPEG)).convert(mode)


def saved(picture: Image.Image, kind: str, **how: object) -> bytes:
    return samples.saved(picture, kind, dpi=(DPI, DPI), **how)


def pdf_of(picture: bytes, change: Callable[[Pdf], object] = lambda _: None, **how: object) -> bytes:
    """A PDF whose pages are these pictures, as img2pdf has it, changed."""
    with Pdf.open(BytesIO(img2pdf.convert(picture))) as pdf:
        change(pdf)
        file = BytesIO()
        pdf.save(file, **how)  # type: ignore[arg-type]  # options of pikepdf
        return file.getvalue()


def add(pdf: Pdf, content: bytes) -> None:
    """Paint over the first page."""
    page = pdf.pages[0]
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    page.obj.Resources.Font = Dictionary(F=pdf.make_indirect(font))
    page.contents_add(pdf.make_stream(content))


LAYER = b"BT /F 12 Tf 3 Tr 20 20 Td (xq zk vw jj) Tj ET"
WATERMARK = b"/Artifact <</Type/Pagination/Subtype/Watermark>> BDC BT /F 30 Tf 20 60 Td (BAN SAO) Tj ET EMC"


def link(pdf: Pdf) -> None:
    rectangle = Array([0, 0, 50, 50])
    pdf.pages[0].obj.Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rectangle)])


def attach(pdf: Pdf) -> None:
    pdf.attachments["so-lieu.txt"] = b"12 34"


def odd(pdf: Pdf) -> None:
    pdf.Root["/Tệp"] = 1


def lzw(pdf: Pdf) -> None:
    (found,) = pdf.pages[0].get_images().values()
    found.write(found.read_bytes())  # stored without compression


def jpx() -> bytes:
    """A scan as JPEG 2000 in a PDF, with an enumerated colour space that PDF/A-2 forbids."""
    encoded = saved(image("RGB"), "JPEG2000")
    at = encoded.index(b"colr") + 7
    encoded = encoded[:at] + (19).to_bytes(4, "big") + encoded[at + 4 :]
    with Pdf.new() as pdf:
        stream = pdf.make_stream(
            encoded,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=SIZE[0],
            Height=SIZE[1],
            ColorSpace=Name.DeviceRGB,
            Filter=Name.JPXDecode,
        )
        page = pdf.add_blank_page(page_size=(288, 144))
        page.obj.Resources = Dictionary(XObject=Dictionary(I=stream))
        page.obj.Contents = pdf.make_stream(b"288 0 0 144 0 0 cm /I Do")
        file = BytesIO()
        pdf.save(file, compress_streams=False)
        return file.getvalue()


def drawing() -> bytes:
    """Lines and no text: rendered."""
    pdf = FPDF(format=(100, 50))
    pdf.add_page()
    for at in range(5, 95, 10):
        pdf.line(at, 5, 100 - at, 45)
    return bytes(pdf.output())


def revised() -> bytes:
    """A scan whose file holds an earlier revision."""
    data = pdf_of(JPEG)
    return data + b"% revised\n" + data[data.rindex(b"startxref") :]


TIFF = {"compression": "group4", "tiffinfo": {278: 2**31 - 1}}

KINDS: dict[str, tuple[bytes, tuple[str, ...]]] = {
    # lossless: nothing is kept
    "photo.jpg": (JPEG, ()),
    "grey.png": (saved(image(), "PNG"), ()),
    "colour.png": (saved(image("RGB"), "PNG"), ()),
    "palette.png": (saved(image("P"), "PNG"), ()),
    "fax.tif": (saved(image("1"), "TIFF", **TIFF), ()),
    "scan.pdf": (pdf_of(JPEG), ()),
    "fax.pdf": (pdf_of(saved(image("1"), "TIFF", **TIFF)), ()),
    "linear.pdf": (pdf_of(JPEG, linearize=True), ()),
    # not lossless: kept, for these reasons
    "transparent.png": (saved(image("RGBA"), "PNG"), ("transparent PNG",)),
    "interlaced.png": (interlaced_png(np.array(image())), ("interlaced PNG",)),
    "text.png": (png_with_text(saved(image(), "PNG")), ("PNG chunk tEXt",)),
    "behind.png": (saved(image(), "PNG") + b"something else", ("data behind the image",)),
    "lzw.tif": (saved(image("RGB"), "TIFF", compression="tiff_lzw"), ("recoded",)),
    "strips.tif": (saved(image("1"), "TIFF", compression="group3"), ("recoded",)),
    "described.tif": (
        saved(image("1"), "TIFF", compression="group4", tiffinfo={278: 2**31 - 1, 270: "ban goc"}),
        ("TIFF tag 270",),
    ),
    "telephone.heic": (heic(image("RGB")), ("recoded",)),
    "letter.docx": (docx("Đơn đề nghị cấp lại giấy khai sinh"), ("rendered",)),
    "chat.webp": (saved(image("RGB"), "WEBP", quality=90), ("recoded",)),
    "drawing.pdf": (drawing(), ("rendered",)),
    "layer.pdf": (pdf_of(JPEG, lambda pdf: add(pdf, LAYER)), ("TextLayer",)),
    "watermark.pdf": (pdf_of(JPEG, lambda pdf: add(pdf, WATERMARK)), ("Watermark",)),
    "link.pdf": (pdf_of(JPEG, link), ("Annotations",)),
    "attachment.pdf": (pdf_of(JPEG, attach), ("AF", "EmbeddedFiles")),
    "odd.pdf": (pdf_of(JPEG, odd), ("T\\u1ec7p",)),
    "uncompressed.pdf": (
        pdf_of(saved(image("RGB"), "PNG"), lzw, compress_streams=False),
        ("stored without compression",),
    ),
    "jpeg2000.pdf": (jpx(), ("JPEG 2000 beyond PDF/A-2",)),
    "locked.pdf": (pdf_of(JPEG, encryption=pikepdf.Encryption(owner="o", user="")), ("Encryption",)),
    "revised.pdf": (revised(), ("EarlierRevisions",)),
}


@pytest.fixture(scope="module")
def folder_services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    with open_archive(tmp_path_factory.mktemp("home"), request, "folder") as services:
        yield services


@pytest.mark.parametrize("name", KINDS)
def test_image_streams_stand_in_the_document_or_the_file_is_kept(
    folder_services: Services, tmp_path: Path, name: str
) -> None:
    data, reasons = KINDS[name]
    archive = Archive(folder_services, tmp_path)
    outcome = archive.file((name, data))
    assert (outcome.state, outcome.count.filed) == ("closed", outcome.count.captured)
    (document,) = documents(archive)
    pdf = archive.services.store.get(document.versions[-1].pdf.key)
    if not document.sources:
        assert all(stream in contents(data) for stream in streams(pdf))
    assert [source.reasons for source in document.sources] == ([reasons] if reasons else [])
    for source in document.sources:
        assert archive.services.store.get(source.stored.key) == data
    assert not list(archive.services.store.list(f"intake/{outcome.batch_id}/files/"))
    checked = verify(archive.services.store, archive.services.catalog)
    assert checked.ok and not checked.unknown


def documents(archive: Archive) -> tuple[Document, ...]:
    dossier = archive.services.catalog.dossier(archive.number)
    assert dossier is not None
    return dossier.documents


def streams(pdf: bytes) -> list[bytes]:
    """The images of a filed document as they stand there."""
    with Pdf.open(BytesIO(pdf)) as opened:
        return [found.read_raw_bytes() for page in opened.pages for found in page.get_images().values()]


def contents(data: bytes) -> bytes:
    """A file's bytes, a PNG's image data without what stands between its parts."""
    if not data.startswith(b"\x89PNG"):
        return data
    at, found = 8, b""
    while at < len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        found += data[at + 8 : at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return found


def test_a_kept_file_is_stored_once_named_locked_exported_and_rebuilt(
    archive: Archive, new_settings: NewSettings, tmp_path: Path
) -> None:
    """A file of two papers: both documents name it, it is there once."""
    services = archive.services
    pages = [sheet("1"), sheet("CONG HOA XA HOI CHU NGHIA VIET NAM")]
    data = pdf_of_pages(pages)
    outcome = archive.file(("1.jpg", sheet("A")), ("2.pdf", data), ("3.jpg", sheet("B")))
    assert outcome.count.filed == 4
    named = {document.no: document for document in documents(archive) if document.sources}
    assert len(named) >= 1
    (key,) = {source.stored.key for document in named.values() for source in document.sources}
    assert services.store.get(key) == data
    for document in named.values():
        assert [(each.file_no, each.reasons) for each in document.sources] == [(2, ("Watermark",))]
        assert document.versions[-1].left_out == ("Watermark",)
    assert key in {stored.key for stored in services.catalog.objects()}
    prefix = key.partition("sources/")[0]
    newest = max(stored.key for stored in services.store.list(f"{prefix}manifest/"))
    manifest = json.loads(services.store.get(newest))
    for document in manifest["documents"]:
        if document["no"] in named:
            (source,) = document["sources"]
            assert (source["source_key"], source["source_size"]) == (key, len(data))
            assert source["source_sha256"] and document["versions"][-1]["left_out"] == ["Watermark"]
        else:
            assert "sources" not in document and "left_out" not in document["versions"][-1]
    if services.store.retains():
        (pdf,) = {services.store.retained_until(d.versions[-1].pdf.key) for d in named.values()}
        assert services.store.retained_until(key) == pdf is not None
    exported = export_dossier(
        services.catalog, services.store, archive.number, tmp_path / "out", sources=True
    )
    (path,) = [each.path for each in exported.files if each.type == "source"]
    assert path.read_bytes() == data and path.suffix == ".pdf"
    settings = new_settings("anew")
    with open_catalog(settings) as anew:
        assert rebuild(services.store, anew).problems == []
        assert anew.dossier(archive.number) == services.catalog.dossier(archive.number)
        assert verify(services.store, anew).ok


def pdf_of_pages(pages: list[bytes]) -> bytes:
    """Scans with a watermark on the first."""
    with Pdf.open(BytesIO(img2pdf.convert(pages))) as pdf:
        add(pdf, WATERMARK)
        file = BytesIO()
        pdf.save(file)
        return file.getvalue()

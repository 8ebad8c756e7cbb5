"""Small archives of files in folders, made of invented papers."""

import io
from pathlib import Path

import img2pdf
import pikepdf
from PIL import Image, ImageDraw

OLD_WORDS = "Mistaken words of an old reading"
GOOD_WORDS = (
    "The notice of the committee is for all of the people in the city and to that end it is sent by post to "
    "each of them in the week that it was made"
)


def jpeg(text: str) -> bytes:
    """A small scan with this text."""
    page = Image.new("L", (800, 300), 255)
    ImageDraw.Draw(page).text((60, 100), text, fill=0, font_size=48)
    target = io.BytesIO()
    page.save(target, "JPEG", dpi=(200, 200))
    return target.getvalue()


def scanned(text: str, layer: str | None = None) -> bytes:
    """A PDF of one scan, with an invisible text layer if one is given."""
    with pikepdf.open(io.BytesIO(img2pdf.convert([jpeg(text)]) or b"")) as pdf:
        if layer:
            _put_text(pdf.pages[0], layer, mode=3)
        return _saved(pdf)


def digital(text: str) -> bytes:
    """A PDF of one page that is drawn from text."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 200))
        _put_text(pdf.pages[0], text, mode=0)
        return _saved(pdf)


def signed() -> bytes:
    """A PDF with the structure of a digital signature, without a valid one."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.Root.Signed = pdf.make_indirect(pikepdf.Dictionary(ByteRange=[0, 1, 2, 3], Contents=b"x"))
        return _saved(pdf)


def with_attachment() -> bytes:
    """A PDF of one scan and an attachment."""
    with pikepdf.open(io.BytesIO(scanned("Phu luc 2026"))) as pdf:
        pdf.attachments["table.csv"] = b"1,2"
        return _saved(pdf)


def images(data: bytes) -> list[list[bytes]]:
    """Each page's image streams, as they stand in the file."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [[image.read_raw_bytes() for image in page.get_images().values()] for page in pdf.pages]


def make_tree(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder, by their paths."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _put_text(page: pikepdf.Page, text: str, *, mode: int) -> None:
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
    )
    page.obj.Resources = page.obj.get("/Resources", pikepdf.Dictionary())
    page.obj.Resources.Font = pikepdf.Dictionary(F1=font)
    page.contents_add(f"BT {mode} Tr /F1 4 Tf 10 50 Td ({text}) Tj ET".encode())


def _saved(pdf: pikepdf.Pdf) -> bytes:
    target = io.BytesIO()
    pdf.save(target)
    return target.getvalue()

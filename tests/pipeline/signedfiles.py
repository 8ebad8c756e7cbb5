"""Small PDFs of JPEG pages with a real signature, and what must hold of each at the end."""

from collections.abc import Sequence
from functools import cache
from io import BytesIO

import pikepdf
import segno
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image, ImageDraw, ImageFont

from fixtures.signing import sign
from scanflow.archive.repair.verify import verify
from scanflow.pipeline.batch_outcome import load_outcome
from scanflow.pipeline.services import Services

SIZE = (600, 300)
DPI = 150


def sheet(mark: str, code: str = "") -> bytes:
    """A page as a JPEG: a line of print, and a QR code if asked for; nothing where both are empty."""
    image = Image.new("L", SIZE, 255)
    if mark:
        font = ImageFont.load_default(40)
        ImageDraw.Draw(image).text((20, 130), f"TRANG {mark} 001", font=font, fill=0)
    if code:
        drawn = BytesIO()
        segno.make(code, error="m", micro=False).save(drawn, kind="png", scale=6)
        image.paste(Image.open(drawn).convert("L"), (370, 50))
    file = BytesIO()
    image.save(file, "JPEG", quality=90, dpi=(DPI, DPI))
    return file.getvalue()


@cache
def signed_pdf(*pages: bytes, stated: tuple[int, int] = SIZE) -> bytes:
    """JPEGs as the pages of a signed PDF; `stated` is the size that it states of the last page's image."""
    with Pdf.new() as pdf:
        for no, data in enumerate(pages, start=1):
            width, height = stated if no == len(pages) else SIZE
            image = Stream(
                pdf,
                data,
                Type=Name.XObject,
                Subtype=Name.Image,
                Width=width,
                Height=height,
                ColorSpace=Name.DeviceGray,
                BitsPerComponent=8,
                Filter=Name.DCTDecode,
            )
            points = [side * 72 / DPI for side in SIZE]
            page = pdf.add_blank_page(page_size=(points[0], points[1]))
            page.obj.Resources = Dictionary(XObject=Dictionary(I=image))
            page.obj.Contents = pdf.make_stream(f"{points[0]} 0 0 {points[1]} 0 0 cm /I Do".encode())
        file = BytesIO()
        pdf.save(file, object_stream_mode=pikepdf.ObjectStreamMode.disable, static_id=True)
    data = sign(file.getvalue())
    assert b"/ByteRange" in data
    return data


def require_whole(services: Services, batch_id: str, originals: Sequence[bytes]) -> None:
    """Each signed file is in the store as it came, the archive is sound and the batch's count comes out."""
    sizes = {len(original) for original in originals}
    kept = [services.store.get(stored.key) for stored in services.store.list() if stored.size in sizes]
    for original in originals:
        assert original in kept, "no object holds the signed bytes"
    checked = verify(services.store, services.catalog)
    assert checked.ok and not checked.unknown
    outcome = load_outcome(services, batch_id)
    assert outcome.state == "unassigned" or outcome.count.open == 0

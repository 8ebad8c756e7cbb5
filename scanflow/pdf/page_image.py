"""A captured page's image as an image of a PDF: its stream unchanged, its dictionary as PDF/A-2b requires.

Most requirements of PDF/A on images (ISO 19005-2, 6.2.4 and 6.2.8) concern only the image dictionary, which
is written anew. A stream is encoded again only if PDF/A forbids it, without loss where possible; the result
names the reason.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from PIL import Image

from scanflow.capture.files.library_message import names_of
from scanflow.errors import DamagedInputError, UnsupportedInputError
from scanflow.imaging.decoding.jpeg2000 import boxes
from scanflow.model import CapturedPage
from scanflow.pdf import icc
from scanflow.pdf.text_layer import deflated

_KEPT = frozenset(
    {
        *("/Type", "/Subtype", "/Width", "/Height", "/BitsPerComponent", "/ColorSpace", "/Decode", "/Intent"),
        *("/ImageMask", "/Mask", "/SMask", "/SMaskInData", "/Matte", "/Filter", "/DecodeParms", "/Length"),
    }
)
_INTENTS = frozenset({"/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation"})
_DEVICE_SPACES = {1: Name.DeviceGray, 3: Name.DeviceRGB}
_PROFILE_COMPONENTS = {b"GRAY": 1, b"RGB ": 3, b"CMYK": 4}
_PROFILE_CLASSES = frozenset({b"prtr", b"mntr", b"scnr", b"spac"})
_PNG_KINDS = frozenset({0, 2, 3, 4, 6})
_PNG_COMPONENTS = {0: 1, 2: 3, 3: 1}  # channels by colour type without an alpha channel: grey, RGB, palette
_PNG_SIGNATURE, _PNG_CHUNK = 8, 12  # bytes: of the signature; of a chunk without its content
_PNG_HEADER = 33  # bytes: of the signature and the first chunk, IHDR
_PNG_EXACT_COLOURS = frozenset({b"iCCP", b"sRGB"})
_PNG_LOOSE_COLOURS = frozenset({b"gAMA", b"cHRM"})  # without effect if there are exact ones
# The chunks whose content the PDF has, too.
_PNG_CARRIED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"pHYs", b"tIME"}) | _PNG_EXACT_COLOURS
_MAX_FORMS = 8  # depth of forms in forms in which an image is looked for
_JP2_HEADER = b"jp2h"
_JP2_CIEJAB, _JP2_CMYK = 19, 12  # enumerated colour spaces (ISO 15444-1 and -2)
_JP2_VARYING_DEPTH = 255  # each channel has a depth of its own

# What pikepdf raises where an object is missing or of a wrong type.
_BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, pikepdf.PdfError)


@dataclass(frozen=True, slots=True)
class PageImage:
    """An image that is written into a PDF.

    `recoded`: why its stream is not the captured one, None if it is; `archivable`: whether PDF/A-2b allows
    it; `left_out`: what the captured file had that an image of a PDF can't contain.
    """

    image: Object
    recoded: str | None = None
    archivable: bool = True
    left_out: tuple[str, ...] = ()


@dataclass(slots=True)
class ImageWriter:
    """Writes captured images into one PDF; a colour profile of several images is written once."""

    pdf: Pdf
    _profiles: dict[bytes, Object] = field(default_factory=dict)

    def add(self, page: CapturedPage, source: Pdf | None) -> PageImage:
        """The image of `page`; `source` is its opened PDF, which must stay open until the file is saved.

        Raises DamagedInputError for a page without a readable image.
        """
        if source is not None:
            return self._from_pdf(source)
        if page.media_type == "image/jpeg":
            return PageImage(self._from_jpeg(page.data))
        return self._from_png(page.data)

    def _from_jpeg(self, data: bytes) -> Object:
        with _opened(data) as opened:
            components = len(opened.getbands())
            profile = opened.info.get("icc_profile")
            inverted = components == 4 and "adobe" in opened.info
            size = opened.size
        image = self._image(data, size, 8, self._space(components, profile), Name.DCTDecode)
        if inverted:
            # Adobe's programs store inverted CMYK values in JPEG, with a marker.
            image["/Decode"] = Array([1, 0] * components)
        return image

    def _from_png(self, data: bytes) -> PageImage:
        if len(data) < _PNG_HEADER or data[12:16] != b"IHDR":
            raise DamagedInputError("a PNG page has no PNG header")
        width, height, depth, kind, _, _, interlaced = struct.unpack_from(">2I5B", data, 16)
        if kind not in _PNG_KINDS:
            raise DamagedInputError("a PNG page has an unknown colour type")
        chunks = list(_png_chunks(data))
        transparent = kind not in _PNG_COMPONENTS or any(name == b"tRNS" for name, _ in chunks)
        if interlaced or transparent:
            reason = "transparent PNG" if transparent else "interlaced PNG"
            return PageImage(self._from_png(_plain_png(data)).image, reason)
        components = _PNG_COMPONENTS[kind]
        with _opened(data) as image:
            profile = image.info.get("icc_profile")
        if kind == 3:
            palette = b"".join(content for name, content in chunks if name == b"PLTE")
            base = self._space(3, profile)
            space: Object = Array([Name.Indexed, base, len(palette) // 3 - 1, pikepdf.String(palette)])
        else:
            space = self._space(components, profile)
        parameters = Dictionary(Predictor=15, Colors=components, BitsPerComponent=depth, Columns=width)
        stream = b"".join(content for name, content in chunks if name == b"IDAT")
        placed = self._image(stream, (width, height), depth, space, Name.FlateDecode)
        placed["/DecodeParms"] = parameters
        return PageImage(
            placed, left_out=_left_out_of_png(data, chunks, profile, 3 if kind == 3 else components)
        )

    def _image(self, data: bytes, size: tuple[int, int], depth: int, space: Object, filter_: Name) -> Object:
        return Stream(
            self.pdf,
            data,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=size[0],
            Height=size[1],
            BitsPerComponent=depth,
            ColorSpace=space,
            Filter=filter_,
        )

    def _from_pdf(self, source: Pdf) -> PageImage:
        found = find_image(source.pages[0].obj)
        image = self.pdf.copy_foreign(found)
        try:
            return PageImage(image, self._make_archivable(image, found))
        except _ForbiddenError as forbidden:
            reason = str(forbidden)
        except _BROKEN:
            reason = "broken image dictionary"
        with suppress(UnsupportedInputError):
            return PageImage(self._from_png(_png_of(found)).image, reason)
        # A page that is not PDF/A is better than no page.
        return PageImage(self.pdf.copy_foreign(found), archivable=False)

    def _make_archivable(self, image: Object, original: Object) -> str | None:
        """Change `image`, a copy of `original`, to what PDF/A-2b allows; returns why its stream was encoded
        again, None if it was not.

        Raises _ForbiddenError where only the decoded pixels can be kept.
        """
        reason = None
        filters = _filters(original)
        if "/LZWDecode" in filters or not filters:
            reason = "LZW" if filters else "stored without compression"
            image.write(zlib.compress(_decoded(original), 9), filter=Name.FlateDecode)
        if filters[-1:] == ["/JPXDecode"] and not _is_archivable_jpeg2000(original.read_raw_bytes()):
            raise _ForbiddenError("JPEG 2000 beyond PDF/A-2")
        for key in set(image.keys()) - _KEPT:
            del image[key]
        if "/Intent" in image and str(image.Intent) not in _INTENTS:
            del image["/Intent"]
        if "/ColorSpace" in image:
            image.ColorSpace = self._archivable_space(image.ColorSpace)
        for key in ("/SMask", "/Mask"):
            if isinstance(image.get(key), Stream):
                reason = self._make_archivable(image[key], original[key]) or reason
        return reason

    def _archivable_space(self, space: Object) -> Object:
        """The space, or one for the same colours that PDF/A-2 allows with an RGB output intent (6.2.4)."""
        if space == Name.DeviceCMYK:
            return self._space(4, None)
        if space in _DEVICE_SPACES.values():
            return space
        family = str(space[0])
        if family == "/ICCBased":
            return self._space(int(space[1].N), space[1].read_bytes())
        if family == "/Indexed":
            space[1] = self._archivable_space(space[1])
        elif family == "/Separation":
            space[2] = self._archivable_space(space[2])
        elif family == "/DeviceN":
            # Each colourant would need its own definition (6.2.4.4); scanners write none.
            raise _ForbiddenError("DeviceN colours")
        return space

    def _space(self, components: int, profile: bytes | None) -> Object:
        """The colour space of `profile` if it is valid, else a space for so many components: DeviceGray,
        DeviceRGB, or that of `icc.cmyk`.
        """
        if profile is None or not _is_valid_profile(profile, components):
            if components in _DEVICE_SPACES:
                return _DEVICE_SPACES[components]
            if components != 4:
                raise _ForbiddenError(f"{components} colour components")
            profile = icc.cmyk()
        if profile not in self._profiles:
            self._profiles[profile] = Array([Name.ICCBased, deflated(self.pdf, profile, N=components)])
        return self._profiles[profile]


class _ForbiddenError(Exception):
    """PDF/A-2 forbids the image; the message says why."""


def find_image(page: Object) -> Object:
    """The image of a scanned page, also within nested forms; the largest one if there are several.

    Raises DamagedInputError for a page without an image.
    """
    images = list(_images(page.get("/Resources", Dictionary()), _MAX_FORMS))
    if not images:
        raise DamagedInputError("a scanned page holds no image")
    return max(images, key=lambda image: int(image.Width) * int(image.Height))


def _images(resources: Object, depth: int) -> Iterator[Object]:
    for _, xobject in sorted(resources.get("/XObject", Dictionary()).items()):
        if xobject.get("/Subtype") == Name.Image:
            yield xobject
        elif depth and "/Resources" in xobject:
            yield from _images(xobject.Resources, depth - 1)


def _filters(image: Object) -> list[str]:
    filters = image.get("/Filter", Array())
    return [str(name) for name in filters] if isinstance(filters, Array) else [str(filters)]


def _decoded(image: Object) -> bytes:
    try:
        return image.read_bytes()
    except pikepdf.PdfError as error:
        raise _ForbiddenError("LZW around another compression") from error


def _is_valid_profile(profile: bytes, components: int) -> bool:
    """Whether a profile is one that PDF/A-2 allows for so many components (6.2.4.2)."""
    if len(profile) < 128 or profile[36:40] != b"acsp":
        return False
    return (
        profile[8] < 5
        and profile[12:16] in _PROFILE_CLASSES
        and _PROFILE_COMPONENTS.get(profile[16:20]) == components
    )


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk."""
    at = 8
    while at + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        yield name, data[at + 8 : at + 8 + length]
        at += 12 + length


def _left_out_of_png(
    data: bytes, chunks: list[tuple[bytes, bytes]], profile: bytes | None, components: int
) -> tuple[str, ...]:
    """What a PNG has and the image of the PDF has not: texts, EXIF data, imprecise colour descriptions."""
    names: set[bytes] = set()
    end = _PNG_SIGNATURE
    for name, content in chunks:
        names.add(name)
        end += _PNG_CHUNK + len(content)
        if name == b"IEND":
            break
    carried = _PNG_CARRIED | (_PNG_LOOSE_COLOURS if names & _PNG_EXACT_COLOURS else frozenset())
    left = {f"PNG chunk {name.decode('latin-1')}" for name in names - carried}
    if end < len(data):
        left.add("data behind the image")
    if profile is not None and not _is_valid_profile(profile, components):
        left.add("colour profile")
    return names_of(left)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """The opened image; its pixels are decoded only when they are used."""
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as image:
            yield image
    except (OSError, SyntaxError, ValueError) as error:
        raise DamagedInputError("an image page cannot be decoded") from error


def _plain_png(data: bytes) -> bytes:
    """The PNG without interlacing; transparent parts become white.

    Pillow reduces colours of 16 bits to 8. This is accepted because scanners do not write interlaced PNGs of
    16 bits.
    """
    with _opened(data) as image:
        flat: Image.Image = image
        if image.has_transparency_data and not image.mode.startswith("I"):
            on_white = Image.new("RGBA", image.size, "white")
            on_white.alpha_composite(image.convert("RGBA"))
            flat = on_white.convert("L" if image.mode in ("1", "L", "LA") else "RGB")
        return _to_png(flat, image.info.get("icc_profile"))


def _png_of(image: Object) -> bytes:
    """The decoded pixels of a PDF image as a PNG in black and white, grey or RGB.

    Raises UnsupportedInputError if they can't be decoded.
    """
    try:
        decoded = pikepdf.PdfImage(image).as_pil_image()  # type: ignore[arg-type]  # it is a stream object
    except Exception as error:
        raise UnsupportedInputError("an image that can be neither kept nor decoded") from error
    return _to_png(decoded if decoded.mode in ("1", "L", "RGB") else decoded.convert("RGB"), None)


def _to_png(image: Image.Image, profile: bytes | None) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", icc_profile=profile, transparency=None)
    return buffer.getvalue()


def _is_archivable_jpeg2000(data: bytes) -> bool:
    """Whether PDF/A-2 allows JPEG 2000 data (ISO 19005-2, 6.2.8.3).

    It must be a JP2 file with 1, 3 or 4 colour channels of the same depth, and with one colour specification
    that counts. CMYK is refused as well: with an RGB output intent it needs a profile, and the PDF's image
    dictionary does not say that the data is CMYK.
    """
    try:
        inner = [box for name, content in boxes(data) if name == _JP2_HEADER for box in boxes(content)]
        headers = [content for name, content in inner if name == b"ihdr"]
        colours = [content for name, content in inner if name == b"colr"]
        channels, depth = struct.unpack_from(">HB", headers[0], 8)
        opacity = sum(_opacity_channels(content) for name, content in inner if name == b"cdef")
        best = colours if len(colours) == 1 else [colour for colour in colours if colour[2] == 1]
        spaces = [struct.unpack_from(">I", colour, 3)[0] for colour in colours if colour[0] == 1]
    except (struct.error, IndexError):
        return False
    return (
        channels - opacity in (1, 3, 4)
        and depth != _JP2_VARYING_DEPTH
        and (depth & 0x7F) < 38
        and len(best) == 1
        and all(colour[0] in (1, 2, 3) for colour in colours)
        and not {_JP2_CIEJAB, _JP2_CMYK} & set(spaces)
    )


def _opacity_channels(definition: bytes) -> int:
    (count,) = struct.unpack_from(">H", definition)
    return sum(struct.unpack_from(">3H", definition, 2 + 6 * i)[1] != 0 for i in range(count))

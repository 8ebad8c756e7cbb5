"""A checker of PDF/A-2b for the clauses of ISO 19005-2 that a file of scans can break.

No validator can be had from the package registries, so this reads finished bytes without knowing how they
were written. Each finding starts with the clause.
"""

import io
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree

import pikepdf
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
DC = "{http://purl.org/dc/elements/1.1/}"
XMP = "{http://ns.adobe.com/xap/1.0/}"
PDF = "{http://ns.adobe.com/pdf/1.3/}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
PREDEFINED = {RDF, DC, XMP, PDF, PDFAID, EXTENSION}

STANDARD_FILTERS = {
    *("/ASCIIHexDecode", "/ASCII85Decode", "/FlateDecode", "/RunLengthDecode"),
    *("/CCITTFaxDecode", "/JBIG2Decode", "/DCTDecode", "/JPXDecode"),
}
OPERATORS = set(
    re.findall(
        r"\S+",
        "b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J K k l m M "
        "MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw Tz v w W W* y ' \"",
    )
)
DEVICE_COLOUR = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
SPACE_OF_PROFILE = {b"GRAY": (1, "/DeviceGray"), b"RGB ": (3, "/DeviceRGB"), b"CMYK": (4, "/DeviceCMYK")}


def violations(data: bytes) -> list[str]:
    """What keeps `data` from being PDF/A-2b, as far as this checker sees; empty if nothing."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        found = [f"6.1.4 {problem}" for problem in pdf.check_pdf_syntax()]
        intent = _output_space(pdf)
        found += _file_structure(data, pdf)
        found += _objects(pdf)
        found += _output_intent(pdf, intent)
        for page in pdf.pages:
            found += _page(page.obj, intent)
        found += _metadata(pdf)
        return found


def _file_structure(data: bytes, pdf: Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7](\r\n|\r|\n)%[\x80-\xff]{4}", data):
        yield "6.1.2 header"
    if len(pdf.trailer.get("/ID", [])) != 2:
        yield "6.1.3 no file identifier"
    if pdf.is_encrypted:
        yield "6.1.3 encrypted"
    if not re.search(rb"%%EOF[\r\n]{0,2}\Z", data):
        yield "6.1.3 data after the end"
    for key in ("/AA", "/NeedsRendering", "/Requirements", "/OCProperties", "/OpenAction"):
        if key in pdf.Root:
            yield f"6.5.2 catalog has {key}"


def _objects(pdf: Pdf) -> Iterator[str]:
    for found in pdf.objects:
        if isinstance(found, Stream):
            filters = found.get("/Filter", Array())
            for name in filters if isinstance(filters, Array) else [filters]:
                if str(name) not in STANDARD_FILTERS:
                    yield f"6.1.7.2 filter {name}"
            if {"/F", "/FFilter", "/FDecodeParms"} & set(found.keys()):
                yield "6.1.7.1 external stream"
        if isinstance(found, Dictionary | Stream):
            for key, value in found.items():
                if len(key) > 128 or (isinstance(value, pikepdf.String) and len(bytes(value)) > 32767):
                    yield f"6.1.13 too long: {key}"


def _output_space(pdf: Pdf) -> str | None:
    for intent in pdf.Root.get("/OutputIntents", []):
        if intent.get("/S") == Name.GTS_PDFA1:
            return SPACE_OF_PROFILE[intent.DestOutputProfile.read_bytes()[16:20]][1]
    return None


def _output_intent(pdf: Pdf, space: str | None) -> Iterator[str]:
    if space is None:
        yield "6.2.3 no output intent"
        return
    (intent,) = pdf.Root.OutputIntents
    if "/OutputConditionIdentifier" not in intent:
        yield "6.2.3 no condition identifier"
    yield from _profile(intent.DestOutputProfile, {b"mntr", b"prtr"})


def _profile(stream: Object, classes: set[bytes]) -> Iterator[str]:
    data = stream.read_bytes()
    components, _ = SPACE_OF_PROFILE.get(data[16:20], (0, ""))
    size = int.from_bytes(data[:4], "big")
    if size != len(data) or data[36:40] != b"acsp" or data[8] >= 5 or data[12:16] not in classes:
        yield "6.2.4.2 profile header"
    if int(stream.N) != components:
        yield "6.2.4.2 profile components"


def _page(page: Object, intent: str | None) -> Iterator[str]:
    if {"/AA", "/Annots"} & set(page.keys()):
        yield "6.3 annotations or actions"
    box = [float(value) for value in page.MediaBox]
    if not all(3 <= side <= 14400 for side in (box[2] - box[0], box[3] - box[1])):
        yield "6.1.13 page size"
    resources = page.Resources
    for image in resources.get("/XObject", {}).values():
        if image.Subtype != Name.Image:
            yield "6.2.9 an XObject that is no image"
        else:
            yield from _image(image, intent)
    shown, operators = _content(page)
    for name in operators - OPERATORS:
        yield f"6.2.2 operator {name}"
    for name in operators & set(DEVICE_COLOUR):
        yield from _device_colour(DEVICE_COLOUR[name], intent)
    for name, codes in shown.items():
        yield from _font(resources.Font[name], codes)


def _content(page: Object) -> tuple[dict[str, set[int]], set[str]]:
    """The codes shown with each font, and the operators used."""
    shown: dict[str, set[int]] = {}
    operators = set()
    font = ""
    for instruction in pikepdf.parse_content_stream(page):
        name, operands = str(instruction.operator), list(instruction.operands)
        operators.add(name)
        if name == "Tf":
            font = str(operands[0])
        for operand in operands[0] if name == "TJ" else operands:
            if isinstance(operand, pikepdf.String):
                raw = bytes(operand)
                codes = {int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)}
                shown.setdefault(font, set()).update(codes)
    return shown, operators


def _device_colour(space: str, intent: str | None) -> Iterator[str]:
    if intent is None or space not in ("/DeviceGray", intent):
        yield f"6.2.4.3 {space} without its output intent"


def _image(image: Object, intent: str | None) -> Iterator[str]:
    for key in ("/Alternates", "/OPI"):
        if key in image:
            yield f"6.2.8.1 {key}"
    if image.get("/Interpolate", False):
        yield "6.2.8.1 Interpolate"
    if "/Intent" in image and str(image.Intent) not in {
        *("/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation")
    }:
        yield "6.2.6 rendering intent"
    if "/ColorSpace" in image:
        yield from _space(image.ColorSpace, intent)
    for key in ("/SMask", "/Mask"):
        if isinstance(image.get(key), Stream):
            yield from _image(image[key], intent)


def _space(space: Object, intent: str | None) -> Iterator[str]:
    if isinstance(space, Name):
        yield from _device_colour(str(space), intent)
        return
    family = str(space[0])
    if family == "/ICCBased":
        yield from _profile(space[1], {b"mntr", b"prtr", b"scnr", b"spac"})
    elif family in ("/Indexed", "/Separation"):
        yield from _space(space[1 if family == "/Indexed" else 2], intent)
    elif family == "/DeviceN":
        yield "6.2.4.4 DeviceN"


def _font(font: Object, codes: set[int]) -> Iterator[str]:
    if font.get("/Type") != Name.Font or font.Subtype != Name.Type0 or font.Encoding != Name("/Identity-H"):
        yield "6.2.11.2 not the composite font that was expected"
        return
    descendant = font.DescendantFonts[0]
    if descendant.BaseFont != font.BaseFont or descendant.FontDescriptor.FontName != font.BaseFont:
        yield "6.2.11.2 font names differ"
    if not isinstance(descendant.get("/CIDToGIDMap"), Stream):
        yield "6.2.11.3.2 no CIDToGIDMap"
    program = descendant.FontDescriptor.FontFile2
    if int(program.Length1) != len(program.read_bytes()):
        yield "6.2.11.4 font length"
    metrics = TTFont(io.BytesIO(program.read_bytes()))
    glyphs = descendant.CIDToGIDMap.read_bytes()
    first, widths = descendant.W
    mapped = _mapped_codes(font.ToUnicode.read_bytes())
    for code in codes:
        glyph = int.from_bytes(glyphs[2 * code : 2 * code + 2], "big")
        if glyph == 0:
            yield f"6.2.11.8 .notdef shown by code {code}"
        advance = metrics["hmtx"][metrics.getGlyphName(glyph)][0] * 1000 / metrics["head"].unitsPerEm
        if abs(float(widths[code - int(first)]) - advance) > 1:
            yield f"6.2.11.5 width of code {code}"
        if mapped.get(code, "\0") in ("", "\0", "\ufeff", "\ufffe"):
            yield f"6.2.11.7 no Unicode for code {code}"


def _mapped_codes(cmap: bytes) -> dict[int, str]:
    pairs = re.findall(rb"<([0-9A-F]{4})><([0-9A-F]+)>\n", cmap)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _metadata(pdf: Pdf) -> Iterator[str]:
    stream = pdf.Root.get("/Metadata")
    if stream is None or stream.get("/Type") != Name.Metadata or stream.get("/Subtype") != Name.XML:
        yield "6.6.2.1 no metadata stream"
        return
    packet = stream.read_bytes()
    if not packet.startswith(b'<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>'):
        yield "6.6.2.1 packet header"
    root = ElementTree.fromstring(packet)  # noqa: S314  # our own output, made a moment ago
    (description,) = root.iter(f"{RDF}Description")
    properties = {child.tag: child for child in description}
    if len(properties) != len(list(description)):
        yield "6.6.2.1 a property twice"
    if properties.keys() >= {f"{PDFAID}part", f"{PDFAID}conformance"}:
        if [properties[f"{PDFAID}{key}"].text for key in ("part", "conformance")] != ["2", "B"]:
            yield "6.6.4 identification"
    else:
        yield "6.6.4 no identification"
    yield from _extension(description, properties)
    yield from _agreement(pdf.docinfo, properties)


def _extension(description: ElementTree.Element, properties: dict[str, ElementTree.Element]) -> Iterator[str]:
    described: dict[str, str] = {}
    for schema in description.findall(f"{EXTENSION}schemas/{RDF}Bag/{RDF}li"):
        namespace = schema.findtext(f"{SCHEMA}namespaceURI")
        if not schema.findtext(f"{SCHEMA}schema") or not schema.findtext(f"{SCHEMA}prefix"):
            yield "6.6.2.3.3 schema without name or prefix"
        for entry in schema.findall(f"{SCHEMA}property/{RDF}Seq/{RDF}li"):
            values = [entry.findtext(f"{PROPERTY}{key}") for key in ("name", "valueType", "description")]
            if not all(values) or entry.findtext(f"{PROPERTY}category") not in ("external", "internal"):
                yield "6.6.2.3.3 property description"
            described[f"{{{namespace}}}{values[0]}"] = values[1] or ""
    for tag, element in properties.items():
        if not any(tag.startswith(namespace) for namespace in PREDEFINED):
            if tag not in described:
                yield f"6.6.2.3.1 {tag} is not described"
            elif described[tag] == "Date" and datetime.fromisoformat(element.text or "").tzinfo is None:
                yield f"6.6.2.3.1 {tag} is no date with a zone"


def _agreement(info: Dictionary, properties: dict[str, ElementTree.Element]) -> Iterator[str]:
    title = properties[f"{DC}title"].find(f"{RDF}Alt/{RDF}li")
    if title is None or title.get(XML_LANG) != "x-default" or (title.text or "") != str(info.Title):
        yield "6.1.5 title"
    for key, tag in (("/Creator", f"{XMP}CreatorTool"), ("/Producer", f"{PDF}Producer")):
        if properties[tag].text != str(info[key]):
            yield f"6.1.5 {key}"
    for key, tag in (("/CreationDate", f"{XMP}CreateDate"), ("/ModDate", f"{XMP}ModifyDate")):
        stated = datetime.strptime(str(info[key]).replace("'", ""), "D:%Y%m%d%H%M%S%z")
        if stated != datetime.fromisoformat(properties[tag].text or ""):
            yield f"6.1.5 {key}"

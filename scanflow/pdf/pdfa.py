"""Writes what a PDF/A-2b has besides its pages: metadata, identification, output intent (ISO 19005-2)."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from html import escape
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from scanflow.clock import in_vietnam
from scanflow.pdf import icc
from scanflow.pdf.document import PdfMetadata
from scanflow.pdf.text_layer import deflated

NAMESPACE = "urn:scanflow:dossier:1.0:"
"""XMP namespace of our properties, which the rules on digitized papers require (TT 01/2023/TT-VPCP, NĐ
137/2024).
"""


@dataclass(frozen=True, slots=True)
class _Property:
    name: str
    value: str
    type: str
    description: str


def write_metadata(pdf: Pdf, metadata: PdfMetadata, *, claim: bool) -> None:
    """Write document information, XMP and language into `pdf`.

    With `claim` also the identification as PDF/A-2b and the output intent that it requires.
    """
    metadata = _writable(metadata)
    # The rules require Vietnam's time zone, whatever the server's is.
    created = in_vietnam(metadata.created).replace(microsecond=0)
    stamp = String(created.strftime("D:%Y%m%d%H%M%S+07'00'"))
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title=String(metadata.title),
            Creator=String(metadata.program),
            Producer=String(metadata.program),
            CreationDate=stamp,
            ModDate=stamp,
        )
    )
    root = pdf.Root
    # Not compressed, so that programs without a PDF parser find it (XMP specification, part 3).
    root.Metadata = Stream(pdf, _packet(metadata, created, claim), Type=Name.Metadata, Subtype=Name.XML)
    root.Lang = String(metadata.language)
    root.ViewerPreferences = Dictionary(DisplayDocTitle=True)
    if claim:
        profile = deflated(pdf, icc.srgb(), N=3)
        root.OutputIntents = Array(
            [
                Dictionary(
                    Type=Name.OutputIntent,
                    S=Name.GTS_PDFA1,
                    OutputConditionIdentifier=String("sRGB"),
                    Info=String("sRGB"),
                    DestOutputProfile=profile,
                )
            ]
        )


def _writable(metadata: PdfMetadata) -> PdfMetadata:
    """The metadata without characters that XML 1.0 can't contain, as XMP must be equal to the document
    information.
    """
    texts: dict[str, Any] = {
        name: "".join(char for char in text if char.isprintable())
        for name, text in asdict(metadata).items()
        if isinstance(text, str)
    }
    return replace(metadata, **texts)


def _properties(metadata: PdfMetadata, created: datetime) -> list[_Property]:
    candidates = (
        ("dossierNumber", metadata.dossier_number, "Text", "Dossier number (mã hồ sơ)"),
        ("procedureCode", metadata.procedure_code, "Text", "Procedure code (mã thủ tục)"),
        ("documentType", metadata.document_type, "Text", "Document type (loại giấy tờ)"),
        ("convertedAt", created.isoformat(), "Date", "Time of conversion (thời điểm chuyển đổi)"),
        ("converter", metadata.converter, "Text", "Who converted it (người chuyển đổi)"),
        ("agency", metadata.agency, "Text", "Agency (cơ quan)"),
        ("program", metadata.program, "Text", "Program"),
        ("engine", metadata.engine, "Text", "Recognition engine"),
    )
    return [_Property(name, value, kind, text) for name, value, kind, text in candidates if value]


def _packet(metadata: PdfMetadata, created: datetime, claim: bool) -> bytes:
    """The XMP packet; its values are those of the document information (ISO 19005-2, 6.1.5)."""
    words = (metadata.title, metadata.program, metadata.language)
    title, program, language = (escape(text, quote=False) for text in words)
    date = created.isoformat()
    own = _properties(metadata, created)
    values = "".join(f"<scanflow:{p.name}>{escape(p.value, quote=False)}</scanflow:{p.name}>\n" for p in own)
    identification = "<pdfaid:part>2</pdfaid:part>\n<pdfaid:conformance>B</pdfaid:conformance>\n"
    return f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"
 xmlns:scanflow="{NAMESPACE}">
{identification if claim else ""}<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>{language}</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>{date}</xmp:CreateDate>
<xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:CreatorTool>{program}</xmp:CreatorTool>
<pdf:Producer>{program}</pdf:Producer>
{values}{_extension_schema(own)}</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>
""".encode()


def _extension_schema(properties: Iterable[_Property]) -> str:
    """The description of our own properties that PDF/A requires (ISO 19005-2, 6.6.2.3)."""
    described = "".join(
        f"""<rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{p.name}</pdfaProperty:name>
<pdfaProperty:valueType>{p.type}</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>{p.description}</pdfaProperty:description>
</rdf:li>
"""
        for p in properties
    )
    return f"""<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Digitized dossier papers</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>scanflow</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq>
{described}</rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
"""

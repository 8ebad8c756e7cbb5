"""An archive that an older, weaker reader made: Debian's `vie`, no second reading, no seal removal, no
deskew.

Each document is a strip of a page with a few lines of print, scanned well or badly, so that it is read
quickly; the printed text is known. Some are in a signed file, some were corrected by hand, some are another
agency's. The same seed gives the same documents.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
import pikepdf
from pikepdf import Dictionary, Name, Pdf, Stream
from PIL import Image, ImageDraw

from bench.score import word_list
from fixtures import fonts
from fixtures.signing import sign
from scanflow.archive.documents.filed_documents import document_of
from scanflow.archive.documents.page_words import decode_words, page_text
from scanflow.archive.search.index import SearchIndex
from scanflow.ledger.batches import Intake, get_batch
from scanflow.ledger.lease import Lease
from scanflow.membership import DEFAULT_AGENCY
from scanflow.model import Box, Document, Word
from scanflow.pipeline.intake.take import take
from scanflow.pipeline.services import Services
from scanflow.pipeline.stages import process_batch
from scanflow.review.access import Reviewer, open_document
from scanflow.review.context import Review
from scanflow.review.corrections.correcting import Typed, correct_text, correct_type
from scanflow.settings import Settings

Kind = Literal["plain", "signed", "corrected", "typed", "other"]
OTHER_AGENCY = "H57.133"
WHO = Reviewer("thu", DEFAULT_AGENCY, may_change=True)
CORRECTION = "Người sửa đã ghi số 4711 vào đây"
"""What a reviewer typed in place of a line; no reader would read it there."""
PERSONS_TYPE = "giay-chung-sinh"
_DPI, _SIZE = 150, (1240, 620)
_LEFT, _TOP, _LINE, _EM = 90, 70, 62, 27
_WEAK_STEPS = (
    "rerecognize_uncertain_lines",
    "recover_missed_lines",
    "drop_colour_seals",
    "drop_grey_seals",
    "level_background",
)
_SENTENCES = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025",
    "Xét đề nghị của Trưởng phòng Kinh tế, Hạ tầng và Đô thị phường",
    "Giấy này được cấp cho người có tên dưới đây để làm thủ tục",
    "Thửa đất số 125, tờ bản đồ số 17, diện tích 96,5 mét vuông",
    "Đã nộp đủ hồ sơ theo quy định và chịu trách nhiệm trước pháp luật",
    "Quyết định này có hiệu lực kể từ ngày ký ban hành",
    "Giao Văn phòng theo dõi, đôn đốc việc thực hiện các nội dung trên",
    "Nguồn gốc sử dụng: nhận chuyển nhượng quyền sử dụng đất ở đô thị",
    "Thời hạn giải quyết là mười lăm ngày làm việc, không kể ngày lễ",
    "Đề nghị cơ quan có thẩm quyền xem xét, giải quyết theo quy định",
    "Biên bản được lập thành hai bản có giá trị pháp lý như nhau",
    "Hộ gia đình cam kết sử dụng đúng mục đích, bảo vệ môi trường",
)


@dataclass(frozen=True, slots=True)
class Case:
    """A document of the archive: its dossier, what is done with it, what is printed on it, and its scan."""

    number: str
    kind: Kind
    truth: str
    scan: bytes

    @property
    def agency(self) -> str:
        return OTHER_AGENCY if self.kind == "other" else DEFAULT_AGENCY


def weak(settings: Settings) -> Settings:
    """The settings of the reader that made the archive."""
    ocr = settings.ocr.model_copy(update={"language": "vie", "skip": _WEAK_STEPS})
    imaging = settings.imaging.model_copy(update={"deskew": False})
    return settings.model_copy(update={"ocr": ocr, "imaging": imaging})


def cases(kinds: Sequence[Kind], seed: int = 15) -> Iterator[Case]:
    """One document of each of these kinds, in order."""
    for no, kind in enumerate(kinds, start=1):
        rng = random.Random(f"{seed} {no}")  # noqa: S311 - invented papers, the same ones again
        lines = rng.sample(_SENTENCES, 6)
        scan = _scan(lines, rng, poor=kind == "corrected")
        yield Case(f"H13.42-261127-{no:04}", kind, "\n".join(lines), scan)


def _scan(lines: Sequence[str], rng: random.Random, *, poor: bool) -> bytes:
    """The lines as a scanner delivers them: more or less skewed, faint and grainy, some with a red seal."""
    page = Image.new("RGB", _SIZE, (255, 255, 255))
    draw = ImageDraw.Draw(page)
    font = fonts.at("serif", _EM)
    for row, line in enumerate(lines):
        draw.text((_LEFT, _TOP + row * _LINE), line, font=font, fill=(25, 25, 30))
    if rng.random() < 0.5:
        x, y = rng.uniform(200, 800), rng.uniform(80, 300)
        for radius in (95, 88):
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline=(205, 35, 45), width=4)
        draw.line((x - 70, y, x + 70, y), fill=(205, 35, 45), width=5)
    page = page.rotate(
        -2.0 if poor else rng.choice((0.0, 1.2, -1.5, 2.0, -2.4)),
        Image.Resampling.BICUBIC,
        fillcolor=(255, 255, 255),
    )
    pixels = np.asarray(page, np.float32)
    pixels = 255 - (255 - pixels) * rng.choice((1.0, 0.8, 0.5))
    grain = np.random.default_rng(rng.randrange(2**31)).normal(0, rng.choice((2, 6, 10)), pixels.shape)
    pixels = np.clip(pixels + grain, 0, 255)
    file = BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "JPEG", quality=70, dpi=(_DPI, _DPI))
    return file.getvalue()


def signed(scan: bytes) -> bytes:
    """The scan as a page of a signed PDF."""
    width, height = (side * 72 / _DPI for side in _SIZE)
    with Pdf.new() as pdf:
        image = Stream(
            pdf, scan, Type=Name.XObject, Subtype=Name.Image, Width=_SIZE[0], Height=_SIZE[1],
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8, Filter=Name.DCTDecode,
        )  # fmt: skip
        page = pdf.add_blank_page(page_size=(width, height))
        page.obj.Resources = Dictionary(XObject=Dictionary(I=image))
        page.obj.Contents = pdf.make_stream(f"q {width} 0 0 {height} 0 0 cm /I Do Q".encode())
        file = BytesIO()
        pdf.save(file, deterministic_id=True)
    return sign(file.getvalue())


def build(services: Services, documents: Sequence[Case]) -> None:
    """File the documents with the reader of these services, and correct some as people do."""
    folder = services.settings.home / "to-file"
    folder.mkdir(parents=True)

    def file(case: Case) -> None:
        path = folder / (f"{case.number}.pdf" if case.kind == "signed" else f"{case.number}.jpg")
        path.write_bytes(signed(case.scan) if case.kind == "signed" else case.scan)
        intake = Intake("test", "", case.number, None, case.agency)
        (batch_id,) = take(services, [path], type(path).read_bytes, intake).batches
        with services.catalog.reading() as connection:
            row = get_batch(connection, batch_id)
        process_batch(services, Lease(batch_id, row.state, row.turn))
        path.unlink()

    with ThreadPoolExecutor(services.settings.jobs) as threads:  # each reads in a child of its own
        list(threads.map(file, documents))
    review = Review(services, services.children, SearchIndex(services.catalog, None))
    for case in documents:
        if case.kind in ("corrected", "typed"):
            _correct(review, case)


def _correct(review: Review, case: Case) -> None:
    """A reviewer corrects the second line and removes the third, or sets the type. The weak reader may have
    missed lines: of two lines the first is corrected.
    """
    opened = open_document(review, WHO, case.number, 1)
    if case.kind == "typed":
        correct_type(review, WHO, opened, PERSONS_TYPE)
        return
    rows = _rows(decode_words(review.services.store.get(opened.version.words.key))[0].words)
    over, away = rows[:3][-2:]  # of a page of two lines both
    typed = [Typed(over[0], len(over), CORRECTION), Typed(away[0], len(away), "")]
    correct_text(review, WHO, opened, 1, typed)


def _rows(words: Sequence[Word]) -> list[list[int]]:
    """Places of the words of each line, by how the lines stand on the paper."""
    lines: dict[tuple[int, int], list[int]] = {}
    for index, word in enumerate(words):
        lines.setdefault((word.block, word.line), []).append(index)
    return sorted(lines.values(), key=lambda each: words[each[0]].box.top)


def came_back(services: Services, case: Case) -> list[Word]:
    """Words that stand where the reviewer removed a word."""
    places = _removed(services, case)
    return [word for word in words_of(services, case) if any(place.holds(word.box) for place in places)]


def _removed(services: Services, case: Case) -> list[Box]:
    """The boxes of the words that the reviewer removed."""
    first = document(services, case).versions[0]
    (page,) = decode_words(services.store.get(first.words.key))
    return [page.words[index].box for index in _rows(page.words)[:3][-1]]


def document(services: Services, case: Case) -> Document:
    """A case's document as it is filed now."""
    with services.catalog.reading() as connection:
        found = document_of(connection, case.agency, case.number, 1)
    assert found is not None
    return found[1]


def words_of(services: Services, case: Case, version: int | None = None) -> tuple[Word, ...]:
    """The words of a case's newest version, or of that one."""
    versions = document(services, case).versions
    chosen = versions[-1] if version is None else versions[version - 1]
    (page,) = decode_words(services.store.get(chosen.words.key, chosen.words.version_id))
    return page.words


def text_of(services: Services, case: Case, version: int | None = None) -> str:
    """The same as text."""
    return page_text(words_of(services, case, version))


def wrong_words(truth: str, text: str) -> int:
    """How many words are missed and how many added, in any order."""
    wanted, got = Counter(word_list(truth)), Counter(word_list(text))
    return (wanted - got).total() + (got - wanted).total()


def wrong_in(services: Services, case: Case) -> int:
    """How many words a reader read wrongly in a case; lines that a person typed are not counted."""
    read = tuple(word for word in words_of(services, case) if not word.by_person)
    return wrong_words(case.truth, page_text(read))


def images(services: Services, case: Case, version: int) -> list[bytes]:
    """The image streams of a version's file, byte for byte."""
    chosen = document(services, case).versions[version - 1]
    found = []
    with pikepdf.open(BytesIO(services.store.get(chosen.pdf.key, chosen.pdf.version_id))) as pdf:
        for page in pdf.pages:
            for image in page.obj.Resources.XObject.values():
                found.append(bytes(image.read_raw_bytes()))
    return found

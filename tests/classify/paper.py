"""Makes readings of pages from lines at given places."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from scanflow.model import Box, Geometry, PageReading, Quality, Word

Align = Literal["left", "centre", "right"]
MARGIN = 85.0


@dataclass
class Sheet:
    """A page that lines are added to from the top; sizes and places in points."""

    width: float = 595.0
    height: float = 842.0
    y: float = 57.0
    words: list[Word] = field(default_factory=list)
    line_no: int = 0

    def line(
        self,
        text: str,
        align: Align = "left",
        size: float = 13.0,
        x: float | None = None,
        middle: float | None = None,
    ) -> "Sheet":
        """One line. A letter is half as wide as high; capitals and small letters differ in height."""
        length = len(text) * size * 0.5
        start = {"left": MARGIN, "centre": (self.width - length) / 2, "right": self.width - 57 - length}[
            align
        ]
        if middle is not None:
            start = middle - length / 2
        if x is not None:
            start = x
        self.line_no += 1
        for word in text.split(" "):
            height = size * (0.95 if word.isupper() else 0.75)
            box = Box(start, self.y + size - height, start + len(word) * size * 0.5, self.y + size)
            if word:
                self.words.append(Word(word, box, 0.95, 1, self.line_no))
            start += (len(word) + 1) * size * 0.5
        self.y += size * 1.35
        return self

    def lines(self, *texts: str) -> "Sheet":
        for text in texts:
            self.line(text)
        return self

    def skip(self, height: float) -> "Sheet":
        self.y += height
        return self

    def motto(self) -> "Sheet":
        """The centred head of a citizen's form."""
        self.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "centre", 12)
        return self.line("Độc lập - Tự do - Hạnh phúc", "centre", 13).skip(15)

    def head(self, agency: str, number: str, day: str = "Vị Tân, ngày 05 tháng 8 năm 2026") -> "Sheet":
        """The two-column head of an official paper, left block first."""
        top = self.y
        self.line(agency, middle=170, size=12).skip(10).line(f"Số: {number}", middle=170)
        self.y = top
        self.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", middle=420, size=11)
        self.line("Độc lập - Tự do - Hạnh phúc", middle=420).line(day, middle=420)
        return self.skip(25)

    def title(self, *texts: str, size: float = 15.0) -> "Sheet":
        for text in texts:
            self.line(text, "centre", size)
        return self.skip(8)

    def prose(
        self, rows: int = 12, first: str = "Căn cứ quy định của pháp luật, sau khi xem xét hồ sơ"
    ) -> "Sheet":
        for row in range(rows):
            self.line(
                first if row == 0 else "cơ quan có thẩm quyền giải quyết theo quy định hiện hành về việc này"
            )
        return self

    def sign(self) -> "Sheet":
        self.skip(15).line("TM. ỦY BAN NHÂN DÂN", middle=430).line("CHỦ TỊCH", middle=430)
        return self.skip(40).line("Trần Văn Mẫu", middle=430)

    def reading(self) -> PageReading:
        return reading(self.words, (self.width, self.height))


def reading(words: Iterable[Word], size: tuple[float, float] = (595.0, 842.0)) -> PageReading:
    return PageReading(
        geometry=Geometry(),
        size=size,
        dpi=(300.0, 300.0),
        dpi_source="stated",
        blank=False,
        quality=Quality(1.0, 1.0),
        fingerprint="",
        codes=(),
        words=tuple(words),
        confidence=0.95,
        engine="test",
    )


def form(title: str, *rows: str, number: str = "") -> PageReading:
    """A citizen's form: head, title, addressee, rows."""
    sheet = Sheet()
    if number:
        sheet.line(number, "right", 11)
    sheet.motto().title(title).line("Kính gửi: Ủy ban nhân dân phường Vị Tân", "centre")
    return sheet.lines(*(rows or ("Họ, chữ đệm, tên người yêu cầu: Trần Thị Mẫu",))).prose(10).reading()


def official(title: str, *rows: str, number: str = "12/2026") -> PageReading:
    """A paper issued by an agency."""
    sheet = Sheet().head("ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN", number)
    return sheet.title(title).lines(*rows).prose(8).sign().reading()


def continuation(
    no: int | None = None, first: str = "và các quy định khác có liên quan của pháp luật."
) -> PageReading:
    """A page of running text without head or title."""
    sheet = Sheet(y=35)
    if no is not None:
        sheet.line(str(no), "centre")
    return sheet.skip(10).prose(25, first).reading()


def card_front(number: str = "093301000123") -> PageReading:
    sheet = Sheet(y=120)
    sheet.line("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", x=200, size=6)
    sheet.line("Độc lập - Tự do - Hạnh phúc", x=210, size=6)
    sheet.line("CĂN CƯỚC CÔNG DÂN", x=215, size=10).line("Citizen Identity Card", x=225, size=6)
    sheet.line(f"Số / No.: {number}", x=220, size=8).line("Họ và tên / Full name:", x=220, size=6)
    sheet.line("TRẦN THỊ MẪU", x=220, size=7).line("Ngày sinh / Date of birth: 01/02/2001", x=220, size=6)
    return sheet.line("Có giá trị đến: 01/02/2041", x=130, size=5).reading()


def card_back(number: str = "093301000123") -> PageReading:
    sheet = Sheet(y=120)
    sheet.line("Đặc điểm nhận dạng / Personal identification:", x=150, size=6)
    sheet.line("Sẹo chấm cách 1 cm trên sau mép phải", x=150, size=6)
    sheet.line("CỤC TRƯỞNG CỤC CẢNH SÁT", x=200, size=6).skip(30)
    sheet.line(f"IDVNM3010001237{number}<<1", x=150, size=8)
    return sheet.line("0102018F4102019VNM<<<<<<<<<<<6", x=150, size=8).reading()


def contract_pages() -> list[PageReading]:
    """A contract of three pages whose article headings look like titles."""
    first = Sheet().motto().title("HỢP ĐỒNG THUÊ NHÀ").lines("Hôm nay, chúng tôi gồm:").prose(28)
    second = Sheet(y=40).title("ĐIỀU 3. QUYỀN VÀ NGHĨA VỤ CỦA BÊN THUÊ").prose(20)
    second.title("QUYỀN VÀ NGHĨA VỤ CỦA BÊN CHO THUÊ").prose(8)
    third = (
        Sheet(y=40)
        .title("CAM KẾT CHUNG")
        .prose(10)
        .line("BÊN THUÊ", middle=180)
        .line("BÊN CHO THUÊ", middle=420)
    )
    return [first.reading(), second.reading(), third.reading()]

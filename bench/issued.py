"""Official documents with what is attached to them, drawn at random: for benches on splitting.

An act (decision, circular, decree, resolution, plan …) with its articles and signature, and behind it none to
some annexes: a regulation, appendices with tables, lists, model forms that nobody filled in, some with a
national head, a number and a signature block of their own. And what resembles them in a citizen's stack:
forms that somebody filled in. The same random generator gives the same documents.
"""

import random
from dataclasses import dataclass
from datetime import date

from fixtures.people import dmy, long_date, person
from fixtures.sheet import Paper, Sheet
from fixtures.writer import Writer

_FIELDS = (
    "bảo vệ môi trường", "giáo dục mầm non", "phòng cháy và chữa cháy", "an toàn thực phẩm", "quản lý đất đai",
    "khuyến nông", "trợ giúp xã hội", "quản lý tài sản công", "lưu trữ hồ sơ", "xây dựng nông thôn mới",
    "đào tạo nghề cho lao động nông thôn", "bảo hiểm y tế", "đầu tư xây dựng cơ bản", "quản lý khoáng sản",
    "khám bệnh, chữa bệnh", "thể dục, thể thao", "vận tải hành khách", "cấp nước sạch", "hộ tịch", "chứng thực",
)  # fmt: skip
_DOERS = (
    "Ủy ban nhân dân cấp xã", "cơ quan chuyên môn", "thủ trưởng đơn vị", "tổ chức, cá nhân có liên quan", "Sở Tài chính",
    "cơ quan chủ trì", "đơn vị sự nghiệp công lập", "chủ đầu tư", "hội đồng thẩm định", "người đứng đầu cơ quan",
)  # fmt: skip
_DEEDS = (
    "có trách nhiệm tổ chức thực hiện và kiểm tra việc chấp hành các quy định về {}",
    "lập kế hoạch hằng năm về {} và trình cấp có thẩm quyền phê duyệt trước ngày 30 tháng 9",
    "thực hiện chế độ báo cáo định kỳ sáu tháng, một năm và báo cáo đột xuất về {}",
    "được bố trí kinh phí từ ngân sách nhà nước theo phân cấp để phục vụ công tác {}",
    "phối hợp với các cơ quan liên quan hướng dẫn, tuyên truyền, phổ biến pháp luật về {}",
    "xem xét, quyết định việc khen thưởng và xử lý vi phạm trong lĩnh vực {}",
    "xây dựng cơ sở dữ liệu, cập nhật và công khai thông tin về {} trên trang thông tin điện tử",
    "bảo đảm nguồn nhân lực, trang thiết bị và điều kiện cần thiết cho hoạt động {}",
)
_CONDITIONS = (
    "", ", trừ trường hợp pháp luật có quy định khác", ", chậm nhất là mười ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ",
    " theo quy định của pháp luật hiện hành", ", bảo đảm công khai, minh bạch và đúng đối tượng",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Issuer:
    superior: str
    agency: str
    of: str
    place: str
    symbol: str


_ISSUERS = (
    _Issuer(
        "THÀNH PHỐ CẦN THƠ",
        "ỦY BAN NHÂN DÂN PHƯỜNG VỊ TÂN",
        "Ủy ban nhân dân phường Vị Tân",
        "Vị Tân",
        "UBND",
    ),
    _Issuer("CHÍNH PHỦ", "", "Chính phủ", "Hà Nội", "CP"),
    _Issuer("THỦ TƯỚNG CHÍNH PHỦ", "", "Thủ tướng Chính phủ", "Hà Nội", "TTg"),
    _Issuer("BỘ TÀI CHÍNH", "", "Bộ trưởng Bộ Tài chính", "Hà Nội", "BTC"),
    _Issuer("BỘ XÂY DỰNG", "", "Bộ trưởng Bộ Xây dựng", "Hà Nội", "BXD"),
    _Issuer("BỘ GIÁO DỤC VÀ ĐÀO TẠO", "", "Bộ trưởng Bộ Giáo dục và Đào tạo", "Hà Nội", "BGDĐT"),
    _Issuer("TỈNH SÔNG XANH", "ỦY BAN NHÂN DÂN", "Ủy ban nhân dân tỉnh Sông Xanh", "Sông Xanh", "UBND"),
    _Issuer("TỈNH SÔNG XANH", "HỘI ĐỒNG NHÂN DÂN", "Hội đồng nhân dân tỉnh Sông Xanh", "Sông Xanh", "HĐND"),
    _Issuer("UBND TỈNH SÔNG XANH", "SỞ NÔNG NGHIỆP", "Sở Nông nghiệp", "Sông Xanh", "SNN"),
)
_KINDS = {
    "Quyết định": "QĐ", "Thông tư": "TT", "Nghị định": "NĐ", "Nghị quyết": "NQ", "Kế hoạch": "KH", "Chỉ thị": "CT",
    "Hướng dẫn": "HD", "Thông báo": "TB", "Báo cáo": "BC",
}  # fmt: skip
_WITH_ARTICLES = {"Quyết định", "Thông tư", "Nghị định", "Nghị quyết"}
_MODEL_TITLES = (
    "ĐƠN ĐỀ NGHỊ", "BÁO CÁO", "BIÊN BẢN", "GIẤY CHỨNG NHẬN", "QUYẾT ĐỊNH", "TỜ TRÌNH", "DANH SÁCH ĐỀ NGHỊ", "GIẤY PHÉP",
    "PHIẾU TIẾP NHẬN", "TỜ KHAI", "HỢP ĐỒNG", "BẢN CAM KẾT", "GIẤY ỦY QUYỀN", "THÔNG BÁO", "GIẤY XÁC NHẬN", "PHIẾU ĐĂNG KÝ",
)  # fmt: skip
_LABELS = (
    "Tên cơ quan, tổ chức:", "Họ và tên:", "Chức vụ:", "Địa chỉ trụ sở chính:", "Điện thoại:", "Ngày sinh:", "Nơi ở hiện nay:",
    "Số chứng minh nhân dân:", "Nội dung đề nghị:", "Diện tích:", "Mục đích:", "Thời hạn:", "Số tài khoản:", "Lý do:",
    "Quyết định thành lập số:", "Tổng số vốn:", "Kèm theo hồ sơ gồm:", "Người đại diện theo pháp luật:",
)  # fmt: skip
_HEADLESS = (
    "GIẤY CAM KẾT", "GIẤY NHẬN TIỀN", "HÓA ĐƠN BÁN HÀNG", "BẢNG KÊ CHI TIẾT", "SƠ YẾU LÝ LỊCH", "DANH SÁCH THÀNH VIÊN",
    "BẢN TƯỜNG TRÌNH", "PHIẾU KẾT QUẢ", "BẢN THUYẾT MINH", "GIẤY BIÊN NHẬN", "BẢNG ĐIỂM", "PHIẾU KHÁM", "GIẤY VAY TIỀN",
)  # fmt: skip
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII")


def act(rng: random.Random, annexes: int | None = None) -> Paper:
    """An official document with as many annexes; None: by chance none to six."""
    return _Act(rng).make(_count_annexes(rng) if annexes is None else annexes)


def filled_form(rng: random.Random) -> Paper:
    """A citizen's form, numbered like the annex that it was copied from, filled in and signed."""
    applicant = person(rng)
    w = _writer(rng, numbers=rng.random() < 0.5)
    number = f"Mẫu số {rng.randrange(1, 20):02d}"
    match rng.randrange(4):
        case 0:
            w.line(number, "serif-italic", 11, "right")
        case 1:
            w.line(f"{number}/{rng.choice(('ĐK', 'TK', 'HT', 'KT'))}", "serif-italic", 11, "right")
        case 2:
            w.line(number, "serif-bold", 11, "right")
            w.line(f"(Ban hành kèm theo Thông tư số {rng.randrange(1, 90):02d}/20{rng.randrange(15, 26)}/TT-"
                   f"{rng.choice(('BTP', 'BCA', 'BYT', 'BTNMT'))})", "serif-italic", 10.5, "right")  # fmt: skip
    w.form_head()
    w.title(
        f"{rng.choice(('ĐƠN ĐỀ NGHỊ', 'TỜ KHAI', 'ĐƠN ĐĂNG KÝ', 'BẢN CAM KẾT', 'ĐƠN XIN'))} {rng.choice(_FIELDS).upper()}"
    )
    w.line(
        f"Kính gửi: {rng.choice(('Ủy ban nhân dân', 'Phòng Kinh tế', 'Công an'))} {applicant.address.split(', ')[2]}",
        align="centre",
    )
    w.fields(("Họ và tên:", applicant.name))
    w.fields(("Ngày sinh:", dmy(applicant.born)), ("Số định danh cá nhân:", applicant.number))
    w.fields(("Nơi ở hiện nay:", applicant.address))
    for label in rng.sample(_LABELS, rng.randrange(2, 8)):
        w.fields((label, rng.choice((_clause(rng), "không", dmy(applicant.issued)))))
    for _ in range(rng.randrange(1, 7)):
        w.paragraph(_sentence(rng))
    w.line(
        f"{applicant.address.split(', ')[2].split(' ', 1)[1]}, {long_date(_day(rng))}",
        "serif-italic",
        align="right",
    )
    w.sign("NGƯỜI LÀM ĐƠN", "(Ký, ghi rõ họ tên)", name=applicant.name, seed=rng.randrange(1 << 30))
    return Paper("unknown", "", tuple(w.sheets))


def headless(rng: random.Random) -> Paper:
    """A paper without the national head: a pledge, a list, an invoice, a table of figures."""
    writer = person(rng)
    w = _writer(rng, numbers=rng.random() < 0.5)
    w.title(rng.choice(_HEADLESS), *([f"Về {rng.choice(_FIELDS)}"] if rng.random() < 0.4 else []))
    if rng.random() < 0.4:
        w.fields(("Họ và tên:", writer.name), ("Ngày sinh:", dmy(writer.born)))
        w.fields(("Địa chỉ:", writer.address))
    for _ in range(rng.randrange(1, 16)):
        w.paragraph(_sentence(rng))
    if rng.random() < 0.6:
        w.sign("NGƯỜI VIẾT", "(Ký, ghi rõ họ tên)", name=writer.name, seed=rng.randrange(1 << 30))
    return Paper("unknown", "", tuple(w.sheets))


def report(rng: random.Random) -> Paper:
    """A long paper whose parts have headings like titles, at the head of a page too: a contract, a project."""
    w = _writer(rng, numbers=rng.random() < 0.75)
    w.form_head()
    w.title(
        rng.choice(("HỢP ĐỒNG", "DỰ ÁN ĐẦU TƯ", "PHƯƠNG ÁN", "ĐỀ ÁN", "BÁO CÁO", "ĐIỀU LỆ")),
        f"Về {rng.choice(_FIELDS)}",
    )
    for _ in range(rng.randrange(2, 6)):
        for _ in range(rng.randrange(3, 14)):
            w.paragraph(_sentence(rng))
        if rng.random() < 0.5:
            w.turn()
        w.title(
            rng.choice(
                (*_MODEL_TITLES, "CAM KẾT CHUNG", "QUYỀN VÀ NGHĨA VỤ", "GIẤY KHAI SINH", "TỔ CHỨC THỰC HIỆN")
            )
        )
    for _ in range(rng.randrange(2, 9)):
        w.paragraph(_sentence(rng))
    w.sign("ĐẠI DIỆN", "(Ký, ghi rõ họ tên)", name=person(rng).name, seed=1)
    return Paper("unknown", "", tuple(w.sheets))


class _Act:
    """Makes one act: its issuer, its number, and the writer that sets its pages."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.issuer = rng.choice(_ISSUERS)
        self.kind = rng.choice(tuple(_KINDS))
        self.field = rng.choice(_FIELDS)
        self.day = _day(rng)
        year = f"/{self.day.year}" if rng.random() < 0.5 else ""
        self.number = f"{rng.randrange(1, 3000)}{year}/{_KINDS[self.kind]}-{self.issuer.symbol}"
        self.numbered_pages = rng.random() < 0.6
        # In the head the number and the day are often written by hand, and not read.
        self.by_hand = rng.random() < 0.35
        self.sheets: list[Sheet] = []

    def make(self, annexes: int) -> Paper:
        self._body(annexes)
        pages = len(self.sheets)
        own = self.rng.choice((True, True, False))
        shared_marker = self.rng.random() < 0.5
        for no, kind in enumerate(self._kinds_of(annexes), 1):
            go_on = self.numbered_pages and self.rng.random() < 0.5
            w = _writer(
                self.rng, numbers=self.numbered_pages and own, first=len(self.sheets) + 1 if go_on else 1
            )
            getattr(self, f"_{kind}")(w, no, shared_marker)
            self.sheets += w.sheets
        return Paper("unknown" if pages == 0 else "quyet-dinh", self.kind, tuple(self.sheets))

    def _kinds_of(self, annexes: int) -> list[str]:
        """A regulation comes first; else one kind of annex for most of them."""
        if not annexes:
            return []
        kinds = [self.rng.choices(("regulation", "appendix", "model", "roll"), (2, 3, 5, 2))[0]]
        follow = self.rng.choice(("appendix", "model", "model", "roll"))
        return kinds + [
            follow if self.rng.random() < 0.8 else self.rng.choice(("appendix", "model"))
            for _ in range(annexes - 1)
        ]

    # ---- the act itself

    def _body(self, annexes: int) -> None:
        rng, w = self.rng, _writer(self.rng, numbers=self.numbered_pages)
        digits, rest = self.number.split("/", 1)
        number = f"Số: {'' if self.by_hand else digits}/{rest}"
        w.official_head(
            self.issuer.superior, self.issuer.agency or " ", number, self._place_date(open=self.by_hand)
        )
        w.title(
            self.kind.upper(),
            f"{rng.choice(('Về việc', 'Quy định', 'Ban hành quy định'))} {rng.choice(_DEEDS[:4]).format(self.field)}",
        )
        for _ in range(rng.randrange(2, 5)):
            w.paragraph(
                f"Căn cứ Luật số {rng.randrange(10, 90)}/2020/QH14 về {rng.choice(_FIELDS)};",
                font="serif-italic",
            )
        if annexes and rng.random() < 0.8:
            w.paragraph(rng.choice((
                f"Ban hành kèm theo {self.kind} này {rng.choice(('Quy chế', 'các biểu mẫu', 'Phụ lục', 'Danh mục'))} về {self.field}.",
                f"Mẫu đơn thực hiện theo Mẫu số 01 ban hành kèm theo {self.kind} này.",
                f"Danh sách kèm theo {self.kind} này gồm {rng.randrange(3, 90)} đơn vị.",
                "Chi tiết tại các phụ lục kèm theo.",
            )), lead="Điều 1.")  # fmt: skip
        self._articles(w, rng.randrange(3, 22), start=2)
        w.paragraph(
            f"{self.kind} này có hiệu lực kể từ ngày ký. {rng.choice(_DOERS)} chịu trách nhiệm thi hành {self.kind} này./."
        )
        w.sign(*rng.choice((("CHỦ TỊCH",), ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"), ("KT. BỘ TRƯỞNG", "THỨ TRƯỞNG"), ("THỦ TƯỚNG",))),
               name=person(rng).name, seal="U.B.N.D", seed=rng.randrange(1 << 30),
               recipients=("- Như trên;", "- Văn phòng;", "- Lưu: VT."))  # fmt: skip
        self.sheets += w.sheets

    def _articles(self, w: Writer, count: int, start: int = 1) -> None:
        for no in range(start, start + count):
            style = self.kind in _WITH_ARTICLES
            w.paragraph(
                f"{_sentence(self.rng)} {_sentence(self.rng)}", lead=f"Điều {no}." if style else f"{no}."
            )
            for letter in "abcd"[: self.rng.randrange(5)]:
                w.paragraph(f"{letter}) {_sentence(self.rng)}")

    def _place_date(self, *, open: bool) -> str:
        return (
            f"{self.issuer.place}, ngày    tháng    năm {self.day.year}"
            if open
            else f"{self.issuer.place}, {long_date(self.day)}"
        )

    def _attached(self, *, short: bool = False) -> str:
        """Kèm theo …: what an annex says under its title."""
        cited = (
            f"{self.kind} số {self.number}"
            if self.rng.random() < 0.8
            else f"{self.kind} số       /{self.number.split('/', 1)[1]}"
        )
        lead = self.rng.choice(("Ban hành kèm theo", "Kèm theo"))
        return (
            f"({lead} {cited})" if short else f"({lead} {cited} {long_date(self.day)} của {self.issuer.of})"
        )

    # ---- annexes

    def _regulation(self, w: Writer, _no: int, _marked: bool) -> None:
        if self.rng.random() < 0.6:
            w.official_head(self.issuer.superior, self.issuer.agency or " ", "", "")
        w.title(
            self.rng.choice(("QUY CHẾ", "QUY ĐỊNH", "CHƯƠNG TRÌNH", "ĐỀ ÁN", "HƯỚNG DẪN")), f"Về {self.field}"
        )
        w.line(self._attached()[:95], "serif-italic", 12, "centre")
        w.line("Chương I", "serif-bold", align="centre")
        w.line("QUY ĐỊNH CHUNG", "serif-bold", align="centre")
        self._articles(w, self.rng.randrange(4, 30))
        if self.rng.random() < 0.5:
            w.sign("CHỦ TỊCH", name=person(self.rng).name, seal="U.B.N.D", seed=1)

    def _appendix(self, w: Writer, no: int, _marked: bool) -> None:
        rng = self.rng
        w.title(
            rng.choice((f"PHỤ LỤC {_ROMAN[no - 1]}", f"PHỤ LỤC SỐ {no}", "PHỤ LỤC", f"Phụ lục {no}")),
            f"{rng.choice(('DANH MỤC', 'ĐỊNH MỨC', 'BẢNG TỔNG HỢP'))} {self.field.upper()}",
        )
        if rng.random() < 0.7:
            w.line(self._attached()[:95], "serif-italic", 12, "centre")
        self._table(w, rng.randrange(4, 40))

    def _roll(self, w: Writer, _no: int, _marked: bool) -> None:
        w.title(
            self.rng.choice(("DANH SÁCH", "DANH MỤC", "BIỂU TỔNG HỢP")), f"Các đơn vị thực hiện {self.field}"
        )
        if self.rng.random() < 0.85:
            w.line(self._attached()[:95], "serif-italic", 12, "centre")
        self._table(w, self.rng.randrange(4, 40))

    def _table(self, w: Writer, rows: int) -> None:
        head = ("STT", "Tên đơn vị", "Nội dung", "Ghi chú")
        w.table(
            (14, 50, 70, 28),
            (head, *((str(i), self.rng.choice(_DOERS), _clause(self.rng), "") for i in range(1, rows))),
        )

    def _model(self, w: Writer, no: int, marked: bool) -> None:
        """A model form that nobody filled in; most are marked as such, some only by what they look like."""
        rng = self.rng
        if marked or rng.random() < 0.75:
            marker = rng.choice(
                (
                    f"Mẫu số {no:02d}",
                    f"Mẫu {no}",
                    f"MẪU SỐ {no}",
                    f"Biểu mẫu {no:02d}",
                    f"Mẫu số {no}a",
                    f"Phụ lục {_ROMAN[no - 1]}",
                )
            )
            w.line(marker, "serif-bold", 12, rng.choice(("right", "right", "centre")))
            if rng.random() < 0.4:
                w.line(self._attached(short=True)[:80], "serif-italic", 11, rng.choice(("right", "centre")))
        match rng.randrange(4):
            case 0 | 1:
                w.form_head()
            case 2:
                w.official_head(rng.choice(("TÊN CƠ QUAN CHỦ QUẢN", "UBND ................")), "TÊN CƠ QUAN, ĐƠN VỊ",
                                f"Số:      /{rng.choice(('QĐ', 'BC', 'TTr', 'BB'))}-...", "........, ngày     tháng     năm 20")  # fmt: skip
        title = rng.choice(_MODEL_TITLES)
        w.title(title if rng.random() < 0.5 else f"{title} {self.field.upper()}")
        if rng.random() < 0.5:
            w.line("Kính gửi: ", align="left" if rng.random() < 0.3 else "centre")
        for i, label in enumerate(rng.sample(_LABELS, rng.randrange(4, 13)), 1):
            w.fields((label if rng.random() < 0.5 else f"{i}. {label}", ""))
        for _ in range(rng.randrange(3)):
            w.paragraph(_sentence(rng))
        if rng.random() < 0.3:
            self._table(w, rng.randrange(2, 8))
        if rng.random() < 0.3:
            for letter in "abc":
                w.paragraph(
                    f"({'123'['abc'.index(letter)]}) Ghi rõ {rng.choice(_LABELS).lower().rstrip(':')}.",
                    size=10,
                )
        w.line(", ngày     tháng     năm 20", "serif-italic", align="right")
        w.sign(
            rng.choice(("THỦ TRƯỞNG ĐƠN VỊ", "NGƯỜI LÀM ĐƠN", "ĐẠI DIỆN TỔ CHỨC")),
            "(Ký tên, đóng dấu)",
            name=" ",
            seed=1,
        )


class _PlainWriter(Writer):
    """A writer that prints its pages' numbers from another one on, or none."""

    first = 1
    numbers = True

    def turn(self) -> None:
        self.sheet = Sheet()
        self.sheets.append(self.sheet)
        self.y = 16.0
        if self.numbers:
            self.line(str(self.first + len(self.sheets) - 1), align="centre", size=13)
        self.y = 24.0


def _writer(rng: random.Random, *, numbers: bool, first: int = 1) -> Writer:
    w = _PlainWriter(
        size=rng.choice((12.5, 13, 13.5, 14)), left=rng.choice((25, 28, 30)), right=rng.choice((15, 18, 20))
    )
    w.numbers, w.first = numbers, first
    if numbers and first > 1 and rng.random() < 0.8:
        w.line(str(first), align="centre", size=13)
        w.y = 24.0
    return w


def _count_annexes(rng: random.Random) -> int:
    return 0 if rng.random() < 0.45 else rng.randrange(1, 7)


def _day(rng: random.Random) -> date:
    return date(rng.randrange(2008, 2027), rng.randrange(1, 13), rng.randrange(1, 29))


def _clause(rng: random.Random) -> str:
    return rng.choice(_DEEDS).format(rng.choice(_FIELDS))


def _sentence(rng: random.Random) -> str:
    return f"{rng.choice(_DOERS)} {_clause(rng)}{rng.choice(_CONDITIONS)}.".capitalize()

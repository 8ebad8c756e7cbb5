"""Confirmed papers of an invented site: local forms without a built-in type, filled in by invented people."""

import random
from dataclasses import dataclass

from scanflow.classify.learned.learning import ConfirmedPaper
from scanflow.classify.page_view import view
from scanflow.model import PageReading
from tests.classify.paper import Sheet, form

PROCEDURE = "1.001193"


@dataclass(frozen=True)
class Person:
    """An invented person: name, number, address, telephone."""

    name: str
    number: str
    address: str
    telephone: str

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.name, self.number, self.address, self.telephone)


# Forms of this site: the type that its clerks give them, the heading that no rule knows, and what is printed.
FORMS = {
    "giay-chung-sinh": (
        ("PHIẾU THEO DÕI SẢN PHỤ", "KHOA SẢN"),
        (
            "họ và tên mẹ hoặc người nuôi dưỡng ghi rõ bằng chữ in hoa",
            "đã sinh con vào hồi giờ phút tại khoa sản của bệnh viện",
            "giới tính của con, cân nặng khi sinh, hiện trạng sức khỏe của con",
            "người đỡ đẻ ghi rõ họ tên và chức danh theo quy định của ngành y tế",
        ),
    ),
    "hop-dong-thue-nha": (
        ("BẢN THỎA THUẬN CHỖ Ở", "BÊN CHO THUÊ"),
        (
            "bên cho thuê đồng ý cho bên thuê sử dụng căn nhà để ở trong thời hạn",
            "giá thuê mỗi tháng và phương thức thanh toán do hai bên thỏa thuận",
            "bên thuê có trách nhiệm giữ gìn nhà ở và trả lại khi hết thời hạn thuê",
            "hai bên cam kết thực hiện đúng những điều đã ghi trong thỏa thuận này",
        ),
    ),
    "giay-uy-quyen": (
        ("PHIẾU NHỜ LÀM THAY", "NGƯỜI NHỜ"),
        (
            "tôi nhờ người có tên dưới đây thay mặt tôi nộp hồ sơ và nhận kết quả",
            "người được ủy quyền có nghĩa vụ thực hiện trong phạm vi được ủy quyền",
            "thời hạn ủy quyền kể từ ngày ký cho đến khi công việc hoàn thành",
            "tôi chịu trách nhiệm trước pháp luật về nội dung ủy quyền nêu trên",
        ),
    ),
}

_FAMILY = ("Quách", "Kiều", "Văn", "Nguyễn", "Hoàng", "Đặng")
_MIDDLE = ("Thị", "Văn", "Công", "Hồ", "Minh")
_GIVEN = ("Sinh", "Nhà", "Ngoẻng", "Khuê", "Bản", "Sao", "Thuê", "Quyền")
_PLACES = ("Rạch Gừa", "Đồng Khoắm", "Hộ Khẩu", "Trần Khuyếch", "Công Chứng")


def people(count: int, seed: int) -> list[Person]:
    """Invented people; some syllables of their names also stand in the forms and in published titles."""
    draw = random.Random(seed)  # noqa: S311 - a seeded generator is wanted here
    return [
        Person(
            " ".join(draw.choice(part) for part in (_FAMILY, _MIDDLE, _GIVEN)),
            f"0{draw.randrange(10**10, 10**11)}",
            f"số {draw.randrange(1, 400)} ấp {draw.choice(_PLACES)}",
            f"09{draw.randrange(10**7, 10**8)}",
        )
        for _ in range(count)
    ]


def local_form(type: str, person: Person, seed: int, official: str = "NGÔ THỊ KHOẺN") -> PageReading:
    """A local form, three of its four printed lines, filled in; one official signs them all."""
    draw = random.Random(f"{type} {seed}")  # noqa: S311 - a seeded generator is wanted here
    headings, printed = FORMS[type]
    sheet = Sheet().title(*headings)
    sheet.line(person.name.upper(), "centre", 15)
    for line in draw.sample(printed, 3):
        sheet.line(line)
    sheet.line(f"Tôi là {person.name}, số định danh {person.number}, điện thoại {person.telephone}")
    sheet.line(f"thường trú tại {person.address}")
    sheet.line(f"CHỦ TỊCH {official}", middle=430)
    return sheet.skip(300).line(person.name.upper(), middle=430).reading()


def known_form(person: Person) -> PageReading:
    """A form whose title the rules know."""
    return form("TỜ KHAI ĐĂNG KÝ KHAI SINH", f"Họ, chữ đệm, tên người yêu cầu: {person.name}")


def confirmed_papers(
    seed: int, *, dossiers: int = 12, shuffled: bool = False, official: str = "NGÔ THỊ KHOẺN"
) -> tuple[list[ConfirmedPaper], list[Person]]:
    """A dossier for each person: its local forms and one that the rules know, and the people.

    `shuffled` types say nothing: a clerk who chooses at random.
    """
    draw = random.Random(seed)  # noqa: S311 - a seeded generator is wanted here
    applicants = people(dossiers, seed)
    papers = []
    for no, person in enumerate(applicants):
        number = f"H13.132-260804-{no:04}"
        for type in FORMS:
            said = draw.choice(list(FORMS)) if shuffled else type
            papers.append(
                ConfirmedPaper(number, said, PROCEDURE, view(local_form(type, person, no, official)))
            )
        known = ConfirmedPaper(number, "to-khai-dang-ky-khai-sinh", PROCEDURE, view(known_form(person)))
        papers.append(known)
    return papers, applicants

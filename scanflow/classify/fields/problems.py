"""Problems of values: stable codes, and their texts in English and Vietnamese."""

FILLED_IN = "filled-in"
INCOMPLETE = "incomplete"
IN_THE_FUTURE = "in-the-future"
CHECK_DIGIT = "check-digit"
BIRTH_YEAR = "birth-year"
SEX = "sex"
BEFORE_BIRTH = "before-birth"
SOURCES = "sources-disagree"
AMOUNT = "amount-in-words"

WORDING = {
    FILLED_IN: (
        "filled in by pen after printing: read it on the page",
        "viết tay sau khi in, cần xem lại trên trang",
    ),
    INCOMPLETE: ("a part of it is missing or can't be read", "thiếu hoặc không đọc được một phần"),
    IN_THE_FUTURE: ("lies in the future", "ngày ở tương lai"),
    CHECK_DIGIT: ("its check digit is wrong", "sai số kiểm tra"),
    BIRTH_YEAR: (
        "the number's year of birth is not that of the date of birth",
        "năm sinh trong số định danh khác ngày sinh",
    ),
    SEX: ("the number's sex is not the one stated", "giới tính trong số định danh khác giới tính ghi"),
    BEFORE_BIRTH: ("issued before the holder was born", "ngày cấp trước ngày sinh"),
    SOURCES: ("code, machine-readable zone and print disagree", "mã QR, vùng MRZ và chữ in không khớp nhau"),
    AMOUNT: ("the amount in figures is not the one in words", "số tiền bằng số và bằng chữ không khớp"),
}

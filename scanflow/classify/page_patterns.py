"""Patterns of lines that tell where a paper begins or ends, for the folded text of one line each."""

import re

PAGE_OF = re.compile(
    r"^\W*(?:trang|page)\s*(?:so\s*)?:?\s*(?P<no>\d{1,3})(?:\s*(?:/|tren|cua|of)\s*(?P<of>\d{1,3}))?\W*$"
)
PAGE_NUMBER = re.compile(r"^\W{0,3}(?P<no>\d{1,3})(?:\s*/\s*(?P<of>\d{1,3}))?\W{0,3}$")
SIGNED = re.compile(r"^\W*(?:ky,? ?(?:va )?ghi ro ho|noi nhan\b|(?:tm|kt|tl|tuq|q)\. )|\./\.\W*$")
FORMAL_END = re.compile(r"\.\s?/\s?\.")
TERMINATED = '.;:!?/”"'
ITEM = re.compile(
    r"^\W*(?:(?:dieu|khoan|muc|chuong|tiet|phan)\s+(?:thu\s+)?[\divxlc]+\b|[ivx]{1,5}[.)]"
    r"|\d{1,2}(?:\.\d{1,2})*[.)/]|[a-z]\)|[-+–•] ?\w)"
)
BEGINNING_PART = re.compile(r"^\W*(?:dieu|chuong|phan)\s+(?:(?:thu\s+)?(?:nhat|1|i))\b")
APPENDIX = re.compile(r"^\W*phu luc\b")
MODEL = re.compile(
    r"^\W*(?:bieu )?(?:mau|bieu)(?: [a-z]+){0,4} (?:so\s*)?:?\s*(?:[a-z]{0,4}[-. ]?\d|[ivx]+\b)"
    r"|^\W*mau (?:so )?[a-z0-9]{1,3}\b\W*$"
)
# What a model form prints in the place of an agency's name.
PLACEHOLDER = re.compile(
    r"^\W*(?:\(?ten (?:co quan|don vi|to chuc|doanh nghiep)|co quan (?:chu quan|cap tren|ban hanh))\b"
)
ATTACHMENT = re.compile(
    r"^\W*(?:danh sach|danh muc|bieu|bang|quy che|quy dinh|dieu le|chuong trinh|de an|huong dan|ke hoach|"
    r"noi dung|so do)\b"
)
ATTACHED = re.compile(r"^\W*(?:\w+ )?(?:(?:duoc )?ban hanh )?kem theo\b|^\W*dinh kem\b")
ACT_TITLE = re.compile(
    r"^\W*(?:quyet dinh|thong tu(?: lien tich)?|nghi dinh|nghi quyet|chi thi|luat|phap lenh|quy che|quy dinh|"
    r"huong dan|ke hoach|thong bao|bao cao|chuong trinh|de an|phuong an|thong cao|lenh|cong dien|dieu le)\b"
)
SYMBOL = re.compile(
    r"^\W*so\s*[:;.]?\s*(?P<digits>[\w ]{0,8}?)\s*(?:/\s*\d{4})?\s*/\s*"
    r"(?P<suffix>[a-z]{1,8}\s?-\s?[a-z][a-z&-]*)"
)
ACT_SUFFIX = re.compile(r"^(?:qd|tt|ttlt|nd|nq|ct|qc|kh|hd|tb|bc|ctr|da|pa|l|pl|cd)\b")
ANNOUNCED = re.compile(
    r"\bkem theo (?:quyet dinh|thong tu|nghi dinh|nghi quyet|ke hoach|cong van|huong dan|quy che|quy dinh|"
    r"van ban|chi thi|thong bao|bao cao|to trinh) nay\b"
    r"|\b(?:ban hanh|quy dinh|huong dan|theo|tai) (?:cac )?(?:kem theo|phu luc|mau so|bieu mau)\b"
    r"|\b(?:phu luc|mau so|bieu mau|danh muc|quy che|quy dinh|de an|chuong trinh)\b[^.]{0,60}\bkem theo\b"
)
CITED_ACT = re.compile(
    r"kem theo\W*"
    r"(?P<kind>quyet dinh|thong tu(?: lien tich)?|nghi dinh|nghi quyet|cong van|ke hoach|huong dan|chi thi"
    r"|thong bao|bao cao|to trinh)"
    r"(?P<rest>[^\n]*)"
)
CITED_DIGITS = re.compile(r"^\W*so\W{0,3}(?P<digits>\d{1,5})\b")
SUFFIX = re.compile(r"/\s*(?P<suffix>[a-z]{1,8}\s?-\s?[a-z][a-z&-]*)")
OPEN_DATE = re.compile(r"\bngay[\W_]*thang[\W_]*nam\W*(?:(?:20|19)\d{0,2})?\W*$")
OPEN_NUMBER = re.compile(r"^\W*so\s*[:;.]?\W*/\s*[a-z]")
INSTRUCTION = re.compile(r"\(\s*(?:ghi|neu|ten|ky|dong dau|chuc danh|ho ten)\b|\(\d{1,2}\)\W*$")
OPEN_LABEL = re.compile(r"[a-z)]\s*:\W*$")
# The legal basis of a decision, with which its body begins: "Căn cứ Luật …", "Xét tờ trình …", "Theo đề nghị
# của …". A part of other patterns. Titles and subjects have "căn cước" and the verbs that begin with "xét".
LEGAL_BASIS = r"(?:can cu|xet(?! (?:nghiem|tuyen|tang|duyet|xu|cong nhan)\b)|theo de nghi)\b"
DATED = re.compile(r"\bngay\b.*\bthang\b")
PART = re.compile(r"^\W*(?:chuong|muc|phan|dieu)\b")
IDENTITY = re.compile(r"(?<!\d)\d{9}(?:\d{3})?(?!\d)")
ANSWER = re.compile(r"^\W*(?:\d{1,2}[.)] ?)?(?!dieu |mau |phu luc|can cu |bieu )(?P<label>[^:]{3,40}):\s*\w")
ADDRESSED = re.compile(r"^\W*kinh gui\b")
WORD = re.compile(r"[^\W\d_]{2,}")
SUBJECT = re.compile(r"^\W*(?:ve|v/v)\b")
OF_PERSON = re.compile(
    r"^\W*(?:\d{1,2}[.)] ?)?(?:toi (?:ten )?la\b|(?:ho(?: va)? ten|toi ten|ten toi|ten [a-z ]{0,16}nguoi"
    r"|nguoi (?:khai|lam don|viet)|ngay sinh)\b[^:]{0,40}:)\s*\w"
)
PLACE_AND_DAY = re.compile(
    r"^(?!.*\b(?:kem theo|quyet dinh|thong tu|nghi dinh|nghi quyet)\b)(?:.*\s)?[a-z][a-z .-]{1,30}, ?"
    r"ngay \d{1,2} thang \d{1,2} nam \d{4}\W*$"
)
SIGN_HERE = re.compile(r"^\W*\((?:da )?ky\b")

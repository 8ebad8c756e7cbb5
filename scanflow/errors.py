"""What can go wrong, as one tree, and the exit code of each branch.

    ScanflowError                     exit 1   anything below, and unexpected errors
    ├── UsageError                    exit 2   the call itself is wrong (wrong option, no such file)
    │   └── QuestionError                      the typed query can't be understood
    ├── UploadBusyError               exit 1   another request is sending the same file now
    ├── UploadsFullError              exit 1   too much is being uploaded at once: try again later
    ├── SettingsError                 exit 3   scanflow.toml, a SCANFLOW_* variable or a profile is wrong
    ├── MissingToolError              exit 4   an outside program or model is not installed
    ├── InputError                    exit 5   a source was put into quarantine; the others were taken
    │   ├── EmptyInputError                    nothing in it
    │   ├── EncryptedInputError                needs a password
    │   ├── TruncatedInputError                the end is missing
    │   ├── DamagedInputError                  broken inside
    │   ├── UnsupportedInputError              not a supported format
    │   ├── OversizedInputError                more bytes, pixels or pages than the limits allow
    │   └── LimitError                         took too much time or memory, or ended its process
    ├── NotStillError                 exit 1   a source changed while it was read: it is tried again later
    ├── OvertakenError                exit 1   another worker has taken over the batch
    ├── StateError                    exit 1   a batch, file or page can't go from its state to that one
    ├── UnassignedError               exit 6   no dossier number: the batch waits in `unassigned`
    ├── StoreError                    exit 7   the object store
    │   ├── StoreUnavailableError              cannot be reached: try again later
    │   ├── WrongStoreError                    not the store of this catalog, or not mounted
    │   ├── ObjectNotFoundError                no such object
    │   ├── ObjectExistsError                  the key is taken by other bytes
    │   ├── ObjectLockedError                  retention forbids the delete
    │   └── ChecksumError                      what is stored is not what was written
    ├── CatalogError                  exit 8   the database refuses access, or is of the wrong version
    │   ├── CatalogUnavailableError            cannot be reached, locked or full: try again later
    │   └── CatalogBehindError                 the bucket has more than the catalog knows: `scanflow repair`
    ├── IntegrityError                exit 9   `verify` found objects missing or damaged
    ├── NotFoundError                 exit 10  no such dossier, batch or document
    ├── DeskError                     exit 12  a clerk's stack can't be changed or filed like this
    │   ├── NotYoursError                      somebody else has it
    │   ├── ChangedError                       it changed since the clerk looked
    │   ├── OutdatedError                      what a person corrected changed since they looked
    │   ├── NotReadyError                      pages are still to come or to be read
    │   ├── SignedFileError                    it would change the pages of a signed file
    │   ├── OtherAgencyError                   another agency has a dossier of this number
    │   └── StackGoneError                     it was filed or cancelled meanwhile
    ├── DeniedError                   exit 13  not signed in, a wrong password or token
    ├── TargetError                   exit 1   the folder for results can't be written to
    ├── ServerUnreachableError        exit 1   a counter's agent can't reach the server: it tries again
    └── ScannerError                  exit 11  the scanner; pages that were whole stay in the spool
        ├── NoScannerError                     no such scanner, or none at all
        ├── ScannerBusyError                   another program uses it
        ├── ScannerDeniedError                 this account may not use it
        ├── ScannerRefusedError                it can't do what the profile asks for
        ├── FeederEmptyError                   no sheet in the feeder
        ├── PaperJamError                      a sheet is stuck
        ├── CoverOpenError                     a cover is open
        ├── ScannerLostError                   unplugged, switched off, no network, a read error
        ├── ScannerTimeoutError                no page and no answer from it for too long
        ├── ScanInterruptedError               the counter's PC or its program ended during the scan
        └── ScanCancelledError                 a person stopped it

Ctrl-C exits with 130, as in any shell. Every error carries two sentences: one in English for the
operator and one in Vietnamese for the clerk, each saying what is wrong and what to do.
"""

from typing import ClassVar


class ScanflowError(Exception):
    """Base of all errors that scanflow raises on purpose.

    `message` is English, for operators and logs; `message_vi` is Vietnamese, for clerks. Neither holds
    a person's name or number. `code` is a stable word for the ledger and for programs.
    """

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "error"
    default_vi: ClassVar[str] = "Có lỗi xảy ra. Hãy báo cho người quản trị hệ thống."

    def __init__(self, message: str, message_vi: str | None = None) -> None:
        super().__init__(message, message_vi)
        self.message = message
        self.message_vi = message_vi or self.default_vi

    def __str__(self) -> str:
        return self.message


class UsageError(ScanflowError):
    exit_code = 2
    code = "usage"
    default_vi = "Câu lệnh chưa đúng. Xem hướng dẫn với --help."


class QuestionError(UsageError):
    """`position`: the character of the question from which it can't be understood."""

    code = "question"
    default_vi = "Câu tìm chưa đúng."

    def __init__(self, position: int, message: str, message_vi: str | None = None) -> None:
        super().__init__(message, message_vi)
        self.position = position


class UploadBusyError(ScanflowError):
    code = "upload-busy"
    default_vi = "Tệp này đang được gửi ở nơi khác. Hãy chờ một chút rồi thử lại."


class UploadsFullError(ScanflowError):
    code = "uploads-full"
    default_vi = "Đang có quá nhiều tệp được tải lên cùng lúc. Hãy thử lại sau ít phút."


class SettingsError(ScanflowError):
    exit_code = 3
    code = "settings"
    default_vi = "Cấu hình chưa đúng. Hãy báo cho người quản trị hệ thống."


class MissingToolError(ScanflowError):
    exit_code = 4
    code = "missing-tool"
    default_vi = "Máy này còn thiếu phần mềm cần thiết. Hãy chạy: scanflow doctor"


class InputError(ScanflowError):
    exit_code = 5
    code = "input"
    default_vi = "Không đọc được tệp này. Hãy quét lại giấy tờ."


class EmptyInputError(InputError):
    code = "empty"
    default_vi = "Tệp rỗng, không có trang nào. Hãy quét lại giấy tờ."


class EncryptedInputError(InputError):
    code = "encrypted"
    default_vi = "Tệp có mật khẩu nên không mở được. Hãy xin bản không đặt mật khẩu."


class TruncatedInputError(InputError):
    code = "truncated"
    default_vi = "Tệp không đầy đủ, thiếu phần cuối. Hãy chép hoặc quét lại."


class DamagedInputError(InputError):
    code = "damaged"
    default_vi = "Tệp bị hỏng nên không đọc được. Hãy quét lại giấy tờ."


class UnsupportedInputError(InputError):
    code = "unsupported"
    default_vi = "Định dạng tệp không được hỗ trợ. Hãy dùng PDF, TIFF, JPEG, PNG, WebP, HEIC hoặc DOCX."


class OversizedInputError(InputError):
    code = "oversized"
    default_vi = "Tệp hoặc trang quá lớn so với giới hạn. Hãy quét lại ở 300 dpi hoặc chia nhỏ tệp."


class LimitError(InputError):
    code = "limit"
    default_vi = "Trang này xử lý quá lâu hoặc tốn quá nhiều bộ nhớ. Hãy quét lại trang."


class NotStillError(ScanflowError):
    code = "not-still"
    default_vi = "Tệp còn đang được ghi nên chưa lấy. Hệ thống sẽ tự lấy lại sau."


class OvertakenError(ScanflowError):
    code = "overtaken"
    default_vi = "Tập giấy tờ này vừa được một máy khác xử lý xong."


class StateError(ScanflowError):
    code = "state"


class UnassignedError(ScanflowError):
    exit_code = 6
    code = "unassigned"
    default_vi = "Chưa biết mã hồ sơ. Tập giấy tờ đang nằm ở mục «Đang chờ mã hồ sơ»; hãy nhập mã hồ sơ."


class StoreError(ScanflowError):
    exit_code = 7
    code = "store"
    default_vi = "Kho lưu trữ báo lỗi. Giấy tờ vẫn được giữ; hãy báo cho người quản trị hệ thống."


class StoreUnavailableError(StoreError):
    code = "store-unavailable"
    default_vi = "Chưa kết nối được kho lưu trữ. Giấy tờ đang chờ trên máy và sẽ được lưu khi có kết nối."


class WrongStoreError(StoreError):
    code = "store-wrong"
    default_vi = (
        "Kho lưu trữ đang kết nối không phải kho của hệ thống này, hoặc chưa được gắn vào máy. "
        "Chưa giấy tờ nào được lấy; hãy báo cho người quản trị hệ thống."
    )


class ObjectNotFoundError(StoreError):
    code = "object-not-found"


class ObjectExistsError(StoreError):
    code = "object-exists"


class ObjectLockedError(StoreError):
    code = "object-locked"
    default_vi = "Tài liệu đang trong thời hạn lưu trữ nên không được xóa."


class ChecksumError(StoreError):
    code = "checksum"


class CatalogError(ScanflowError):
    exit_code = 8
    code = "catalog"
    default_vi = "Cơ sở dữ liệu chưa sẵn sàng. Giấy tờ chưa được lấy; hãy báo cho người quản trị hệ thống."


class CatalogUnavailableError(CatalogError):
    code = "catalog-unavailable"


class CatalogBehindError(CatalogError):
    code = "catalog-behind"
    default_vi = (
        "Kho lưu trữ có dữ liệu mới hơn danh mục nên chưa lưu được. Giấy tờ vẫn được giữ và sẽ tự lưu "
        "sau khi người quản trị hệ thống chạy: scanflow repair"
    )


class IntegrityError(ScanflowError):
    exit_code = 9
    code = "integrity"
    default_vi = "Có tài liệu bị thiếu hoặc sai lệch trong kho. Hãy báo ngay cho người quản trị hệ thống."


class NotFoundError(ScanflowError):
    exit_code = 10
    code = "not-found"
    default_vi = "Không tìm thấy. Hãy kiểm tra lại mã đã nhập."


class DeskError(ScanflowError):
    exit_code = 12
    code = "desk"
    default_vi = "Không làm được việc này với tập giấy tờ. Hãy tải lại trang web (F5) rồi thử lại."


class NotYoursError(DeskError):
    code = "not-yours"
    default_vi = "Tập giấy tờ này đang do người khác xử lý."


class ChangedError(DeskError):
    code = "changed"
    default_vi = "Tập giấy tờ vừa có thay đổi. Hãy xem lại rồi lưu."


class OutdatedError(DeskError):
    """What a person corrected has changed since they saw it."""

    code = "outdated"
    default: ClassVar[str] = "somebody else changed this meanwhile: look at it again"
    default_vi = "Người khác vừa sửa giấy tờ này. Hãy xem lại rồi sửa tiếp."

    def __init__(self, message: str | None = None, message_vi: str | None = None) -> None:
        super().__init__(message or self.default, message_vi)


class NotReadyError(DeskError):
    code = "not-ready"
    default_vi = "Còn trang chưa đọc xong. Hãy chờ một chút rồi lưu lại."


class SignedFileError(DeskError):
    code = "signed-file"
    default_vi = (
        "Trang này thuộc tệp có chữ ký số. Tệp ký số phải lưu nguyên vẹn, sửa thì chữ ký mất giá trị: "
        "không loại, xoay, đổi chỗ, quét lại, tách hay gộp từng trang được. Có thể loại cả tệp "
        "khỏi tập giấy tờ; tệp gốc vẫn được giữ."
    )

    def __init__(self, message: str | None = None, message_vi: str | None = None) -> None:
        super().__init__(
            message
            or "this page is part of a digitally signed file, which is filed byte for byte or not at all: "
            "its pages can't be removed, turned, moved, scanned again, split or joined, or the signature "
            "would be lost. The whole file can be taken out of the stack; it is kept as it is",
            message_vi,
        )


class OtherAgencyError(DeskError):
    """Its message doesn't say why: users must not learn of another agency's dossiers."""

    code = "other-agency"
    default: ClassVar[str] = "this dossier number can't be used here: check it, or ask the administrator"
    default_vi = (
        "Không lưu được vào mã hồ sơ này. Hãy kiểm tra lại mã; nếu đúng, báo người quản trị hệ thống."
    )


class StackGoneError(DeskError):
    code = "stack-gone"
    default_vi = "Tập giấy tờ này đã lưu vào kho hoặc đã hủy."


class DeniedError(ScanflowError):
    exit_code = 13
    code = "denied"
    default_vi = "Chưa đăng nhập, hoặc tên hay mật khẩu chưa đúng."


class TargetError(ScanflowError):
    code = "target"
    default_vi = "Không ghi tiếp được vào thư mục kết quả. Hãy kiểm tra ổ đĩa rồi chạy lại lệnh."


class ServerUnreachableError(ScanflowError):
    code = "server-away"
    default_vi = "Chưa kết nối được máy chủ. Trang đã quét được giữ trên máy và sẽ tự gửi khi có kết nối."


class ScannerError(ScanflowError):
    exit_code = 11
    code = "scanner"
    default_vi = (
        "Máy quét báo lỗi. Hãy tắt máy quét, bật lại rồi thử lại; nếu vẫn lỗi, báo người quản trị hệ thống."
    )


class NoScannerError(ScannerError):
    code = "scanner-none"
    default_vi = (
        "Không tìm thấy máy quét. Hãy kiểm tra máy đã bật, dây cáp hoặc mạng đã nối, rồi tìm lại máy quét."
    )


class ScannerBusyError(ScannerError):
    code = "scanner-busy"
    default_vi = "Máy quét đang bận. Hãy chờ lượt quét kia xong rồi thử lại."


class ScannerDeniedError(ScannerError):
    code = "scanner-denied"
    default_vi = "Tài khoản này chưa được phép dùng máy quét. Hãy báo cho người quản trị hệ thống."


class ScannerRefusedError(ScannerError):
    code = "scanner-refused"
    default_vi = "Máy quét không làm được theo cấu hình đã chọn. Hãy chọn cấu hình quét khác."


class FeederEmptyError(ScannerError):
    code = "feeder-empty"
    default_vi = "Khay nạp giấy đang trống. Hãy đặt giấy vào khay rồi quét lại."


class PaperJamError(ScannerError):
    code = "paper-jam"
    default_vi = "Giấy bị kẹt trong máy quét. Hãy mở nắp, nhẹ tay rút tờ giấy bị kẹt ra rồi đóng nắp lại."


class CoverOpenError(ScannerError):
    code = "cover-open"
    default_vi = "Nắp máy quét đang mở. Hãy đóng nắp lại."


class ScannerLostError(ScannerError):
    code = "scanner-lost"
    default_vi = "Mất kết nối với máy quét. Hãy kiểm tra nguồn điện và dây cáp hoặc mạng của máy quét."


class ScannerTimeoutError(ScannerError):
    code = "scanner-timeout"
    default_vi = "Máy quét không trả lời. Hãy tắt máy quét, chờ vài giây rồi bật lại."


class ScanInterruptedError(ScannerError):
    code = "scan-interrupted"
    default_vi = (
        "Việc quét bị ngắt giữa chừng vì máy tính ở quầy vừa tắt. Các trang đã quét xong vẫn còn nguyên."
    )


class ScanCancelledError(ScannerError):
    code = "scan-cancelled"
    default_vi = "Đã dừng quét theo yêu cầu. Hãy lấy tờ giấy đang nằm trong máy quét ra."

"""A run's report as one HTML file. It has numbers of dossiers, and no text of the papers."""

from datetime import datetime

from scanflow.clock import in_vietnam
from scanflow.night.reocr import BETTER, KEPT, SAME, UNDONE
from scanflow.night.reports.report import RunReport
from scanflow.night.reports.report_page import Bilingual, Table, html_page
from scanflow.night.rework import RENEWED
from scanflow.night.runs.document_item import CHANGED, GONE, UNREADABLE
from scanflow.night.runs.running import FAILED

_WORDS = {
    RENEWED: Bilingual("đã cập nhật", "renewed"),
    BETTER: Bilingual("tốt hơn, đã lưu phiên bản mới", "better, a new version was filed"),
    SAME: Bilingual("như cũ", "as good as before"),
    KEPT: Bilingual("giữ nguyên văn bản cũ", "not better, the old text stays"),
    UNREADABLE: Bilingual("không mở được tệp", "the file could not be taken apart"),
    CHANGED: Bilingual("có người sửa cùng lúc", "changed by somebody meanwhile"),
    GONE: Bilingual("không còn", "not there any more"),
    FAILED: Bilingual("bị lỗi", "failed"),
    UNDONE: Bilingual("đã hoàn tác", "undone"),
    "waiting": Bilingual("đang chờ", "waiting"),
    "in hand": Bilingual("đang xử lý", "in hand"),
}
_STATES = {
    "open": Bilingual("chưa xong", "not at its end"),
    "done": Bilingual("đã xong", "done"),
    "stopped": Bilingual("đã dừng", "stopped"),
    "failed": Bilingual("bị lỗi", "failed"),
    "undone": Bilingual("đã hoàn tác", "undone"),
}


def result_words(result: str) -> Bilingual:
    """A result in Vietnamese and in English."""
    return _WORDS.get(result, Bilingual(result, result))


def state_words(state: str) -> Bilingual:
    """A run's state in Vietnamese and in English."""
    return _STATES.get(state, Bilingual(state, state))


def as_html(report: RunReport) -> bytes:
    """The report as a whole page."""
    facts = [
        (Bilingual("Bắt đầu", "Started"), _time(report.started_at)),
        (Bilingual("Kết thúc", "Ended"), _time(report.ended_at)),
        (Bilingual("Người chạy", "Started by"), report.started_by),
        (Bilingual("Khung giờ", "Window"), report.window or "–"),
        (Bilingual("Số giấy tờ", "Documents"), report.documents),
        (Bilingual("Số trang đã đọc lại", "Pages read again"), report.pages),
        (
            Bilingual("Số ký tự dự kiến đúng thêm", "Letters expected to be right more"),
            f"{report.gain:.0f}",
        ),
        (Bilingual("Trở nên kém hơn", "Worse than before"), report.worse),
        (Bilingual("Đổi loại hoặc thành phần", "Type or row followed"), report.retyped),
        (Bilingual("Chờ người kiểm tra", "Waiting for a reviewer"), report.to_check),
        (Bilingual("Giờ xử lý", "Hours of work"), f"{report.seconds / 3600:.2f}"),
    ]
    counts = [(result_words(name), number) for name, number in report.counts.items()]
    examples = [
        (each.subject, f"{each.version_before} → {each.version_after}", each.score.get("gain"))
        for each in report.examples
    ]
    heads = (
        Bilingual("Giấy tờ", "Document"),
        Bilingual("Phiên bản", "Version"),
        Bilingual("Ký tự", "Letters"),
    )
    return html_page(
        Bilingual(f"Đợt đọc lại {report.run}", f"Run {report.run}"),
        state_words(report.state),
        [
            Table(Bilingual("Đợt xử lý", "Run"), facts),
            Table(Bilingual("Kết quả", "Results"), counts),
            Table(Bilingual("Cải thiện nhiều nhất", "Gained most"), examples, heads),
        ],
        ok=report.worse == 0 and report.state != "failed",
    )


def _time(at: datetime | None) -> str:
    return f"{in_vietnam(at):%d/%m/%Y %H:%M}" if at else "–"

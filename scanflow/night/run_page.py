"""A run's report as one HTML file. It holds numbers of dossiers, and nothing of what stands in the papers."""

from datetime import datetime

from scanflow.clock import in_vietnam
from scanflow.night.document_item import CHANGED, GONE, UNREADABLE
from scanflow.night.reocr import BETTER, KEPT, SAME, UNDONE
from scanflow.night.report import Report
from scanflow.night.report_page import Said, Table, html_page
from scanflow.night.rework import RENEWED
from scanflow.night.running import FAILED

_WORDS = {
    RENEWED: Said("đã cập nhật", "renewed"),
    BETTER: Said("tốt hơn, đã lưu phiên bản mới", "better, a new version was filed"),
    SAME: Said("như cũ", "as good as before"),
    KEPT: Said("giữ nguyên văn bản cũ", "not better, the old text stays"),
    UNREADABLE: Said("không mở được tệp", "the file could not be taken apart"),
    CHANGED: Said("có người sửa cùng lúc", "changed by somebody meanwhile"),
    GONE: Said("không còn", "not there any more"),
    FAILED: Said("bị lỗi", "failed"),
    UNDONE: Said("đã hoàn tác", "undone"),
    "waiting": Said("đang chờ", "waiting"),
    "in hand": Said("đang xử lý", "in hand"),
}
_STATES = {
    "open": Said("chưa xong", "not at its end"),
    "done": Said("đã xong", "done"),
    "stopped": Said("đã dừng", "stopped"),
    "failed": Said("bị lỗi", "failed"),
    "undone": Said("đã hoàn tác", "undone"),
}


def result_words(result: str) -> Said:
    """A result in Vietnamese and in English."""
    return _WORDS.get(result, Said(result, result))


def state_words(state: str) -> Said:
    """A run's state in Vietnamese and in English."""
    return _STATES.get(state, Said(state, state))


def as_html(report: Report) -> bytes:
    """The report as a whole page."""
    facts = [
        (Said("Bắt đầu", "Started"), _time(report.started_at)),
        (Said("Kết thúc", "Ended"), _time(report.ended_at)),
        (Said("Người chạy", "Started by"), report.started_by),
        (Said("Khung giờ", "Window"), report.window or "–"),
        (Said("Số giấy tờ", "Documents"), report.documents),
        (Said("Số trang đã đọc lại", "Pages read again"), report.pages),
        (Said("Số ký tự dự kiến đúng thêm", "Letters expected to be right more"), f"{report.gain:.0f}"),
        (Said("Trở nên kém hơn", "Worse than before"), report.worse),
        (Said("Đổi loại hoặc thành phần", "Type or row followed"), report.retyped),
        (Said("Chờ người kiểm tra", "Waiting for a reviewer"), report.to_check),
        (Said("Giờ xử lý", "Hours of work"), f"{report.seconds / 3600:.2f}"),
    ]
    counts = [(result_words(name), number) for name, number in report.counts.items()]
    examples = [
        (each.subject, f"{each.version_before} → {each.version_after}", each.score.get("gain"))
        for each in report.examples
    ]
    heads = (Said("Giấy tờ", "Document"), Said("Phiên bản", "Version"), Said("Ký tự", "Letters"))
    return html_page(
        Said(f"Đợt đọc lại {report.run}", f"Run {report.run}"),
        state_words(report.state),
        [
            Table(Said("Đợt xử lý", "Run"), facts),
            Table(Said("Kết quả", "Results"), counts),
            Table(Said("Cải thiện nhiều nhất", "Gained most"), examples, heads),
        ],
        ok=report.worse == 0 and report.state != "failed",
    )


def _time(at: datetime | None) -> str:
    return f"{in_vietnam(at):%d/%m/%Y %H:%M}" if at else "–"

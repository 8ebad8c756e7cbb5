"""The names of the steps that can be left out. They are not in `steps`, which imports image libraries.

The program checks `[ocr] skip` when it starts; the child processes leave the steps out.
"""

from typing import TYPE_CHECKING

from scanflow.errors import SettingsError

if TYPE_CHECKING:
    from scanflow.settings import OcrSettings

AROUND = ("flatten_photographs", "rotate_pages", "deskew", "read_unprepared", "try_other_orientations")
"""Steps that take perspective out, choose geometries and repeat attempts (`scanflow.recognition.page`)."""

SLOW = ("rerecognize_uncertain_lines",)
"""What `[ocr] fast` leaves out."""

OPTIONAL = (
    *AROUND,
    "drop_colour_seals",
    "drop_grey_seals",
    "drop_black_rings",
    "drop_streaks",
    "smooth_dither",
    "level_background",
    "straighten_parts",
    "read_digit_boxes",
    "remove_dot_leaders",
    "read_in_batch",
    *SLOW,
    "recover_missed_lines",
    "mark_handwriting",
    "read_tick_boxes",
    "find_ruled_tables",
    "read_cell_numbers",
    "read_page_number",
    "part_glued_words",
    "drop_noise",
    "drop_scraps",
    "drop_received_stamps",
    "part_esignatures",
    "order_words",
    "repair_tokens",
    "mark_filled_slots",
    "correct_diacritics",
    "calibrate_confidence",
)
"""The names of all steps that can be left out, in their order."""


def skipped(settings: "OcrSettings") -> frozenset[str]:
    """The steps that settings leave out. Raises SettingsError for a name that isn't one of `OPTIONAL`."""
    unknown = sorted(set(settings.skip) - set(OPTIONAL))
    if unknown:
        raise SettingsError(
            f"[ocr] skip: no such step: {', '.join(unknown)}; there are {', '.join(OPTIONAL)}",
            "Cấu hình [ocr] skip có tên bước không tồn tại. Hãy báo cho người quản trị hệ thống.",
        )
    return frozenset(settings.skip) | (frozenset(SLOW) if settings.fast else frozenset())

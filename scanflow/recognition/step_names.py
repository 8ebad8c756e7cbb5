"""The names of the steps that can be left out, and which of them the settings leave out.

They are not in `steps`, because that module loads image libraries and the program checks `[ocr] skip` when it
starts.
"""

from typing import TYPE_CHECKING

from scanflow.errors import SettingsError

if TYPE_CHECKING:
    from scanflow.child_settings import ChildSettings
    from scanflow.settings import Settings

AROUND = ("flatten_photographs", "rotate_pages", "deskew", "read_unprepared", "try_other_orientations")
"""Steps that are not in the lists of `steps`: `page` removes perspective, chooses the geometry and repeats
attempts itself.
"""

SLOW = ("rerecognize_uncertain_lines",)
"""The steps that `[ocr] fast` leaves out."""

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
"""The names of all steps that can be left out, in the order in which they run."""


def skipped(settings: "ChildSettings | Settings") -> frozenset[str]:
    """The steps that the settings leave out, by `[ocr] skip`, `[ocr] fast` and the switches of `[imaging]`.

    Raises SettingsError for a name in `[ocr] skip` that is not in `OPTIONAL`.
    """
    ocr, imaging = settings.ocr, settings.imaging
    unknown = sorted(set(ocr.skip) - set(OPTIONAL))
    if unknown:
        raise SettingsError(
            f"[ocr] skip: no such step: {', '.join(unknown)}; there are {', '.join(OPTIONAL)}",
            "Cấu hình [ocr] skip có tên bước không tồn tại. Hãy báo cho người quản trị hệ thống.",
        )
    switches = {"rotate_pages": imaging.rotate_pages, "deskew": imaging.deskew}
    off = (step for step, on in switches.items() if not on)
    return frozenset([*ocr.skip, *(SLOW if ocr.fast else ()), *off])

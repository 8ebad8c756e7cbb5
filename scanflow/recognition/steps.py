"""The named steps of recognition, in the order in which they run.

A step takes the state of an attempt to read a page, and the run, and returns the changed state. Most steps
can be left out (`[ocr] skip`); `python -m bench.ablation` uses this to measure what each step gives. Steps
that a later step needs cannot be left out. A step that needs a capability which the engine does not have is
left out, too: `left_out` names such steps, and `scanflow doctor` shows them.

    prepare   drop_colour_seals, drop_grey_seals, drop_black_rings, drop_streaks, smooth_dither,
              fit_resolution, level_background, make_upright, straighten_parts, read_digit_boxes,
              remove_dot_leaders
    read      read_in_batch, recognize, rerecognize_uncertain_lines, recover_missed_lines, mark_handwriting,
              insert_box_numbers, read_tick_boxes, find_ruled_tables, read_cell_numbers, read_page_number,
              to_page_points
    finish    part_glued_words, drop_noise, drop_scraps, drop_received_stamps, part_esignatures, order_words,
              repair_tokens, mark_filled_slots, correct_diacritics, calibrate_confidence, return_parts
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scanflow.imaging import engine_copy
from scanflow.imaging.dither import smooth_dither
from scanflow.imaging.geometry.parts import MOST_PIECES, Part, straighten_parts
from scanflow.imaging.geometry.upright import to_upright
from scanflow.imaging.marks.black_rings import drop_black_rings
from scanflow.imaging.marks.grey_seals import find_grey_seals, lighten_grey_seals
from scanflow.imaging.marks.seals import COLOURS, coloured_inks, coloured_seals, ring_seals
from scanflow.imaging.marks.streaks import drop_streaks
from scanflow.imaging.raster import shrink
from scanflow.imaging.ruled_tables import find_tables
from scanflow.model import Box, Word
from scanflow.ocr import confidence
from scanflow.ocr.engines.base import BatchEngine, Capability, LineEngine
from scanflow.ocr.layout.esignatures import part_esignatures
from scanflow.ocr.layout.placement import insert_words
from scanflow.ocr.layout.reading_order import reading_order
from scanflow.ocr.layout.stamps import part_received_stamps
from scanflow.ocr.layout.table_cells import drop_rule_scraps
from scanflow.ocr.postcorrection.cell_numbers import read_cell_numbers
from scanflow.ocr.postcorrection.filled_slots import mark_filled_slots
from scanflow.ocr.postcorrection.glued_words import part_glued_words
from scanflow.ocr.postcorrection.handwriting import mark_handwriting
from scanflow.ocr.postcorrection.language_model import correct_diacritics, load_language
from scanflow.ocr.postcorrection.missed_lines import recover_missed_lines
from scanflow.ocr.postcorrection.page_number import read_page_number
from scanflow.ocr.postcorrection.rerecognition import rerecognize_uncertain_lines
from scanflow.ocr.postcorrection.token_repair import drop_scraps, repair_tokens
from scanflow.ocr.preprocessing.digit_boxes import read_digit_boxes
from scanflow.ocr.preprocessing.dot_leaders import remove_dot_leaders
from scanflow.ocr.preprocessing.tick_boxes import find_tick_boxes, insert_tick_boxes
from scanflow.recognition.state import RecognitionState, Run
from scanflow.units import POINTS_PER_INCH

Action = Callable[[RecognitionState, Run], RecognitionState]


@dataclass(frozen=True, slots=True)
class Step:
    """A named step. `needs`: a capability that the engine must have; `required`: it can't be left out."""

    name: str
    act: Action
    needs: Capability | None = None
    required: bool = False


def run_steps(steps: Sequence[Step], state: RecognitionState, run: Run) -> RecognitionState:
    """The state after those steps that are not left out. The run records the time of each step."""
    for step in steps:
        if step.name in run.skip or (step.needs and step.needs not in run.engine.capabilities):
            continue
        with run.timed(step.name):
            state = step.act(state, run)
    return state


# --- prepare: from the captured raster to the engine's copy ----------------------------------------------


def _drop_colour_seals(state: RecognitionState, _run: Run) -> RecognitionState:
    sheet = state.sheet
    if not engine_copy.has_colours(sheet.image):
        return state
    red, blue = coloured_inks(sheet.image, sheet.dpi, COLOURS)
    copy = engine_copy.drop_red_seals(sheet.image, sheet.dpi, red)
    return replace(state, copy=copy, seals=coloured_seals((red, blue)))


def _drop_grey_seals(state: RecognitionState, _run: Run) -> RecognitionState:
    sheet = state.sheet
    if engine_copy.has_colours(sheet.image) or (found := find_grey_seals(state.copy, sheet.dpi)) is None:
        return state
    copy = lighten_grey_seals(state.copy, sheet.dpi, found)
    return replace(state, copy=copy, seals=ring_seals(found.rings, "grey"))


def _drop_black_rings(state: RecognitionState, _run: Run) -> RecognitionState:
    sheet = state.sheet
    if state.seals or engine_copy.has_colours(sheet.image):
        return state
    return replace(state, copy=drop_black_rings(state.copy, sheet.dpi))


def _drop_streaks(state: RecognitionState, _run: Run) -> RecognitionState:
    """A feeder's streaks run straight along the raster as it was captured; a photograph has none."""
    if state.sheet.photograph is not None:
        return state
    return replace(state, copy=drop_streaks(state.copy, state.dpi))


def _smooth_dither(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, copy=smooth_dither(state.copy))


def _fit_resolution(state: RecognitionState, _run: Run) -> RecognitionState:
    """Reduce the copy to the resolution that the engine reads best.

    A copy of a lower resolution is enlarged by `make_upright`, so that it is resampled only once.
    """
    copy, dpi = shrink(state.copy, state.dpi, state.sheet.engine_dpi)
    return replace(state, copy=copy, dpi=dpi)


def _level_background(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, copy=engine_copy.level_background(state.copy, state.dpi))


def _make_upright(state: RecognitionState, _run: Run) -> RecognitionState:
    wanted = state.sheet.engine_dpi
    copy = to_upright(state.copy, state.geometry, scale=wanted / state.dpi)
    return replace(state, copy=copy, dpi=wanted)


def _straighten_parts(state: RecognitionState, _run: Run) -> RecognitionState:
    if state.sheet.text.pieces > MOST_PIECES:
        return state
    copy, parts = straighten_parts(state.copy, state.dpi)
    return replace(state, copy=copy, parts=parts)


def _make_upright_unprepared(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, copy=to_upright(state.copy, state.geometry))


def _read_digit_boxes(state: RecognitionState, run: Run) -> RecognitionState:
    copy, numbers = read_digit_boxes(state.copy, state.dpi, _line_engine(run))
    return replace(state, copy=copy, numbers=tuple(numbers))


def _remove_dot_leaders(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, copy=remove_dot_leaders(state.copy, state.dpi), with_leaders=state.copy)


# --- read: the engine, and the lines that it missed ------------------------------------------------------


def _read_in_batch(state: RecognitionState, run: Run) -> RecognitionState:
    words = _batch_engine(run).recognize_in_batch(state.copy, state.dpi, quick=run.settings.ocr.fast)
    return replace(state, words=tuple(words), read_in_batch=True)


def _recognize(state: RecognitionState, run: Run) -> RecognitionState:
    """Read the page, unless `read_in_batch` has read it."""
    if state.read_in_batch:
        return state
    return replace(state, words=tuple(run.engine.recognize(state.copy, state.dpi)))


def _rerecognize_uncertain_lines(state: RecognitionState, run: Run) -> RecognitionState:
    engine = _line_engine(run)
    read_lines = _batch_engine(run).recognize_lines if state.read_in_batch else None
    words = rerecognize_uncertain_lines(state.words, state.copy, state.dpi, engine, read_lines)
    return replace(state, words=tuple(words))


def _recover_missed_lines(state: RecognitionState, run: Run) -> RecognitionState:
    words = recover_missed_lines(state.words, state.copy, state.dpi, _line_engine(run))
    return replace(state, words=tuple(words))


def _mark_handwriting(state: RecognitionState, run: Run) -> RecognitionState:
    words = mark_handwriting(state.words, state.copy, state.copy_with_leaders, state.dpi, run.engine.scale)
    return replace(state, words=tuple(words))


def _insert_box_numbers(state: RecognitionState, _run: Run) -> RecognitionState:
    words = list(state.words)
    for number in state.numbers:
        words = insert_words(words, [number])
    return replace(state, words=tuple(words))


def _read_tick_boxes(state: RecognitionState, _run: Run) -> RecognitionState:
    boxes = find_tick_boxes(state.copy_with_leaders, state.dpi)
    return replace(state, words=tuple(insert_tick_boxes(state.words, boxes))) if boxes else state


def _find_ruled_tables(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, tables=find_tables(state.copy_with_leaders, state.dpi))


def _read_cell_numbers(state: RecognitionState, run: Run) -> RecognitionState:
    words = read_cell_numbers(state.words, state.copy, state.dpi, state.tables, _line_engine(run))
    return replace(state, words=tuple(words))


def _read_page_number(state: RecognitionState, run: Run) -> RecognitionState:
    words = read_page_number(state.words, state.copy, state.dpi, _line_engine(run))
    return replace(state, words=tuple(words))


def _to_page_points(state: RecognitionState, _run: Run) -> RecognitionState:
    """Convert boxes from points of the copy to points of the upright sheet.

    The horizontal and the vertical factor differ where the file's two resolutions do, by less than two per
    cent: larger differences are resampled (`decode.square`). One per cent is eight points at the bottom of a
    page.
    """
    height, width = state.copy.shape
    across = state.size[0] * state.dpi / (POINTS_PER_INCH * width)
    along = state.size[1] * state.dpi / (POINTS_PER_INCH * height)

    def scaled(box: Box) -> Box:
        return Box(box.left * across, box.top * along, box.right * across, box.bottom * along)

    words = tuple(replace(word, box=scaled(word.box)) for word in state.words)
    tables = [[scaled(cell) for cell in table] for table in state.tables]
    parts = tuple(part.in_points(state.size[0] / width, state.size[1] / height) for part in state.parts)
    return replace(state, words=words, tables=tables, parts=parts)


def _line_engine(run: Run) -> LineEngine:
    """The engine as one that reads single lines; only for steps that need this capability."""
    if not isinstance(run.engine, LineEngine):
        raise TypeError(f"{run.engine.name} says that it reads lines and has no recognize_line")
    return run.engine


def _batch_engine(run: Run) -> BatchEngine:
    """The engine as one that reads many lines at once; only for steps that need this capability."""
    if not isinstance(run.engine, BatchEngine):
        raise TypeError(f"{run.engine.name} says that it reads in batches and has no recognize_in_batch")
    return run.engine


# --- finish: from the words of the best attempt to the page's text ---------------------------------------


def _drop_noise(state: RecognitionState, run: Run) -> RecognitionState:
    return replace(state, words=tuple(confidence.drop_noise(state.words, run.engine.scale)))


def _drop_scraps(state: RecognitionState, run: Run) -> RecognitionState:
    words = drop_scraps(state.words, state.size[0], run.engine.scale)
    return replace(state, words=tuple(drop_rule_scraps(words, state.tables)))


def _drop_received_stamps(state: RecognitionState, _run: Run) -> RecognitionState:
    """Put the words of received-stamps after the text.

    `drop` stays in the step's name because settings and the ids of readers contain it.
    """
    return replace(state, words=tuple(part_received_stamps(state.words, state.size[1])))


def _part_esignatures(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, words=tuple(part_esignatures(state.words)))


def _order_words(state: RecognitionState, _run: Run) -> RecognitionState:
    """Order the text. The blocks of stamps, with the handwriting in them, stay after it."""
    stamps = list(dict.fromkeys(word.block for word in state.words if word.kind == "stamp"))
    text = [word for word in state.words if word.block not in stamps]
    ordered = reading_order(text, state.size, state.tables)
    following = 1 + max((word.block for word in ordered), default=-1)
    apart = (
        replace(word, block=following + stamps.index(word.block))
        for word in state.words
        if word.block in stamps
    )
    return replace(state, words=(*ordered, *apart))


def _repair_tokens(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, words=tuple(repair_tokens(state.words)))


def _part_glued_words(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, words=tuple(part_glued_words(state.words, load_language().is_usual)))


def _mark_filled_slots(state: RecognitionState, run: Run) -> RecognitionState:
    return replace(state, words=tuple(mark_filled_slots(state.words, run.engine.scale)))


def _correct_diacritics(state: RecognitionState, _run: Run) -> RecognitionState:
    return replace(state, words=tuple(correct_diacritics(state.words, load_language())))


def _calibrate_confidence(state: RecognitionState, run: Run) -> RecognitionState:
    return replace(state, words=tuple(confidence.calibrated(state.words, run.engine.calibration)))


def _return_parts(state: RecognitionState, _run: Run) -> RecognitionState:
    """Move the words of parts that were straightened to their places on the page."""
    return replace(state, words=tuple(_moved_back(word, state.parts) for word in state.words))


def _moved_back(word: Word, parts: Sequence[Part]) -> Word:
    x, y = word.box.centre_x, word.box.centre_y
    for part in parts:
        if part.holds(x, y):
            to_x, to_y = (float(value) for value in part.back @ (x, y, 1.0))
            return replace(word, box=word.box.moved(to_x - x, to_y - y))
    return word


# --- the lists -------------------------------------------------------------------------------------------

PREPARE = (
    Step("drop_colour_seals", _drop_colour_seals),
    Step("drop_grey_seals", _drop_grey_seals),
    Step("drop_black_rings", _drop_black_rings),
    Step("drop_streaks", _drop_streaks),
    Step("smooth_dither", _smooth_dither),
    Step("fit_resolution", _fit_resolution, required=True),
    Step("level_background", _level_background),
    Step("make_upright", _make_upright, required=True),
    Step("straighten_parts", _straighten_parts),
    Step("read_digit_boxes", _read_digit_boxes, needs="lines"),
    Step("remove_dot_leaders", _remove_dot_leaders),
)
RECOGNIZE = Step("recognize", _recognize, required=True)
MARK_HANDWRITING = Step("mark_handwriting", _mark_handwriting)
TO_PAGE_POINTS = Step("to_page_points", _to_page_points, required=True)
READ = (
    Step("read_in_batch", _read_in_batch, needs="batch"),
    RECOGNIZE,
    Step("rerecognize_uncertain_lines", _rerecognize_uncertain_lines, needs="lines"),
    Step("recover_missed_lines", _recover_missed_lines, needs="lines"),
    MARK_HANDWRITING,
    Step("insert_box_numbers", _insert_box_numbers, required=True),
    Step("read_tick_boxes", _read_tick_boxes),
    Step("find_ruled_tables", _find_ruled_tables),
    Step("read_cell_numbers", _read_cell_numbers, needs="lines"),
    Step("read_page_number", _read_page_number, needs="lines"),
    TO_PAGE_POINTS,
)
READ_UNPREPARED = (
    Step("make_upright", _make_upright_unprepared, required=True),
    RECOGNIZE,
    MARK_HANDWRITING,
    TO_PAGE_POINTS,
)
"""Reads the page as it was captured, only made upright: for pages that are read poorly when prepared."""

FINISH = (
    Step("part_glued_words", _part_glued_words),
    Step("drop_noise", _drop_noise),
    Step("drop_scraps", _drop_scraps),
    Step("drop_received_stamps", _drop_received_stamps),
    Step("part_esignatures", _part_esignatures),
    Step("order_words", _order_words),
    Step("repair_tokens", _repair_tokens),
    Step("mark_filled_slots", _mark_filled_slots),
    Step("correct_diacritics", _correct_diacritics),
    Step("calibrate_confidence", _calibrate_confidence),
    Step("return_parts", _return_parts, required=True),
)


@dataclass(frozen=True, slots=True)
class StepLists:
    """The four lists of a page's steps. Benchmarks replace the action of a step (`with_action`)."""

    prepare: tuple[Step, ...] = PREPARE
    read: tuple[Step, ...] = READ
    read_unprepared: tuple[Step, ...] = READ_UNPREPARED
    finish: tuple[Step, ...] = FINISH

    def with_action(self, name: str, act: Action) -> "StepLists":
        """The lists with another action for the step of this name. Raises KeyError where there is none."""
        lists = (self.prepare, self.read, self.read_unprepared, self.finish)
        if not any(step.name == name for steps in lists for step in steps):
            raise KeyError(name)
        return StepLists(
            *(
                tuple(replace(step, act=act) if step.name == name else step for step in steps)
                for steps in lists
            )
        )


STEPS = StepLists()


def left_out(run: Run) -> tuple[str, ...]:
    """The names of steps that the settings keep but the run's engine can't support."""
    steps = (*PREPARE, *READ, *FINISH)
    return tuple(
        step.name
        for step in steps
        if step.needs and step.needs not in run.engine.capabilities and step.name not in run.skip
    )

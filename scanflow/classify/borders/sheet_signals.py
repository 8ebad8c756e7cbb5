"""Signals of the sheet and its scan: size, colour, margin, blank backs, each as in `border_signals`."""

from scanflow.classify.borders.border_context import BorderContext

# Two scans of one size differ by less than this share: feeders and cropping are not exact.
SAME_SIZE = 0.02
SAME_DPI = 0.02
# Grey levels by which the bare paper of two scans of different sheets differs.
OTHER_TONE = 12
SAME_LETTERS = 0.15
OTHER_MARGIN = 28.0  # points, a centimetre


def other_size(context: BorderContext) -> float:
    one, other = context.before.reading.size, context.page.reading.size
    return float(any(abs(a - b) > SAME_SIZE * max(a, b) for a, b in zip(one, other, strict=True)))


def other_resolution(context: BorderContext) -> float:
    one, other = max(context.before.reading.dpi), max(context.page.reading.dpi)
    return float(abs(one - other) > SAME_DPI * max(one, other))


def other_scan(context: BorderContext) -> float:
    """Black and white beside grey or colour, or a sheet of another tone: another scanner, copier or paper."""
    one, other = context.before.reading.look, context.page.reading.look
    if not one.depth or not other.depth:
        return 0.0
    return float(one.depth != other.depth or abs(one.paper - other.paper) > OTHER_TONE)


def other_letters(context: BorderContext) -> float:
    one, other = context.before.seen.letter_height, context.page.seen.letter_height
    return float(bool(one and other) and abs(one - other) > SAME_LETTERS * max(one, other))


def other_margin(context: BorderContext) -> float:
    return float(abs(context.before.left_margin - context.page.left_margin) > OTHER_MARGIN)


def behind_blank(context: BorderContext) -> float:
    return float(context.page.index in context.placing.behind_blank)


def overleaf(context: BorderContext) -> float:
    return float(context.page.index in context.placing.overleaf)

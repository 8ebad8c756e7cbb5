"""Signals of a page that follows an act (quyết định, thông tư …) or its annexes; see `border_signals`."""

from scanflow.classify.borders.border_context import BorderContext, cites


def after_act(context: BorderContext) -> float:
    return float(context.first.is_act)


def appendix(context: BorderContext) -> float:
    """The page calls itself an appendix (phụ lục), which is no paper of its own."""
    return float(context.page.annex is not None and context.page.annex.kind == "appendix")


def annex_of_act(context: BorderContext) -> float:
    """The page calls itself an annex, and the paper is an act."""
    return float(context.first.is_act and context.page.annex is not None)


def annex_announced(context: BorderContext) -> float:
    return float(context.announced and context.page.annex is not None)


def annex_after_annexes(context: BorderContext) -> float:
    return float(context.annexes_begun and context.page.annex is not None)


def attachment_announced(context: BorderContext) -> float:
    """A heading of an attachment (danh sách, quy chế …) after an act that mentions attachments."""
    return float((context.announced or context.annexes_begun) and context.page.is_attachment)


def cites_this_act(context: BorderContext) -> float:
    """The page says that it is attached to an act of this kind and agency, or of this kind and number."""
    return float(_cites_one(context) and context.first.is_act and cites(context.page, context.first))


def cites_another_act(context: BorderContext) -> float:
    return float(_cites_one(context) and not cites(context.page, context.first))


def _cites_one(context: BorderContext) -> bool:
    return context.page.annex is not None and context.page.citation is not None


def head_among_annexes(context: BorderContext) -> float:
    """A national head after an act's annexes: of a model form as likely as of another paper."""
    return float(context.among_annexes and context.page.has_motto)


def unmarked_head_among_annexes(context: BorderContext) -> float:
    """The same on a page that doesn't call itself an annex.

    The value is the higher the less the page looks like a form that nobody filled in.
    """
    page = context.page
    unmarked = context.among_annexes and page.has_motto and page.annex is None
    return 1 - page.blanks if unmarked else 0.0


def other_symbol_among_annexes(context: BorderContext) -> float:
    """A symbol that is not the act's; lower on blank forms, which have a symbol as well."""
    page, act = context.page, context.first
    other = context.among_annexes and bool(page.symbol) and bool(act.symbol) and page.symbol != act.symbol
    return 1 - page.blanks if other else 0.0


def dated_among_annexes(context: BorderContext) -> float:
    """A date of issue in a head: an annex has none of its own."""
    return float(context.among_annexes and context.page.is_dated)


def title_among_annexes(context: BorderContext) -> float:
    """A known type's title; lower where the page looks like a form that nobody filled in."""
    return context.page.title_confidence * (1 - context.page.blanks) if context.among_annexes else 0.0


def heading_among_annexes(context: BorderContext) -> float:
    return float(context.among_annexes and context.has_unknown_heading and not context.page.is_attachment)


def number_among_annexes(context: BorderContext) -> float:
    """An official number with its digits: an annex has none of its own."""
    return float(context.among_annexes and context.page.numbered)


def headless_among_annexes(context: BorderContext) -> float:
    """No head, no title and no number after an act that mentions attachments: a table, a list, a plan."""
    page = context.page
    bare = not (page.has_head or page.title_confidence or page.is_separator)
    return float((context.announced or context.annexes_begun) and bare)


def open_form_among_annexes(context: BorderContext) -> float:
    return context.page.blanks if context.among_annexes else 0.0


def filled_form_after_act(context: BorderContext) -> float:
    return context.page.filled if context.first.is_act else 0.0


def answered_form_after_act(context: BorderContext) -> float:
    return context.page.answered if context.first.is_act else 0.0


def open_form_after_open_form(context: BorderContext) -> float:
    """A blank form after a blank form: model forms follow each other in an annex."""
    marked = context.page.annex is not None or context.page.has_placeholder
    return min(context.before.blanks, context.page.blanks) if marked else 0.0

"""Signals of a page behind an act (quyết định, thông tư …) and its annexes, each as in `border_signals`."""

from scanflow.classify.borders.border_context import BorderContext, cites


def after_act(context: BorderContext) -> float:
    return float(context.first.is_act)


def appendix(context: BorderContext) -> float:
    """It calls itself an appendix (phụ lục), which is no paper of its own."""
    return float(context.page.annex is not None and context.page.annex.kind == "appendix")


def annex_of_act(context: BorderContext) -> float:
    """It calls itself an annex, and the paper is an act."""
    return float(context.first.is_act and context.page.annex is not None)


def annex_announced(context: BorderContext) -> float:
    return float(context.announced and context.page.annex is not None)


def annex_after_annexes(context: BorderContext) -> float:
    return float(context.annexes_begun and context.page.annex is not None)


def attachment_announced(context: BorderContext) -> float:
    """A heading as attachments have it (danh sách, quy chế …) behind an act that speaks of some."""
    return float((context.announced or context.annexes_begun) and context.page.is_attachment)


def cites_this_act(context: BorderContext) -> float:
    """It says that it is attached to an act of this one's kind and agency, or of its kind and number."""
    return float(_cites_one(context) and context.first.is_act and cites(context.page, context.first))


def cites_another_act(context: BorderContext) -> float:
    return float(_cites_one(context) and not cites(context.page, context.first))


def _cites_one(context: BorderContext) -> bool:
    return context.page.annex is not None and context.page.citation is not None


def head_among_annexes(context: BorderContext) -> float:
    """A national head behind an act's annexes: a model form's as likely as another paper's."""
    return float(context.among_annexes and context.page.has_motto)


def unmarked_head_among_annexes(context: BorderContext) -> float:
    """A national head there on a page that doesn't call itself an annex: the more, the less it looks like a
    form that nobody filled in.
    """
    page = context.page
    unmarked = context.among_annexes and page.has_motto and page.annex is None
    return 1 - page.blanks if unmarked else 0.0


def other_symbol_among_annexes(context: BorderContext) -> float:
    """A number's symbol there that is not the act's, as blank forms have one as well."""
    page, act = context.page, context.first
    other = context.among_annexes and bool(page.symbol) and bool(act.symbol) and page.symbol != act.symbol
    return 1 - page.blanks if other else 0.0


def dated_among_annexes(context: BorderContext) -> float:
    """The day of issue in a head there: an annex has that of its act."""
    return float(context.among_annexes and context.page.is_dated)


def title_among_annexes(context: BorderContext) -> float:
    """A known type's title there: the more, the less the page looks like a form that nobody filled in."""
    return context.page.title_confidence * (1 - context.page.blanks) if context.among_annexes else 0.0


def heading_among_annexes(context: BorderContext) -> float:
    return float(context.among_annexes and context.has_unknown_heading and not context.page.is_attachment)


def number_among_annexes(context: BorderContext) -> float:
    """An official number with its digits: an annex has none of its own."""
    return float(context.among_annexes and context.page.numbered)


def headless_among_annexes(context: BorderContext) -> float:
    """No head, no title and no number behind an act that speaks of attachments: a table, a list, a plan."""
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
    """Model forms lie behind each other in what they are attached to."""
    marked = context.page.annex is not None or context.page.has_placeholder
    return min(context.before.blanks, context.page.blanks) if marked else 0.0

"""Signals of a page behind an act (quyết định, thông tư …) and its annexes, each as in `border_signals`."""

from scanflow.classify.joints import Joint, cites


def after_act(joint: Joint) -> float:
    return float(joint.first.is_act)


def appendix(joint: Joint) -> float:
    """It calls itself an appendix (phụ lục), which is no paper of its own."""
    return float(joint.page.annex is not None and joint.page.annex.kind == "appendix")


def annex_of_act(joint: Joint) -> float:
    """It calls itself an annex, and the paper is an act."""
    return float(joint.first.is_act and joint.page.annex is not None)


def annex_announced(joint: Joint) -> float:
    return float(joint.announced and joint.page.annex is not None)


def annex_after_annexes(joint: Joint) -> float:
    return float(joint.annexes_begun and joint.page.annex is not None)


def attachment_announced(joint: Joint) -> float:
    """A heading as attachments have it (danh sách, quy chế …) behind an act that speaks of some."""
    return float((joint.announced or joint.annexes_begun) and joint.page.is_attachment)


def cites_this_act(joint: Joint) -> float:
    """It says that it is attached to an act of this one's kind and agency, or of its kind and number."""
    return float(_cites_one(joint) and joint.first.is_act and cites(joint.page, joint.first))


def cites_another_act(joint: Joint) -> float:
    return float(_cites_one(joint) and not cites(joint.page, joint.first))


def _cites_one(joint: Joint) -> bool:
    return joint.page.annex is not None and joint.page.citation is not None


def head_among_annexes(joint: Joint) -> float:
    """A national head behind an act's annexes: a model form's as likely as another paper's."""
    return float(joint.among_annexes and joint.page.has_motto)


def unmarked_head_among_annexes(joint: Joint) -> float:
    """A national head there on a page that doesn't call itself an annex: the more, the less it looks like a
    form that nobody filled in.
    """
    page = joint.page
    unmarked = joint.among_annexes and page.has_motto and page.annex is None
    return 1 - page.blanks if unmarked else 0.0


def other_symbol_among_annexes(joint: Joint) -> float:
    """A number's symbol there that is not the act's, as blank forms have one as well."""
    page, act = joint.page, joint.first
    other = joint.among_annexes and bool(page.symbol) and bool(act.symbol) and page.symbol != act.symbol
    return 1 - page.blanks if other else 0.0


def dated_among_annexes(joint: Joint) -> float:
    """The day of issue in a head there: an annex has that of its act."""
    return float(joint.among_annexes and joint.page.is_dated)


def title_among_annexes(joint: Joint) -> float:
    """A known type's title there: the more, the less the page looks like a form that nobody filled in."""
    return joint.page.title_confidence * (1 - joint.page.blanks) if joint.among_annexes else 0.0


def heading_among_annexes(joint: Joint) -> float:
    return float(joint.among_annexes and joint.has_unknown_heading and not joint.page.is_attachment)


def number_among_annexes(joint: Joint) -> float:
    """An official number with its digits: an annex has none of its own."""
    return float(joint.among_annexes and joint.page.numbered)


def headless_among_annexes(joint: Joint) -> float:
    """No head, no title and no number behind an act that speaks of attachments: a table, a list, a plan."""
    page = joint.page
    bare = not (page.has_head or page.title_confidence or page.is_separator)
    return float((joint.announced or joint.annexes_begun) and bare)


def open_form_among_annexes(joint: Joint) -> float:
    return joint.page.blanks if joint.among_annexes else 0.0


def filled_form_after_act(joint: Joint) -> float:
    return joint.page.filled if joint.first.is_act else 0.0


def answered_form_after_act(joint: Joint) -> float:
    return joint.page.answered if joint.first.is_act else 0.0


def open_form_after_open_form(joint: Joint) -> float:
    """Model forms lie behind each other in what they are attached to."""
    marked = joint.page.annex is not None or joint.page.has_placeholder
    return min(joint.before.blanks, joint.page.blanks) if marked else 0.0

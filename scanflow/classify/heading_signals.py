"""Signals of how a page begins: head, title, number, what stands below them, each as in `border_signals`."""

from scanflow.classify.joints import Joint


def national_head(joint: Joint) -> float:
    return float(joint.opens_freely and joint.page.has_motto)


def known_title(joint: Joint) -> float:
    """A known type's title under the head of an official paper."""
    return joint.page.title_confidence if joint.opens_freely and joint.page.has_head else 0.0


def title_after_end(joint: Joint) -> float:
    """A known type's title without such a head, behind a page that is signed or formally ended."""
    return _bare_title(joint) if joint.has_ended else 0.0


def title_before_end(joint: Joint) -> float:
    """The same behind a page that is not: as likely the heading of a part."""
    return 0.0 if joint.has_ended else _bare_title(joint)


def _bare_title(joint: Joint) -> float:
    return joint.page.title_confidence if joint.opens_freely and not joint.page.has_head else 0.0


def plain_title(joint: Joint) -> float:
    """The words of a title, set like running text: a sentence may begin so, or a row of a list."""
    return joint.page.plain_title_confidence


def signs_of_another_type(joint: Joint) -> float:
    own = joint.own
    return joint.page.sign_confidence if own is not None and own is not joint.current else 0.0


def heading_after_end(joint: Joint) -> float:
    """A heading that no type knows, behind a page that is signed or formally ended."""
    return float(joint.opens_freely and joint.has_unknown_heading and joint.has_ended)


def heading_before_end(joint: Joint) -> float:
    """The same behind a page that is not: as likely the heading of a part."""
    heading = joint.opens_freely and joint.has_unknown_heading and not joint.has_ended
    return float(heading and not joint.is_unfinished)


def heading_in_unfinished(joint: Joint) -> float:
    """The same in a paper of a known type that may be long and is not signed: a contract's chapter."""
    heading = joint.opens_freely and joint.has_unknown_heading
    return float(heading and joint.is_unfinished)


def subject_below_heading(joint: Joint) -> float:
    return float(joint.opens_freely and joint.page.has_subject)


def person_below_heading(joint: Joint) -> float:
    return float(joint.page.names_person)


def official_number(joint: Joint) -> float:
    return float(joint.page.numbered)


def addressed(joint: Joint) -> float:
    return float(joint.page.addressed)

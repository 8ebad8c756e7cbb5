"""Addresses of dossiers: a number as one segment of a path."""

from urllib.parse import quote, unquote


def number_key(number: str) -> str:
    """A dossier's number as one segment of an address; a slash in it would be cut there."""
    return quote(number, safe="").replace("~", "%7E").replace("%", "~")


def number_of(key: str) -> str:
    """The dossier's number from its segment of an address; the reverse of `number_key`."""
    return unquote(key.replace("~", "%"))


def dossier_address(number: str, *parts: object) -> str:
    """The address of a dossier's page, or of what lies in it."""
    return "/".join(["/review/dossiers", number_key(number), *map(str, parts)])

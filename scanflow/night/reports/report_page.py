"""A report as a single HTML file without other resources: a title, figures, tables. In two languages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from scanflow.names import printable_text

MOST_ROWS = 2_000
"""Greatest number of rows of a table: browsers can't show a million; the JSON file has them all."""

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}
body{color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}.en{color:#555;font-weight:normal}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #ddd}
td{overflow-wrap:anywhere}.ok{color:#126b2e}.bad{color:#a01414}
@media(prefers-color-scheme:dark){body{color:#eee;background:#181818}.en{color:#aaa}
th,td{border-color:#444}.ok{color:#7fd79a}.bad{color:#ff9d9d}}
"""


@dataclass(frozen=True, slots=True)
class Bilingual:
    """A text in Vietnamese and in English."""

    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a heading; without `columns` a row is a name and its value."""

    title: Bilingual
    rows: Sequence[Sequence[object]]
    columns: Sequence[Bilingual] = ()


def html_page(title: Bilingual, verdict: Bilingual, tables: Iterable[Table], *, ok: bool) -> bytes:
    """The report's page. `verdict`: the result in a sentence; `ok`: whether it is good."""
    body = "".join(_table(each) for each in tables if each.rows)
    return (
        '<!doctype html><html lang="vi"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{_safe(title.vi)}</title><style>{_STYLE}</style></head><body>"
        f'<h1>{_both(title)}</h1><p class="{"ok" if ok else "bad"}">{_both(verdict)}</p>'
        f"{body}</body></html>\n"
    ).encode()


def _table(table: Table) -> str:
    head = "".join(f"<th>{_both(each)}</th>" for each in table.columns)
    rows = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in table.rows[:MOST_ROWS])
    more = len(table.rows) - MOST_ROWS
    rest = Bilingual(f"… và {more} dòng nữa trong tệp JSON", f"… and {more} more in the JSON file")
    note = f"<p>{_both(rest)}</p>" if more > 0 else ""
    top = f"<thead><tr>{head}</tr></thead>" if head else ""
    return f"<h2>{_both(table.title)}</h2><table>{top}<tbody>{rows}</tbody></table>{note}"


def _cell(value: object) -> str:
    return f"<td>{_both(value) if isinstance(value, Bilingual) else _safe(str(value))}</td>"


def _both(said: Bilingual) -> str:
    if said.vi == said.en:
        return _safe(said.vi)
    return f'{_safe(said.vi)} <span class="en" lang="en">{_safe(said.en)}</span>'


def _safe(text: str) -> str:
    return escape(printable_text(text))

"""The page layout of all HTML reports: a single file that loads nothing and is readable without scripts."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

# The page loads nothing; only its own inline style and scripts are allowed.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'"

SEARCH = """
const box=document.getElementById('search');
if(box){box.hidden=false;const field=box.querySelector('input');
const rows=[...document.querySelectorAll('[data-find]')];
field.addEventListener('input',()=>{const wanted=field.value.trim().toLowerCase();
for(const row of rows)row.hidden=wanted!==''&&!row.dataset.find.includes(wanted);});
document.addEventListener('keydown',e=>{if(e.key==='/'&&document.activeElement!==field){e.preventDefault();field.focus();}
if(e.key==='Escape'){field.value='';field.dispatchEvent(new Event('input'));field.blur();}});}
const opened=()=>{const t=document.getElementById(decodeURIComponent(location.hash.slice(1)));
for(let d=t;d;d=d.parentElement)if(d.tagName==='DETAILS')d.open=true;if(t)t.scrollIntoView();};
addEventListener('hashchange',opened);if(location.hash)opened();
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a page. `html` is trusted: its creator must escape foreign values with `text`."""

    id: str
    title: str
    html: str


def page(
    title: str,
    verdict: str,
    ok: bool | None,
    facts: list[tuple[str, str]],
    sections: list[Section],
    data: Any,
    *,
    style: str = "",
) -> str:
    """A complete page: the result, the facts about the run, and the sections. `ok` None means undecided.

    `data` is embedded as JSON for programs that read the report. `style` is additional CSS. The same arguments always give
    the same bytes.
    """
    state = {True: "good", False: "bad", None: "open"}[ok]
    mark = {True: "✔", False: "✘", None: "?"}[ok]
    links = "".join(f'<a href="#{text(section.id)}">{text(section.title)}</a>' for section in sections)
    told = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    parts = "".join(
        f'<section id="{text(section.id)}"><h2>{text(section.title)}</h2>{section.html}</section>'
        for section in sections
    )
    style = (files(__package__) / "shell.css").read_text("utf-8") + style
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{text(title)}</title><style>{style}</style></head><body>"
        f'<header><p class="brand">Scimulator</p><h1>{text(title)}</h1>'
        f'<p class="verdict {state}"><span aria-hidden="true">{mark}</span> {text(verdict)}</p></header>'
        f'<dl class="facts">{told}</dl>'
        f'<nav aria-label="Sections">{links}'
        '<label id="search" hidden>Search <kbd>/</kbd> <input type="search" autocomplete="off"></label></nav>'
        f"<main>{parts}</main>"
        f'<script type="application/json" id="data">{_json(data)}</script><script>{SEARCH}</script></body></html>\n'
    )


def text(value: object) -> str:
    """The value escaped for HTML text and attributes, with control and direction characters made visible."""
    return html.escape(_HIDDEN.sub(lambda found: f"\\u{ord(found[0]):04x}", str(value)), quote=True)


def table(head: list[str], rows: list[list[str]], *, numbers: frozenset[int] = frozenset()) -> str:
    """A table of trusted cells; the columns in `numbers` are right-aligned."""
    titles = "".join(f'<th{_right(at, numbers)} scope="col">{text(name)}</th>' for at, name in enumerate(head))
    lines = "".join(
        "<tr>" + "".join(f"<td{_right(at, numbers)}>{cell}</td>" for at, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table></div>'


def _right(at: int, numbers: frozenset[int]) -> str:
    return ' class="number"' if at in numbers else ""


# Control characters, and characters that change the text direction, which could make a page misleading.
_HIDDEN = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")


def _json(data: Any) -> str:
    """JSON that is safe inside a script element."""
    dumped = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return dumped.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

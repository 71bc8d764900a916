"""The page shell escapes foreign text, embeds data that can be read again, and loads nothing."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.report.page import Section, page, table, text

HOSTILE = [
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!--",
    "\u202eevil",
    "a\u2028b",
    "&lt;",
]


class Seen(HTMLParser):
    """What a browser would see: start tags with their attributes, and the text in each kind of element."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(document)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.tags[-1][0] if self.tags else "", []).append(data)


def made(title: str = "Run", verdict: str = "Fine.", ok: bool | None = True, data: Any = None) -> str:
    sections = [Section("one", f"First {title}", "<p>trusted</p>"), Section("two", "Second", table(["A"], [["1"]]))]
    return page(title, verdict, ok, [("Target", title)], sections, data)


@pytest.mark.parametrize("foreign", HOSTILE)
def test_foreign_text_adds_no_element(foreign: str) -> None:
    def shape(document: str) -> list[tuple[str, set[str]]]:
        return [(tag, set(attributes)) for tag, attributes in Seen(document).tags]

    assert shape(made(foreign, foreign, data={"a": foreign})) == shape(made())


@pytest.mark.parametrize("data", [{"name": value, "list": [1, None, True]} for value in HOSTILE])
def test_embedded_data_is_read_back_unchanged(data: Any) -> None:
    document = made(data=data)
    start = document.index('id="data">') + len('id="data">')
    assert json.loads(document[start : document.index("</script>", start)]) == data


@pytest.mark.parametrize(("ok", "state", "mark"), [(True, "good", "✔"), (False, "bad", "✘"), (None, "open", "?")])
def test_the_verdict_has_a_mark_as_well_as_a_color(ok: bool | None, state: str, mark: str) -> None:
    document = made(ok=ok)
    assert f'<p class="verdict {state}"><span aria-hidden="true">{mark}</span> Fine.</p>' in document


def test_every_section_has_a_link_to_it() -> None:
    tags = Seen(made()).tags
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert links == [f"#{attributes['id']}" for tag, attributes in tags if tag == "section"]


def test_nothing_is_loaded_and_no_other_script_runs() -> None:
    tags = Seen(made()).tags
    assert not [tag for tag, attributes in tags if tag in ("link", "img", "iframe") or "src" in attributes]
    policy = next(a["content"] for tag, a in tags if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")
    assert [a.get("type") for tag, a in tags if tag == "script"] == ["application/json", None]


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert made(data={"b": 1, "a": 2}) == made(data={"a": 2, "b": 1})


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<b>&\"'", "&lt;b&gt;&amp;&quot;&#x27;"),
        ("a\nb\tc", "a\nb\tc"),
        ("\x1b[31m", "\\u001b[31m"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\x85", "\\u0085"),
        (7, "7"),
    ],
)
def test_control_and_direction_characters_are_made_visible(value: object, shown: str) -> None:
    assert text(value) == shown


@given(st.text())
def test_no_text_leaves_an_attribute_or_an_element(value: str) -> None:
    assert not set(text(value)) & {"<", ">", '"', "'"}


def test_columns_of_numbers_are_aligned_and_cells_are_markup() -> None:
    shown = table(["Name <", "Count"], [["<b>a</b>", "1"]], numbers=frozenset({1}))
    assert '<th scope="col">Name &lt;</th><th class="number" scope="col">Count</th>' in shown
    assert '<td><b>a</b></td><td class="number">1</td>' in shown

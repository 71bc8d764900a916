"""The table of limits, as the code and the documentation have it. tests/attacks proves that the limits hold."""

from __future__ import annotations

from reference_server.scim import limits
from reference_server.scim.limits import LIMITS, Limit
from tests.support import ROOT


def as_markdown() -> str:
    lines = ["| what | at most | beyond it |", "| --- | --- | --- |"]
    lines += [f"| {limit.what} | {limit.most:,} | {limit.answer} |" for limit in LIMITS]
    return "\n".join(lines)


def test_docs_show_the_table() -> None:
    """When this fails, put what `as_markdown` gives into the section "Limits" of docs/serve.md."""
    assert as_markdown() in (ROOT / "docs" / "serve.md").read_text("utf-8")


def test_the_table_holds_every_limit() -> None:
    assert {id(value) for value in vars(limits).values() if isinstance(value, Limit)} == set(map(id, LIMITS))

"""The engine and everything above it treat all identity providers alike."""

from __future__ import annotations

from tests.support import ROOT


def test_no_one_asks_which_provider_it_is() -> None:
    asked = ("type(job)", "idp == ", "idp != ", "isinstance(provider", "isinstance(self.provider")
    broken = [
        f"{path.name}: {words}"
        for path in sorted((ROOT / "simulator").rglob("*.py"))
        for words in asked
        if words in path.read_text("utf-8")
    ]
    assert broken == []

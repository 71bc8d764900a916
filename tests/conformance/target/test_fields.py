"""Answers as checks read them: what is missing is a finding about the server."""

from __future__ import annotations

import json

import orjson
import pytest

from conformance.requirements.verdict import Finding
from conformance.target.fields import readable

VALUE = {"name": {"givenName": "A"}, "emails": [{"value": "x"}], "Resourcetype": "User", "n": None}


def test_it_reads_and_writes_like_plain_json() -> None:
    held = readable(VALUE)
    assert held == VALUE
    assert (held.get("title"), held["emails"][-1]["value"], held["emails"][:1]) == (None, "x", [{"value": "x"}])
    assert json.loads(json.dumps(held)) == orjson.loads(orjson.dumps(held)) == VALUE


def test_a_missing_key_is_a_finding_that_names_another_spelling() -> None:
    with pytest.raises(Finding) as missing:
        readable(VALUE)["name"]["familyName"]
    assert (missing.value.message, missing.value.got) == (
        "familyName is missing from the response",
        "no such attribute",
    )
    with pytest.raises(Finding) as spelled:
        readable(VALUE)["resourceType"]
    assert spelled.value.got == "found `Resourcetype`"


def test_an_element_behind_the_end_is_a_finding() -> None:
    with pytest.raises(Finding, match="too short"):
        readable(VALUE)["emails"][1]

"""PATCH paths by the grammar of RFC 7644 section 3.5.2."""

from __future__ import annotations

import pytest

from conformance.model.filter_text import AttributePath, Compare
from conformance.model.path_model import NotAPath, PatchPath, parse_path

WORK = Compare(AttributePath(None, "type"), "eq", "work")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("members", PatchPath(AttributePath(None, "members"))),
        ("name.familyName", PatchPath(AttributePath(None, "name", "familyName"))),
        ("urn:x:2.0:User:name.a", PatchPath(AttributePath("urn:x:2.0:User", "name", "a"))),
        ('addresses[type eq "work"]', PatchPath(AttributePath(None, "addresses"), WORK)),
        ('addresses[type eq "work"].region', PatchPath(AttributePath(None, "addresses"), WORK, "region")),
        ('urn:x:U:addresses[type eq "work"]', PatchPath(AttributePath("urn:x:U", "addresses"), WORK)),
    ],
)
def test_paths_are_taken_apart(text: str, path: PatchPath) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "a b c",
        "name.",
        "emails[type eq",
        "emails[0].value",
        "/emails/0",
        'e[a eq "x"].b.c',
        "e[a eq 1]x",
        "a.b.c",
    ],
)
def test_what_leaves_the_grammar_is_no_path(text: str) -> None:
    with pytest.raises(NotAPath):
        parse_path(text)
